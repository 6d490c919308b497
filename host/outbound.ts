import type { SecureContext } from "node:tls";
import { authorizationValue } from "./auth/authorization.ts";
import type { Scrubber } from "./auth/scrub.ts";
import type { EventSeals } from "./auth/seals.ts";
import { HttpFailure } from "./errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "./message.ts";
import type { Allowlist } from "./policy/allowlist.ts";
import type { Decision, Target } from "./policy/decision.ts";
import { checkHeaders } from "./policy/headers.ts";
import { ByteBudget } from "./transport/budget.ts";
import { Connector, createTrust } from "./transport/connector.ts";
import { Exchange } from "./transport/exchange.ts";
import type { Limits } from "./transport/limits.ts";
import { resolveLimits } from "./transport/limits.ts";
import { HookPool } from "./transport/pool.ts";
import type { CallRecord } from "./transport/record.ts";
import { Call } from "./transport/record.ts";
import { checkSize, credentialOf, timeoutOf, wireHeaders } from "./transport/request.ts";
import { AddressResolver } from "./transport/resolve.ts";
import { Slots } from "./transport/slots.ts";

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
}

/** What a hook is opened with. */
export interface HookOptions {
  /** For the audit. */
  readonly name: string;
  readonly allowlist: Pick<Allowlist, "check">;
}

/** What bounds one event. */
export interface EventOptions {
  /** When the event ends, on the clock of performance.now: a call in flight then is `cancelled`. Default never. */
  readonly deadline?: number | undefined;
  /** Stops the event's calls, which are `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** The event's opaque values, whose secrets are put in on the way out. Default: there are none. */
  readonly seals?: EventSeals | undefined;
}

/** The one door: nothing else in this package sends. */
export interface Outbound {
  /** A hook (tenant) with its own allowlist and its own connections, which no other hook's calls ride on. */
  openHook(options: HookOptions): OutboundHook;
  /** Ends every call as `cancelled` and closes every connection. No call can be made after. */
  close(): Promise<void>;
}

/** One hook's share of an {@link Outbound}. */
export interface OutboundHook {
  /** The calls of one invocation, which have a budget of their own. */
  beginEvent(options?: EventOptions): OutboundEvent;
  /** Ends the hook's calls as `cancelled` and closes its connections. No call can be made after. */
  close(): Promise<void>;
}

/** The calls of one invocation. */
export interface OutboundEvent {
  /**
   * Performs one request. Never follows a redirect, never retries.
   *
   * The request's body must not change until the promise settles.
   *
   * @throws HttpFailure and nothing else.
   */
  send(request: OutboundRequest): Promise<OutboundResponse>;

  /**
   * Counts and records a call that was refused before there was a whole request to send.
   *
   * @returns what the call fails with: `failure`, or `limit-exceeded` where the event has used up its calls.
   */
  refused(method: Method, failure: HttpFailure): HttpFailure;
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
  readonly slots: Slots;
  readonly onCall: ((record: CallRecord) => void) | undefined;
  readonly scrubber: Scrubber | undefined;
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
    this.onCall = options.onCall;
    this.scrubber = options.scrubber;
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

class Hook implements OutboundHook {
  readonly door: Door;
  readonly options: HookOptions;
  readonly #pool: HookPool;
  readonly #exchanges: Set<Exchange> = new Set();
  readonly #onClosed: () => void;
  #closed = false;

  constructor(door: Door, connector: Connector, options: HookOptions, onClosed: () => void) {
    this.door = door;
    this.options = options;
    this.#pool = new HookPool(connector, door.limits, door.slots);
    this.#onClosed = onClosed;
  }

  beginEvent(options: EventOptions = {}): OutboundEvent {
    return new HookEvent(this, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const exchange of this.#exchanges) exchange.cancel("was not waited for: the host stops");
    await this.#pool.close();
    this.#onClosed();
  }

  get closed(): boolean {
    return this.#closed;
  }

  run(exchange: Exchange, credential: string): () => void {
    this.#exchanges.add(exchange);
    const leave = this.#pool.run(exchange, credential);
    return () => {
      this.#exchanges.delete(exchange);
      leave();
    };
  }
}

class HookEvent implements OutboundEvent {
  readonly #hook: Hook;
  readonly #options: EventOptions;
  readonly #budget: ByteBudget;
  #calls = 0;

  constructor(hook: Hook, options: EventOptions) {
    this.#hook = hook;
    this.#options = options;
    this.#budget = new ByteBudget(hook.door.limits.responseBytesPerEvent);
  }

