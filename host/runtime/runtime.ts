import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ClientBody, ClientOptions, ClientResponse } from "../abi/client.ts";
import type { Connections } from "../auth/oauth/connections.ts";
import type { TokenStore } from "../auth/store/token-store.ts";
import type { BackfillConfig } from "../config/config.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { checkConfig, REPORT_WARNING } from "../config/check.ts";
import { resolveSecrets, type ResolvedSecrets } from "../config/secrets.ts";
import { ComponentError, type HttpFailure } from "../errors.ts";
import type { Method } from "../message.ts";
import { openTelemetry } from "../observe/telemetry.ts";
import { createOutbound, type CallRecord, type Outbound, type OutboundOptions } from "../outbound.ts";
import { Scrubber } from "../auth/seal/scrub.ts";
import { Allowlist } from "../policy/allowlist.ts";
import { packageRoot } from "../package-root.ts";
import { resolveLimits, type Limits } from "../transport/limits.ts";
import { offerWasi } from "../wasi/offer.ts";
import type { ExchangeListener } from "../transport/outgoing.ts";
import { Connectors } from "./connectors.ts";
import { Engine, type Component } from "./engine.ts";
import { HookRunner, parseResult } from "./hook.ts";
import type { Outcome } from "./instance.ts";
import { HttpClient } from "./http-client.ts";
import { offerClient } from "./client-import.ts";
import { platformLinker } from "./imports.ts";
import type { Linker } from "./linker.ts";
import { Events } from "./events.ts";
import { IdleInstances } from "./idle.ts";
import { InstancePool } from "./pool.ts";
import type { LogRecord } from "./store.ts";

/** What a runtime is made of: the operator's configuration, and who listens. */
export interface HookRuntimeOptions extends BackfillConfig {
  /** Where the tokens of connectors are kept, in place of `tokens`. It stays the caller's to close. */
  readonly tokenStore?: TokenStore;
  /** The worker threads that events run in, beside this one. Default 0: all run in this one. */
  readonly threads?: number;
  /** Each line that a hook logs, told in no caller's async context. Default: dropped. */
  readonly onLog?: (record: LogRecord) => void;
  /** Each call, once it is over, told likewise: for the log and for metrics. Holds no secret. Default: dropped. */
  readonly onCall?: (record: CallRecord) => void;
}

/** Options of one hook. */
export interface LoadOptions {
  /** What stands for it in the call records. Default: the file's name. */
  readonly name?: string;
  /** The connector that it is a route of: then `auth.oauth` works, toward the connector's entries. Default: none. */
  readonly connector?: ConnectorConfig;
}

