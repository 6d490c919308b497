import type { Scrubber } from "./auth/seal/scrub.ts";
import type { Ending } from "./ending.ts";
import type { EventSeals } from "./auth/seal/seals.ts";
import type { HttpFailure } from "./errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "./message.ts";
import type { Allowlist } from "./policy/allowlist.ts";
import type { Target } from "./policy/decision.ts";
import type { ExchangeListener } from "./transport/outgoing.ts";

// The one door as those see it who send through it; outbound.ts is the door.

/** What a hook is opened with. */
export interface HookOptions {
  /** For the audit. */
  readonly name: string;
  readonly allowlist: Pick<Allowlist, "check">;
  /** Told of what was sent and what came back, secrets included, for a recording. Default: nobody is. */
  readonly onExchange?: ExchangeListener | undefined;
}

/** A token for one call. */
export interface AccessToken {
  readonly value: string;
  /** Seconds since it was obtained. */
  readonly age: number;
  /** Takes it out of the call's answer, however many tokens came after it. Undefined where it is too short for that. */
  readonly scrubber: Scrubber | undefined;
}

/** Gives the tokens of one connection of a connector. */
export interface TokenGiver {
  /** Takes the tokens out of what comes back. Undefined before the first one was given. */
  readonly scrubber: Scrubber | undefined;

  /**
   * Refuses a target that the tokens may not go to.
   *
   * @throws HttpFailure `auth-unavailable`.
   */
  checkBound(target: Target): void;

  /**
   * A token that lives for `minimum` milliseconds more, refreshed where it has to be. Where it cannot be refreshed now,
   * the old one while it lives.
   *
   * @throws HttpFailure `auth-unavailable`, `reauth-needed`, `refresh-unavailable`.
   */
  token(minimum: number): Promise<AccessToken>;
}

/** What bounds one event. */
export interface EventOptions {
  /** When the event ends, on the clock of performance.now: a call in flight then is `cancelled`. Default never. */
  readonly deadline?: number | undefined;
  /** Ends the event's calls, which are `cancelled`. Default: nothing does. */
  readonly ending?: Ending | undefined;
  /** The event's opaque values, whose secrets are put in on the way out. Default: there are none. */
  readonly seals?: EventSeals | undefined;
  /** What `auth.oauth` draws on. Default: `auth-unavailable`. */
  readonly oauth?: TokenGiver | undefined;
}

/** How one request is sent, where the host itself sends it. */
export interface SendOptions {
  /** Awaited when a new connection stands, before the first byte of the request is written on it. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
}

/** The one door: nothing else in this package sends. */
export interface Outbound {
  /** A hook (tenant) with its own allowlist and its own connections, which no other hook's calls ride on. */
  openHook(options: HookOptions): OutboundHook;
  /** Ends every call as `cancelled` and closes every connection. No call can be made after. */
  close(): Promise<void>;
}

/** Who waits for the end of a call. One of the two is called, once. */
export interface CallEnd extends SendOptions {
  resolve(response: OutboundResponse): void;
  reject(failure: HttpFailure): void;
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
  send(request: OutboundRequest, options?: SendOptions): Promise<OutboundResponse>;

  /** As `send`, for who can do without a promise. A call that is refused ends before this returns. */
  start(request: OutboundRequest, end: CallEnd): void;

  /**
   * Counts and records a call that was refused before there was a whole request to send.
   *
   * @returns what the call fails with: `failure`, or `limit-exceeded` where the event has used up its calls.
   */
  refused(method: Method, failure: HttpFailure): HttpFailure;
}