  send(request: OutboundRequest): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      const call = this.#call(request);
      try {
        this.#count();
        this.#start(call, request, resolve, reject);
      } catch (error) {
        reject(call.ended(this.#scrubbed(asFailure(error)), undefined));
      }
    });
  }

  #scrubbed(failure: HttpFailure): HttpFailure {
    return this.#hook.door.scrubber?.failure(failure) ?? failure;
  }

  /** The response as the guest may have it. Its pieces belong to nobody else by now, and are masked in place. */
  #clean(response: OutboundResponse): OutboundResponse {
    const { scrubber } = this.#hook.door;
    if (scrubber === undefined) return response;
    scrubber.body(response.body);
    return { ...response, headers: scrubber.headers(response.headers) };
  }

  refused(method: Method, failure: HttpFailure): HttpFailure {
    const call = this.#call({ method, body: undefined });
    try {
      this.#count();
    } catch (error) {
      return call.ended(asFailure(error), undefined);
    }
    return call.ended(failure, undefined);
  }

  #call(request: Pick<OutboundRequest, "method" | "body">): Call {
    return new Call(this.#hook.options.name, request, this.#hook.door.onCall);
  }

  #start(
    call: Call,
    request: OutboundRequest,
    resolve: (response: OutboundResponse) => void,
    reject: (failure: HttpFailure) => void,
  ): void {
    const { limits } = this.#hook.door;
    const milliseconds = timeoutOf(request, limits);
    const target = this.#admit(call, request);
    checkHeadersOf(request);
    this.#checkOpen(call.started);
    const real = this.#options.seals?.unseal(request, target) ?? { request, target };
    checkSize(real.request, limits);
    const { authorization: asked } = real.request;
    const authorization = asked === undefined ? undefined : authorizationValue(asked);

    const own = call.started + milliseconds;
    const events = this.#options.deadline;
    const deadlineIsEvents = events !== undefined && events < own;
    let leave: (() => void) | undefined;
    const exchange = new Exchange(
      {
        method: request.method,
        target: real.target,
        headers: wireHeaders(real.request.headers, authorization),
        body: real.request.body,
        limits,
        budget: this.#budget,
        started: call.started,
        deadline: deadlineIsEvents ? events : own,
        deadlineIsEvents,
        signal: this.#options.signal,
      },
      (failure, response) => {
        leave?.();
        if (response === undefined) reject(call.ended(this.#scrubbed(failure as HttpFailure), undefined));
        else {
          call.ended(undefined, response);
          resolve(this.#clean(response));
        }
      },
    );
    leave = this.#hook.run(exchange, credentialOf(real.request.headers, authorization));
    if (exchange.settled) leave();
  }

  #admit(call: Call, request: OutboundRequest): Target {
    const decision = this.#hook.options.allowlist.check(request.url);
    call.decision = decision;
    if (decision.target !== undefined) return decision.target;
    throw refusalOf(decision);
  }

  /** Every call counts, refused ones too: a loop in a hook ends, whatever it calls. */
  #count(): void {
    const { callsPerEvent } = this.#hook.door.limits;
    if (this.#calls < callsPerEvent) {
      this.#calls++;
      return;
    }
    throw new HttpFailure({
      code: "limit-exceeded",
      phase: "validate",
      message: `This event has made ${callsPerEvent} calls, which is all one event may make.`,
    });
  }

  /** Whether the event may go on. */
  #checkOpen(now: number): void {
    if (this.#hook.closed) throw stopped("The host stops.");
    if (this.#options.signal?.aborted) throw stopped("The event was stopped.");
    if (this.#options.deadline !== undefined && this.#options.deadline <= now) {
      throw stopped("The event's own deadline has passed.");
    }
  }
}

function refusalOf({ code, reason, suggestion }: Decision): HttpFailure {
  const remedy =
    suggestion === undefined
      ? ""
      : code === "invalid-url"
        ? ` Write ${suggestion} in its place.`
        : ` To allow it, add ${JSON.stringify(suggestion)} to permissions.http.`;
  return new HttpFailure({
    code: code ?? "not-allowed",
    phase: "policy",
    message: `The URL may not leave: ${reason ?? "no entry allows it"}.${remedy}`,
  });
}

function checkHeadersOf(request: OutboundRequest): void {
  const failure = checkHeaders(request.headers, request.authorization !== undefined);
  if (failure !== undefined) throw failure;
}

function stopped(message: string): HttpFailure {
  return new HttpFailure({ code: "cancelled", phase: "validate", message });
}

function asFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  return new HttpFailure({
    code: "other",
    phase: "validate",
    message: "The call failed through a fault of this host; its operator can see the cause.",
    cause: error,
  });
}