/** Options of one event. */
export interface RunOptions {
  /** Which of the connector's connections the event is for. Default `"default"`. */
  readonly connection?: string;
  /** Ends the event with `BACKFILL_HOOK_CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** Options of one event, as it is run: with the milliseconds it may take. Default `limits.eventDeadline`. */
export interface EventRun extends RunOptions {
  readonly milliseconds?: number;
}

/** Runs one event, given as JSON text, and reads the JSON text of its result. */
export type RunHook = <T>(event: string, options: EventRun, read: (result: string) => T) => Promise<T>;

/** A hook without the JSON around it. */
export interface OpenHook {
  readonly run: RunHook;
  readonly close: () => Promise<void>;
}

/** One call of the Http component. */
export type HttpCall = (
  method: Method,
  url: string,
  body: ClientBody | undefined,
  options: ClientOptions,
) => Promise<ClientResponse | HttpFailure>;

/** What tests and recordings put into the way of calls. */
export interface Instruments extends Pick<OutboundOptions, "answer"> {
  /** Told of what hooks send and get, secrets included; of no call of the host's own, as for a token. */
  readonly onExchange?: ExchangeListener | undefined;
}

/**
 * Makes a runtime with instruments, which are made when the secrets have been read.
 *
 * @internal
 */
export async function instrumentRuntime(
  options: HookRuntimeOptions,
  instrument: (secrets: ResolvedSecrets) => Instruments = () => ({}),
): Promise<LocalRuntime> {
  const { onLog, onCall, tokenStore, threads: _, ...given } = options;
  const { config, secrets, traceEvent } = await readConfig(given);
  return new LocalRuntime(config, secrets, { onLog, onCall, tokenStore, traceEvent, ...instrument(secrets) });
}

/** A configuration that is checked, and what is made from it once. */
export interface ReadConfig {
  readonly config: BackfillConfig;
  readonly secrets: ResolvedSecrets;
  readonly traceEvent: OutboundOptions["traceEvent"];
}

/** Checks a configuration and reads its secrets. Throws `ConfigError`. */
export async function readConfig(given: BackfillConfig): Promise<ReadConfig> {
  const config = checkConfig(given);
  if (config.permissions?.mode === "report") process.emitWarning(REPORT_WARNING, { code: "BACKFILL_REPORT_MODE" });
  const traceEvent = await openTelemetry(config.telemetry);
  return { config, secrets: await resolveSecrets(config), traceEvent };
}

/** What a runtime is given beside its configuration. */
type Surroundings = {
  readonly [name in "onLog" | "onCall" | "tokenStore"]: HookRuntimeOptions[name] | undefined;
} & Pick<OutboundOptions, "traceEvent" | "audit"> &
  Instruments;

/** Loads hooks and runs them under one configuration. */
export interface HookRuntime {
  /**
   * Loads a hook: a component file, or its bytes. Throws `ComponentError` where it cannot be run here, and `ConfigError`
   * for a connector's manifest that cannot be used.
   */
  load(source: string | URL | Uint8Array, options?: LoadOptions): Promise<Hook>;

  /** Loads the Http component itself, to make calls as a hook would: each one is an event of its own. */
  client(): Promise<Client>;

  /**
   * Ends every event under way with `BACKFILL_HOOK_CANCELLED` and closes every connection. It resolves when the refresh
   * of a token that was under way has been answered and stored.
   */
  close(): Promise<void>;
}

/** A {@link HookRuntime} whose hooks run in the thread that made it. */
export class LocalRuntime implements HookRuntime {
  readonly #engine: Engine;
  readonly #allowlist: Allowlist;
  readonly #outbound: Outbound;
  readonly #linker: Linker;
  readonly #limits: Limits;
  readonly #connectors: Connectors;
  readonly #onExchange: ExchangeListener | undefined;
  readonly #idle: IdleInstances;
  readonly #events: Events;
  #http: Promise<HttpClient> | undefined;

