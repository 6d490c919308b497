import type { SecureContext } from "node:tls";
import type { Scrubber } from "./auth/seal/scrub.ts";
import { Deadlines } from "./deadlines.ts";
import { Ender } from "./ending.ts";
import type { EventOptions, HookOptions, Outbound, OutboundEvent, OutboundHook } from "./door.ts";
import { auditChannel } from "./observe/audit.ts";
import { HookEvent, type HookShare } from "./outbound-event.ts";
import { Registry } from "./registry.ts";
import { Connector, createTrust } from "./transport/connector.ts";
import type { Exchange } from "./transport/exchange.ts";
import type { Limits } from "./transport/limits.ts";
import { resolveLimits } from "./transport/limits.ts";
import { HookPool } from "./transport/pool.ts";
import type { CallListener, CallRecord, CallWatch, StartTrace } from "./transport/record.ts";
import { AddressResolver } from "./transport/resolve.ts";
import { ScriptedNetwork, type AnswerRequest } from "./transport/scripted.ts";
import { Slots } from "./transport/slots.ts";

export type { EventOptions, HookOptions, Outbound, OutboundEvent, OutboundHook, SendOptions } from "./door.ts";
export type { CallRecord } from "./transport/record.ts";

/** What an {@link Outbound} is made with. */
export interface OutboundOptions {
  /** Caps that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits> | undefined;
  /** Hosts that may have addresses that are not public. Default none. */
  readonly internalHosts?: readonly string[] | undefined;
  /** Name servers to ask. Default: what the operating system asks. */
  readonly dnsServers?: readonly string[] | undefined;
  /** Never for production. */
  readonly development?: {
    /** `host:port:address[:port]`, as curl's `--resolve`; the address is public or loopback. */
    readonly resolve?: readonly string[] | undefined;
    /** PEM certificates of authorities to trust beside the default ones. */
    readonly ca?: string | undefined;
  };
  /** Takes sealed values out of what comes back. Default: there are none. */
  readonly scrubber?: Scrubber | undefined;
  /** Told of every call when it has ended. What it throws becomes a process warning. */
  readonly onCall?: ((record: CallRecord) => void) | undefined;
  /** Told of every call in place of the diagnostics channel. */
  readonly audit?: CallListener | undefined;
  /** Called as each event is asked for, in its caller's context; gives what follows the event's calls. Default: nothing does. */
  readonly traceEvent?: (() => StartTrace) | undefined;
  /**
   * Answers in the network's place, for tests: nothing is looked up, dialled or sent. Policy, credentials, deadlines and
   * caps stay as they are. Default: the network.
   */
  readonly answer?: AnswerRequest | undefined;
}

/**
 * Opens the door.
 *
 * @throws ConfigError for options that cannot be used.
 */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  return new Door(options);
}

class Door implements Outbound {
  readonly limits: Limits;
  readonly deadlines: Deadlines = new Deadlines();
  readonly slots: Slots;
  readonly listeners: readonly CallListener[];
  readonly traceEvent: (() => StartTrace) | undefined;
  readonly scrubber: Scrubber | undefined;
  readonly answer: AnswerRequest | undefined;
  readonly #resolver: AddressResolver;
  readonly #trust: SecureContext;
  readonly #hooks: Set<Hook> = new Set();
  #closed = false;

  constructor(options: OutboundOptions) {
    this.limits = resolveLimits(options.limits);
    this.#resolver = new AddressResolver({
      internalHosts: options.internalHosts,
      dnsServers: options.dnsServers,
      developmentResolve: options.development?.resolve,
    });
    this.#trust = createTrust(options.development?.ca);
    this.slots = new Slots(this.limits.callsInFlight);
    const { onCall, audit = auditChannel } = options;
    this.listeners = onCall === undefined ? [audit] : [audit, { listens: true, onCall }];
    this.traceEvent = options.traceEvent;
    this.scrubber = options.scrubber;
    this.answer = options.answer;
  }

  openHook(options: HookOptions): OutboundHook {
    const connector = new Connector(this.#resolver.openHook(), this.#trust);
    const hook = new Hook(this, connector, options, () => this.#hooks.delete(hook));
    if (this.#closed) void hook.close();
    else this.#hooks.add(hook);
    return hook;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#hooks].map((hook) => hook.close()));
    this.#resolver.close();
  }
}

class Hook implements OutboundHook, HookShare {
  readonly options: HookOptions;
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly scrubber: Scrubber | undefined;
  readonly watch: CallWatch;
  readonly traceEvent: (() => StartTrace) | undefined;
  readonly #pool: Pick<HookPool, "run" | "leave" | "close">;
  readonly #exchanges: Registry<Exchange> = new Registry();
  readonly #onClosed: () => void;
  readonly closing: Ender = new Ender();

  constructor(door: Door, connector: Connector, options: HookOptions, onClosed: () => void) {
    this.options = options;
    this.limits = door.limits;
    this.deadlines = door.deadlines;
    this.scrubber = door.scrubber;
    this.watch = {
      listeners: door.listeners,
      startTrace: undefined,
      isRecorded: options.onExchange !== undefined,
    };
    this.traceEvent = door.traceEvent;
    this.#pool =
      door.answer === undefined ? new HookPool(connector, door.limits, door.slots) : new ScriptedNetwork(door.answer);
    this.#onClosed = onClosed;
  }

  beginEvent(options: EventOptions = {}): OutboundEvent {
    return new HookEvent(this, options);
  }

  async close(): Promise<void> {
    this.closing.end();
    for (const exchange of this.#exchanges.all()) exchange.cancel("was not waited for: the host stops");
    await this.#pool.close();
    this.#onClosed();
  }

  run(exchange: Exchange, credential: string): void {
    this.#exchanges.add(exchange);
    this.#pool.run(exchange, credential);
  }

  leave(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    this.#pool.leave(exchange);
  }
}
