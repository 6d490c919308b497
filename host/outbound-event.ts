import { authorizationValue, bearerValue } from "./auth/authorization.ts";
import type { Scrubber } from "./auth/seal/scrub.ts";
import type { Unsealed } from "./auth/seal/seals.ts";
import { waitFor } from "./auth/wait.ts";
import type { AccessToken, EventOptions, HookOptions, OutboundEvent, SendOptions } from "./door.ts";
import { HttpFailure } from "./errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "./message.ts";
import type { Decision, Target } from "./policy/decision.ts";
import { checkHeaders } from "./policy/headers.ts";
import { ByteBudget } from "./transport/budget.ts";
import { Exchange } from "./transport/exchange.ts";
import type { Limits } from "./transport/limits.ts";
import type { CallListener, CallWatch, RequestFacts, StartTrace } from "./transport/record.ts";
import { Call } from "./transport/record.ts";
import { checkSize, credentialOf, timeoutOf, wireHeaders } from "./transport/request.ts";

/** The hook that an event is of, as far as its calls need it. */
export interface HookShare {
  readonly options: HookOptions;
  readonly limits: Limits;
  /** Takes sealed values out of what comes back. */
  readonly scrubber: Scrubber | undefined;
  readonly listeners: readonly CallListener[];
  readonly traceEvent: (() => StartTrace) | undefined;
  /** Aborted when the hook is closed. */
  readonly closing: AbortSignal;
  /** Runs an exchange when it is its turn. Returns what gives its place back. */
  run(exchange: Exchange, credential: string): () => void;
}

/** The calls of one invocation: policy, then credentials, then transport. */
export class HookEvent implements OutboundEvent {
  readonly #hook: HookShare;
  readonly #options: EventOptions;
  readonly #budget: ByteBudget;
  readonly #watch: CallWatch;
  #calls = 0;

  constructor(hook: HookShare, options: EventOptions) {
    this.#hook = hook;
    this.#options = options;
    this.#budget = new ByteBudget(hook.limits.responseBytesPerEvent);
    this.#watch = { listeners: hook.listeners, startTrace: hook.traceEvent?.() };
  }