  /** @internal */
  constructor(config: BackfillConfig, secrets: ResolvedSecrets, surroundings: Surroundings) {
    const { onLog, onCall, tokenStore, traceEvent, audit, answer, onExchange } = surroundings;
    this.#limits = resolveLimits(config.limits);
    this.#engine = new Engine(this.#limits);
    this.#idle = new IdleInstances(this.#limits.idleInstanceBytes);
    const { internalHosts = [], dnsServers, development = {} } = config;
    this.#allowlist = Allowlist.compile(config.permissions?.http ?? [], {
      internalHosts,
      mode: config.permissions?.mode,
    });
    const scrubber = Scrubber.of(secrets.sealed.values());
    this.#outbound = createOutbound({
      limits: this.#limits,
      internalHosts,
      dnsServers,
      development,
      scrubber,
      onCall,
      traceEvent,
      audit,
      answer,
    });
    this.#connectors = new Connectors(config, this.#outbound, tokenStore);
    const lift = {
      // A URL's own cap of 8192 bytes is the policy's to rule on; this only bounds what is read.
      url: 16_384,
      headerCount: this.#limits.headerCount,
      headerUnits: this.#limits.headerBytes,
      body: this.#limits.requestBodyBytes,
    };
    this.#linker = platformLinker(lift);
    offerWasi(this.#linker, lift.body);
    offerClient(this.#linker, lift, () => this.#httpClient());
    this.#events = new Events({ limits: this.#limits, secrets, scrubber, onLog: onLog ?? (() => {}) });
    this.#onExchange = onExchange;
  }

  async load(source: string | URL | Uint8Array, { name = nameOf(source), connector }: LoadOptions = {}): Promise<Hook> {
    const oauth = connector && (await this.#connectors.open(connector));
    const { run, close } = await this.open(source, name, oauth);
    return new Hook(run, close);
  }

  /** Loads a hook whose events are JSON text, and draw their tokens from `connections`. */
  async open(
    source: string | URL | Uint8Array,
    name: string,
    connections: Pick<Connections, "connection"> | undefined,
  ): Promise<OpenHook> {
    const pool = this.#pool(await this.#compile(source));
    const runner = new HookRunner(pool, this.#limits.resultLength);
    const outbound = this.#outbound.openHook({ name, allowlist: this.#allowlist, onExchange: this.#onExchange });
    const hook = { outbound, workingSet: pool.workingSet };
    return {
      run: (event, { signal, milliseconds, connection = "default" }, read) =>
        this.#events.run(
          hook,
          { signal, milliseconds, oauth: connections?.connection(connection) },
          (store, outcome: Outcome<string>) => runner.event(store, event, outcome),
          read,
        ),
      close: () => {
        pool.close();
        return outbound.close();
      },
    };
  }

  async client(): Promise<Client> {
    const http = await this.#httpClient();
    const outbound = this.#outbound.openHook({ name: "http", allowlist: this.#allowlist });
    const hook = { outbound, workingSet: http.workingSet };
    return new Client((...call) =>
      this.#events.run(
        hook,
        {},
        (store, outcome: Outcome<ClientResponse | HttpFailure>) => {
          http.call(store, ...call).then(
            (result) => outcome.onValue(result),
            (error: unknown) => outcome.onError(error),
          );
        },
        (result) => result,
      ),
    );
  }

  async close(): Promise<void> {
    this.#events.close();
    this.#idle.close();
    // The answer to a refresh is stored, though nobody waits for it.
    await this.#connectors.close();
    await this.#outbound.close();
  }

  /** The Http component, compiled with the first call that needs it. */
  #httpClient(): Promise<HttpClient> {
    this.#http ??= this.#compile(join(packageRoot, "dist", "http.wasm")).then(
      (component) => new HttpClient(this.#pool(component)),
    );
    return this.#http;
  }

  #pool(component: Component): InstancePool {
    return new InstancePool(component, this.#linker, this.#limits, this.#idle);
  }

  async #compile(source: string | URL | Uint8Array): Promise<Component> {
    const bytes = source instanceof Uint8Array ? source : await readComponent(source);
    const component = await this.#engine.compile(bytes);
    this.#linker.check(component);
    return component;
  }
}

/** A loaded hook. Each event runs in a fresh instance; connections are kept for this hook alone. */
export class Hook {
  readonly #run: RunHook;
  readonly #close: () => Promise<void>;

  /** @internal */
  constructor(run: RunHook, close: () => Promise<void>) {
    this.#run = run;
    this.#close = close;
  }

  /**
   * Runs one event. The event is anything that `JSON.stringify` takes; what it drops is null. Returns the hook's
   * result. Many events may run at once: a hook that waits holds no thread. Throws `HookError`.
   */
  run(event?: unknown, options: RunOptions = {}): Promise<unknown> {
    try {
      return this.#run(JSON.stringify(event) ?? "null", options, parseResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends the hook's calls as `cancelled` and closes its connections, for a hook that is not needed any more. */
  close(): Promise<void> {
    return this.#close();
  }
}

/** Makes calls through the Http component, as a hook would. */
export class Client {
  readonly #call: HttpCall;

  /** @internal */
  constructor(call: HttpCall) {
    this.#call = call;
  }

  /** Performs one call. A failure is returned, not thrown. */
  call(
    method: Method,
    url: string,
    body: ClientBody | undefined,
    options: ClientOptions,
  ): Promise<ClientResponse | HttpFailure> {
    return this.#call(method, url, body, options);
  }
}

/** What stands for a hook that was given no name. */
export function nameOf(source: string | URL | Uint8Array): string {
  return source instanceof Uint8Array ? "hook" : basename(String(source));
}

/** The bytes of a component's file. Throws `ComponentError` where it cannot be read. */
export async function readComponent(file: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new ComponentError(`${String(file)} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}
