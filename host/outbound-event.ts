import { authorizationValue, bearerValue } from "./auth/authorization.ts";
import type { Scrubber } from "./auth/seal/scrub.ts";
import type { Unsealed } from "./auth/seal/seals.ts";
import { waitFor } from "./auth/wait.ts";
import type { AccessToken, EventOptions, HookOptions, OutboundEvent, SendOptions } from "./door.ts";
import type { Ending } from "./ending.ts";
import { HttpFailure } from "./errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "./message.ts";
import type { Decision, Target } from "./policy/decision.ts";
import { checkHeaders } from "./policy/headers.ts";
import { ByteBudget } from "./transport/budget.ts";
import { Exchange } from "./transport/exchange.ts";
import type { Limits } from "./transport/limits.ts";
import type { ExchangeRecord } from "./transport/outgoing.ts";
import type { CallListener, CallWatch, RequestFacts, StartTrace } from "./transport/record.ts";
import { Call, quietly } from "./transport/record.ts";
import { checkSize, credentialOf, timeoutOf, wireHeaders } from "./transport/request.ts";

/** The hook that an event is of, as far as its calls need it. */
export interface HookShare {
  readonly options: HookOptions;
  readonly limits: Limits;
  /** Takes sealed values out of what comes back. */
  readonly scrubber: Scrubber | undefined;
  readonly listeners: readonly CallListener[];
  readonly traceEvent: (() => StartTrace) | undefined;
  /** Over when the hook is closed. */
  readonly closing: Ending;
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
      const sending: Sending = {
        call,
        request,
        beforeSend,
        resolve,
        fail: (error) => reject(call.ended(this.#scrubbed(asFailure(error), sending.token), undefined)),
        token: undefined,
      };
      try {
        this.#count();
        this.#start(sending);
      } catch (error) {
        sending.fail(error);
      }
    });
  }

  /** What takes out of an answer what the host had put into requests. */
  #scrubbers(token: AccessToken | undefined): ReadonlySet<Scrubber> {
    const { scrubber } = this.#hook;
    const { oauth } = this.#options;
    if (scrubber === undefined && oauth === undefined) return NONE;
    const recent = oauth?.scrubber;
    return new Set([scrubber, token?.scrubber, recent].filter((one) => one !== undefined));
  }

  #scrubbed(failure: HttpFailure, token: AccessToken | undefined): HttpFailure {
    return [...this.#scrubbers(token)].reduce((cleaner, scrubber) => scrubber.failure(cleaner), failure);
  }

  /** The response as the guest may have it. Its pieces belong to nobody else by now, and are masked in place. */
  #clean(response: OutboundResponse, token: AccessToken | undefined): OutboundResponse {
    let { headers } = response;
    for (const scrubber of this.#scrubbers(token)) {
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
        .then((given) => {
          sending.token = given;
          call.auth = { kind: "oauth", tokenAge: given.age };
          this.#checkOpen(performance.now());
          this.#perform(sending, outgoing, bearerValue(given.value));
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
        ending: this.#options.ending,
        beforeSend,
      },
      (failure, response) => {
        leave?.();
        if (response === undefined) {
          this.#observe(exchange, sending, { failure, response });
          fail(failure);
          return;
        }
        call.ended(undefined, response);
        const clean = this.#clean(response, sending.token);
        this.#observe(exchange, sending, { failure, response: clean });
        resolve(clean);
      },
    );
    leave = this.#hook.run(exchange, credentialOf(request.headers, authorization));
    if (exchange.settled) leave();
  }

  #observe({ request }: Exchange, { call, token }: Sending, { failure, response }: Ended): void {
    const { onExchange } = this.#hook.options;
    if (onExchange === undefined) return;
    const { started, progress } = call;
    quietly(() =>
      onExchange({
        request,
        response,
        failure: failure && this.#scrubbed(failure, token),
        started,
        phases: progress.times(),
        endpoint: progress.endpoint,
      }),
    );
  }

  /** A token that lives as long as the call may, or longer where the guest asked for that. */
  #token(call: Call, { target, deadline, deadlineIsEvents }: Outgoing, minTtl: number): Promise<AccessToken> {
    const { oauth, ending } = this.#options;
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
      endings: ending === undefined ? [closing] : [ending, closing],
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
    if (this.#hook.closing.over) throw stopped("The host stops.");
    if (this.#options.ending?.over === true) throw stopped("The event was stopped.");
    if (this.#options.deadline !== undefined && this.#options.deadline <= now) {
      throw stopped("The event's own deadline has passed.");
    }
  }
}

/** One call while it goes on, and who waits for its end. */
interface Sending extends SendOptions {
  readonly call: Call;
  readonly request: OutboundRequest;
  readonly resolve: (response: OutboundResponse) => void;
  readonly fail: (error: unknown) => void;
  /** What the host added, once it has. */
  token: AccessToken | undefined;
}

/** What is sent, with the real values in it, and until when. */
interface Outgoing extends Unsealed {
  readonly deadline: number;
  readonly deadlineIsEvents: boolean;
}

const NONE: ReadonlySet<Scrubber> = new Set();

type Ended = Pick<ExchangeRecord, "failure" | "response">;

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
