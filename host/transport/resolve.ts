import { lookup, Resolver } from "node:dns";
import { isIP, isIPv6 } from "node:net";
import { ConfigError, HttpFailure } from "../errors.ts";
import { addressClass } from "../policy/addresses.ts";
import type { Target } from "../policy/decision.ts";
import { canonicalHost } from "../policy/host.ts";
import { failureOf } from "./failures.ts";
import type { LookUp } from "./lookups.ts";
import { Lookups } from "./lookups.ts";
import { Slots } from "./slots.ts";

/** Where a connection may be dialled: an address that was checked, and nothing else. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** How names become addresses. */
export interface ResolveOptions {
  /** Hosts that may have addresses that are not public, as the allowlist spells them. Default none. */
  readonly internalHosts?: readonly string[] | undefined;
  /** Name servers to ask, as `address` or `address:port`. Default: what the operating system asks. */
  readonly dnsServers?: readonly string[] | undefined;
  /**
   * For development: `host:port:address[:port]`, curl's `--resolve` with an optional port to dial;
   * IPv6 in brackets. The address is public or loopback. Default none.
   */
  readonly developmentResolve?: readonly string[] | undefined;
}

/** A name server that does not answer is asked twice, for this long each. */
const NAME_SERVER_TIMEOUT_MS = 2500;
const NAME_SERVER_TRIES = 2;

/** Look-ups at once: of all hooks together, and of one. */
interface LookupPlaces {
  readonly total: number;
  readonly perHook: number;
}

/** A query to a name server holds a socket, no thread. */
const NAME_SERVER_PLACES: LookupPlaces = { total: 256, perHook: 16 };

/** What {@link HookResolver.resolve} ends in: exactly one of the two is defined. */
export type Resolved = (failure: HttpFailure | undefined, endpoints: readonly Endpoint[] | undefined) => void;

/** One hook's share of an {@link AddressResolver}. */
export interface HookResolver {
  /**
   * The endpoints of a target, in the order to try them; or `dns-error` where the name has no address,
   * `address-prohibited` where any of its addresses is not public. Calls `done` once, unless given up before.
   *
   * @returns what gives up.
   */
  resolve(target: Target, done: Resolved): () => void;
}

/** Resolves a host once, and hands out its addresses only where every one of them may be dialled. */
export class AddressResolver {
  readonly #internal: ReadonlySet<string>;
  readonly #mapped: ReadonlyMap<string, Endpoint>;
  readonly #resolver: Resolver | undefined;
  readonly #lookups: Lookups;
  readonly #perHook: number;

  /** @throws ConfigError for a name server or a mapping that cannot be read. */
  constructor(options: ResolveOptions) {
    this.#internal = new Set(options.internalHosts?.map((host, index) => hostAt(`internalHosts[${index}]`, host)));
    this.#mapped = parseMappings(options.developmentResolve ?? []);
    const resolver = createResolver(options.dnsServers);
    const places = resolver === undefined ? systemPlaces(process.env["UV_THREADPOOL_SIZE"]) : NAME_SERVER_PLACES;
    const lookUp: LookUp = resolver === undefined ? lookupAll : (hostname) => queryAll(resolver, hostname);
    this.#resolver = resolver;
    this.#lookups = new Lookups(lookUp, places.total);
    this.#perHook = places.perHook;
  }

  openHook(): HookResolver {
    const places = new Slots(this.#perHook);
    return { resolve: (target, done) => this.#resolve(target, places, done) };
  }

  #resolve(target: Target, places: Slots, done: Resolved): () => void {
    const mapped = this.#mapped.get(`${target.hostname}:${target.port}`);
    if (mapped !== undefined) {
      // In a later turn, as every other answer.
      queueMicrotask(() => done(undefined, [mapped]));
      return () => {};
    }
    const at = { authority: target.authority, phase: "dns", sent: false, answered: false } as const;
    return this.#lookups.wait(target.hostname, places, {
      found: (addresses) => {
        const refusal = this.#internal.has(target.hostname) ? undefined : refusalOf(addresses, target);
        if (refusal !== undefined) done(refusal, undefined);
        else
          done(
            undefined,
            addresses.map((address) => ({ address, port: target.port })),
          );
      },
      failed: (error) => done(failureOf(error, at), undefined),
    });
  }

  /** Gives up every query on its way. */
  close(): void {
    this.#resolver?.cancel();
  }
}

