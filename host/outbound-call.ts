import { authorizationValue, bearerValue } from "./auth/authorization.ts";
import type { Scrubber } from "./auth/seal/scrub.ts";
import { waitFor } from "./auth/wait.ts";
import type { AccessToken, CallEnd } from "./door.ts";
import { HttpFailure } from "./errors.ts";
import type { OutboundRequest, OutboundResponse } from "./message.ts";
import type { HookEvent } from "./outbound-event.ts";
import type { Decision, Target } from "./policy/decision.ts";
import { checkHeaders } from "./policy/headers.ts";
import { Exchange, type ExchangeOwner } from "./transport/exchange.ts";
import { quietly, type Call } from "./transport/record.ts";
import { checkSize, credentialOf, timeoutOf, wireHeaders } from "./transport/request.ts";

/** One call: policy, then credentials, then transport. */
export class OutboundCall implements ExchangeOwner {
  readonly #event: HookEvent;
  readonly #call: Call;
  readonly #end: CallEnd;
  /** As the guest made it; with the real values in it once the policy has ruled. */
  #request: OutboundRequest;
  #target: Target | undefined;
  /** When it ends at the latest, on the clock of performance.now. */
  #deadline = 0;
  #deadlineIsEvents = false;
  /** What the host added, once it has. */
  #token: AccessToken | undefined;

  constructor(event: HookEvent, call: Call, request: OutboundRequest, end: CallEnd) {
    this.#event = event;
    this.#call = call;
    this.#request = request;
    this.#end = end;
  }

  start(): void {
    try {
      this.#event.count();
      this.#rule();
      this.#authorize();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Everything that can be said before anything waits. */
  #rule(): void {
    const call = this.#call;
    const { hook, options } = this.#event;
    const request = this.#request;
    const milliseconds = timeoutOf(request, hook.limits);
    const decision = hook.options.allowlist.check(request.url);
    call.ruled(decision);
    if (decision.target === undefined) throw refusalOf(decision);
    const failure = checkHeaders(request.headers, request.authorization !== undefined);
    if (failure !== undefined) throw failure;
    this.#event.checkOpen(call.started);
    this.#target = decision.target;
    if (options.seals !== undefined) {
      const real = options.seals.unseal(request, decision.target, call.matched);
      this.#request = real.request;
      this.#target = real.target;
    }
    checkSize(this.#request, hook.limits);
    const own = call.started + milliseconds;
    const events = options.deadline;
    this.#deadlineIsEvents = events !== undefined && events < own;
    this.#deadline = events !== undefined && events < own ? events : own;
  }

  #authorize(): void {
    const { authorization } = this.#request;
    if (authorization?.kind !== "oauth") {
      this.#perform(authorization && authorizationValue(authorization));
      return;
    }
    const call = this.#call;
    call.progress.phase = "auth";
    this.#askToken((authorization.minTtlSeconds ?? 0) * 1000)
      .then((token) => {
        this.#token = token;
        call.auth = { kind: "oauth", tokenAge: token.age };
        this.#event.checkOpen(performance.now());
        this.#perform(bearerValue(token.value));
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** A token that lives as long as the call may, or longer where the guest asked for that. */
  #askToken(minTtl: number): Promise<AccessToken> {
    const { hook, options } = this.#event;
    const { oauth, ending } = options;
    const { started, matched } = this.#call;
    const target = this.#target as Target;
    if (oauth === undefined) {
      throw unavailable(
        "auth.oauth has no token: this hook is no route of a connector that declares connection.oauth. Make it one, or use auth.bearer.",
      );
    }
    if (!matched) {
      throw unavailable(
        `No entry of permissions.http matches ${target.origin}${target.path}, and the mode "report" lets no token leave. Add the entry.`,
      );
    }
    oauth.checkBound(target);
    const { closing } = hook;
    return waitFor(oauth.token(Math.max(minTtl, this.#deadline - started)), {
      started,
      deadline: this.#deadline,
      deadlineIsEvents: this.#deadlineIsEvents,
      endings: ending === undefined ? [closing] : [ending, closing],
    });
  }

  #perform(authorization: string | undefined): void {
    const { hook, options, budget } = this.#event;
    const { method, headers, body } = this.#request;
    const call = this.#call;
    const exchange = new Exchange(
      {
        method,
        target: this.#target as Target,
        headers: call.traced(wireHeaders(headers, authorization)),
        body,
        limits: hook.limits,
        budget,
        progress: call.progress,
        deadlines: hook.deadlines,
        started: call.started,
        deadline: this.#deadline,
        deadlineIsEvents: this.#deadlineIsEvents,
        ending: options.ending,
        beforeSend: this.#end.beforeSend,
      },
      this,
    );
    if (!exchange.settled) hook.run(exchange, credentialOf(headers, authorization));
  }

  onExchangeEnd(exchange: Exchange, failure: HttpFailure | undefined, response: OutboundResponse | undefined): void {
    this.#event.hook.leave(exchange);
    if (response === undefined) {
      this.#observe(exchange, failure, undefined);
      this.#fail(failure);
      return;
    }
    this.#call.ended(undefined, response);
    const clean = this.#clean(response);
    this.#observe(exchange, undefined, clean);
    if (exchange.isUploaded) this.#request.release?.();
    this.#end.resolve(clean);
  }

  #fail(error: unknown): void {
    this.#end.reject(this.#call.ended(this.#scrubbed(asFailure(error)), undefined));
  }

  #observe({ request }: Exchange, failure: HttpFailure | undefined, response: OutboundResponse | undefined): void {
    const { onExchange } = this.#event.hook.options;
    if (onExchange === undefined) return;
    const { started, progress } = this.#call;
    quietly(() =>
      onExchange({
        request,
        response,
        failure: failure && this.#scrubbed(failure),
        started,
        phases: progress.times(),
        endpoint: progress.endpoint,
      }),
    );
  }

  /** What takes out of an answer what the host had put into requests. */
  #scrubbers(): ReadonlySet<Scrubber> {
    const { hook, options } = this.#event;
    if (hook.scrubber === undefined && options.oauth === undefined) return NONE;
    const all = [hook.scrubber, this.#token?.scrubber, options.oauth?.scrubber];
    return new Set(all.filter((one) => one !== undefined));
  }

  #scrubbed(failure: HttpFailure): HttpFailure {
    return [...this.#scrubbers()].reduce((cleaner, scrubber) => scrubber.failure(cleaner), failure);
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
}

const NONE: ReadonlySet<Scrubber> = new Set();

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

function unavailable(message: string): HttpFailure {
  return new HttpFailure({ code: "auth-unavailable", phase: "auth", message });
}

/** Anything but a failure is a fault of this host. */
export function asFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  return new HttpFailure({
    code: "other",
    phase: "validate",
    message: "The call failed through a fault of this host; its operator can see the cause.",
    cause: error,
  });
}