  send(request: OutboundRequest, { beforeSend }: SendOptions = {}): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      const call = this.#call(request);
      const fail: Fail = (error) => reject(call.ended(this.#scrubbed(asFailure(error)), undefined));
      try {
        this.#count();
        this.#start({ call, request, beforeSend, resolve, fail });
      } catch (error) {
        fail(error);
      }
    });
  }

  /** What takes out of an answer what the host had put into requests. */
  #scrubbers(): readonly Scrubber[] {
    const { scrubber } = this.#hook;
    const tokens = this.#options.oauth?.scrubber;
    if (tokens === undefined) return scrubber === undefined ? NONE : [scrubber];
    return scrubber === undefined ? [tokens] : [scrubber, tokens];
  }

  #scrubbed(failure: HttpFailure): HttpFailure {
    return this.#scrubbers().reduce((cleaner, scrubber) => scrubber.failure(cleaner), failure);
  }

  /** The response as the guest may have it. Its pieces belong to nobody else by now, and are masked in place. */
  #clean(response: OutboundResponse): OutboundResponse {
    let { headers } = response;
    for (const scrubber of this.#scrubbers()) {
      scrubber.body(response.body);
      headers = scrubber.headers(headers);
    }
    return headers === response.headers ? response : { ...response, headers };
  }

  refused(method: Method, failure: HttpFailure): HttpFailure {
    const call = this.#call({ method, headers: [], body: undefined, authorization: undefined });
    try {
      this.#count();
    } catch (error) {
      return call.ended(asFailure(error), undefined);
    }
    return call.ended(failure, undefined);
  }

  #call(request: RequestFacts): Call {
    return new Call(this.#hook.options.name, request, this.#watch);
  }

  #start(sending: Sending): void {
    const { call, request } = sending;
    const { limits } = this.#hook;
    const milliseconds = timeoutOf(request, limits);
    const target = this.#admit(call, request);
    checkHeadersOf(request);
    this.#checkOpen(call.started);
    const real = this.#options.seals?.unseal(request, target, call.matched) ?? { request, target };
    checkSize(real.request, limits);
    const own = call.started + milliseconds;
    const events = this.#options.deadline;
    const deadlineIsEvents = events !== undefined && events < own;
    const deadline = deadlineIsEvents ? events : own;
    const outgoing: Outgoing = { ...real, deadline, deadlineIsEvents };

    const { authorization } = real.request;
    if (authorization?.kind === "oauth") {
      call.progress.phase = "auth";
      const token = this.#token(call, outgoing, (authorization.minTtlSeconds ?? 0) * 1000);
      token
        .then(({ value, age }) => {
          call.auth = { kind: "oauth", tokenAge: age };
          this.#checkOpen(performance.now());
          this.#perform(sending, outgoing, bearerValue(value));
        })
        .catch(sending.fail);
    } else {
      this.#perform(sending, outgoing, authorization && authorizationValue(authorization));
    }
  }

  #perform(sending: Sending, outgoing: Outgoing, authorization: string | undefined): void {
    const { call, beforeSend, resolve, fail } = sending;
    const { request, target, deadline, deadlineIsEvents } = outgoing;
    let leave: (() => void) | undefined;
    const exchange = new Exchange(
      {
        method: request.method,
        target,
        headers: call.traced(wireHeaders(request.headers, authorization)),
        body: request.body,
        limits: this.#hook.limits,
        budget: this.#budget,
        progress: call.progress,
        started: call.started,
        deadline,
        deadlineIsEvents,
        signal: this.#options.signal,
        beforeSend,
      },
      (failure, response) => {
        leave?.();
        if (response === undefined) {
          fail(failure);
          return;
        }
        call.ended(undefined, response);
        resolve(this.#clean(response));
      },
    );
    leave = this.#hook.run(exchange, credentialOf(request.headers, authorization));
    if (exchange.settled) leave();
  }

  /** A token that lives as long as the call may, or longer where the guest asked for that. */
  #token(call: Call, { target, deadline, deadlineIsEvents }: Outgoing, minTtl: number): Promise<AccessToken> {
    const { oauth, signal } = this.#options;
    if (oauth === undefined) {
      throw new HttpFailure({
        code: "auth-unavailable",
        phase: "auth",
        message:
          "auth.oauth has no token: this hook is no route of a connector that declares connection.oauth. Make it one, or use auth.bearer.",
      });
    }
    if (!call.matched) {
      throw new HttpFailure({
        code: "auth-unavailable",
        phase: "auth",
        message: `No entry of permissions.http matches ${target.origin}${target.path}, and the mode "report" lets no token leave. Add the entry.`,
      });
    }
    oauth.checkBound(target);
    const left = deadline - call.started;
    const closing = this.#hook.closing;
    return waitFor(oauth.token(Math.max(minTtl, left)), {
      started: call.started,
      deadline,
      deadlineIsEvents,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    });
  }

  #admit(call: Call, request: OutboundRequest): Target {
    const decision = this.#hook.options.allowlist.check(request.url);
    call.ruled(decision);
    if (decision.target !== undefined) return decision.target;
    throw refusalOf(decision);
  }

  /** Every call counts, refused ones too: a loop in a hook ends, whatever it calls. */
  #count(): void {
    const { callsPerEvent } = this.#hook.limits;
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
    if (this.#hook.closing.aborted) throw stopped("The host stops.");
    if (this.#options.signal?.aborted) throw stopped("The event was stopped.");
    if (this.#options.deadline !== undefined && this.#options.deadline <= now) {
      throw stopped("The event's own deadline has passed.");
    }
  }
}

type Fail = (error: unknown) => void;

/** One call while it goes on, and who waits for its end. */
interface Sending extends SendOptions {
  readonly call: Call;
  readonly request: OutboundRequest;
  readonly resolve: (response: OutboundResponse) => void;
  readonly fail: Fail;
}

/** What is sent, with the real values in it, and until when. */
interface Outgoing extends Unsealed {
  readonly deadline: number;
  readonly deadlineIsEvents: boolean;
}

const NONE: readonly Scrubber[] = [];

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