/**
 * What the operating system can look up at once, and half of it for one hook. Its look-ups hold a
 * thread each, and libuv gives them half of its threads: UV_THREADPOOL_SIZE, from 1 to 1024, is 4 by default.
 */
export function systemPlaces(threads: string | undefined): LookupPlaces {
  const size = threads === undefined ? 4 : Math.min(Math.max(Number.parseInt(threads, 10) || 1, 1), 1024);
  const total = Math.ceil(size / 2);
  return { total, perHook: Math.ceil(total / 2) };
}

function refusalOf(addresses: readonly string[], target: Target): HttpFailure | undefined {
  const verdict = addresses.map(addressClass).find((found) => !found.public);
  if (verdict === undefined || verdict.public) return undefined;
  return new HttpFailure({
    code: "address-prohibited",
    phase: "dns",
    message:
      `${target.hostname} has an address that is not public (${verdict.range}), and one such address refuses the host. ` +
      `For a host inside the operator's network, list it in internalHosts.`,
    detail: verdict.range,
  });
}

function lookupAll(hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true, order: "verbatim" }, (error, answers) => {
      if (error) reject(error);
      else if (answers.length === 0) reject(noAddress());
      else resolve(answers.map((answer) => answer.address));
    });
  });
}

async function queryAll(resolver: Resolver, hostname: string): Promise<readonly string[]> {
  const query = (type: "A" | "AAAA"): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null, addresses: string[]): void => {
        if (error) reject(error);
        else resolve(addresses);
      };
      if (type === "A") resolver.resolve4(hostname, done);
      else resolver.resolve6(hostname, done);
    });
  const [v4, v6] = await Promise.allSettled([query("A"), query("AAAA")]);
  const addresses = [v4, v6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (addresses.length > 0) return addresses;
  throw v4.status === "rejected" ? v4.reason : v6.status === "rejected" ? v6.reason : noAddress();
}

function noAddress(): Error {
  return Object.assign(new Error("no address"), { code: "ENODATA" });
}

function createResolver(servers: readonly string[] | undefined): Resolver | undefined {
  if (servers === undefined) return undefined;
  if (servers.length === 0) {
    throw new ConfigError("dnsServers", "an empty list", "at least one name server, or no list");
  }
  const resolver = new Resolver({ timeout: NAME_SERVER_TIMEOUT_MS, tries: NAME_SERVER_TRIES });
  try {
    resolver.setServers(servers);
  } catch (cause) {
    throw new ConfigError(
      "dnsServers",
      JSON.stringify(servers),
      "IP addresses, each with an optional port, as in 192.0.2.1:53 or [2001:db8::1]:53",
      { cause },
    );
  }
  return resolver;
}

const MAPPING = /^([^:]+):(\d+):(\[[^\]]+\]|[^:]+)(?::(\d+))?$/;

function parseMappings(mappings: readonly string[]): ReadonlyMap<string, Endpoint> {
  const mapped = new Map<string, Endpoint>();
  for (const [index, mapping] of mappings.entries()) {
    const path = `development.resolve[${index}]`;
    const [, host, port, bracketed, targetPort] = MAPPING.exec(mapping) ?? [];
    const address = bracketed?.startsWith("[") ? bracketed.slice(1, -1) : bracketed;
    if (
      host === undefined ||
      address === undefined ||
      !isPort(port) ||
      !isPort(targetPort ?? port) ||
      isIP(address) === 0 ||
      isIPv6(address) !== bracketed?.startsWith("[")
    ) {
      throw new ConfigError(
        path,
        JSON.stringify(mapping),
        "host:port:address or host:port:address:port, as in api.example.com:443:127.0.0.1:8443, with an IPv6 address in brackets",
      );
    }
    const verdict = addressClass(address);
    if (!verdict.public && verdict.range !== "loopback") {
      throw new ConfigError(path, `${address} (${verdict.range})`, "a public or a loopback address");
    }
    const key = `${hostAt(path, host)}:${Number(port)}`;
    if (mapped.has(key)) {
      throw new ConfigError(path, `a second mapping of ${key}`, "one mapping a host and port");
    }
    mapped.set(key, { address, port: Number(targetPort ?? port) });
  }
  return mapped;
}

function hostAt(path: string, text: string): string {
  const host = canonicalHost(text);
  if (typeof host === "string") return host;
  throw new ConfigError(path, JSON.stringify(text), `a host name: ${host.reason}`);
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) >= 1 && Number(text) <= 65_535;
}
