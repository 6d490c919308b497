import { randomBytes } from "node:crypto";
import type { FailureCode, HttpFailure, Phase } from "../errors.ts";
import type { Authorization, Method, OutboundRequest, OutboundResponse } from "../message.ts";
import type { Decision } from "../policy/decision.ts";
import type { PhaseTimes } from "./progress.ts";
import { Progress } from "./progress.ts";

/**
 * What the policy ruled: an entry matches the call; none does, and it was made all the same because the mode is
 * `report`; it may not leave; or it was refused before the policy was asked.
 */
export type CallDecision = "allowed" | "reported" | "denied" | "refused";

/** How a call is authorised: by the host, or by a field that the hook wrote itself (`header`). */
export interface CallAuth {
  readonly kind: Authorization["kind"] | "header";
  /** Seconds since the token was obtained; of `oauth` alone, and undefined where there was no token. */
  readonly tokenAge: number | undefined;
}

/** One call, for the audit. It holds no header, no body, no query and no credentials. */
export interface CallRecord {
  /** Unlike that of any other call of any process. */
  readonly id: string;
  /** The name the hook was opened with. */
  readonly hook: string;
  readonly decision: CallDecision;
  readonly method: Method;
  /** `https://` and the host, and the port where it is not 443; undefined where the URL has no canonical form or was not read. */
  readonly origin: string | undefined;
  /** The path of the entry that matched, as `/v1/customers/*`; undefined where none did. Holds nothing of the call. */
  readonly template: string | undefined;
  /** The origin without its scheme. */
  readonly host: string | undefined;
  /**
   * Without its query. It may name a person or open a door to whoever knows it, as a webhook's path does: it is for
   * the operator's own eyes, and not in the audit line.
   */
  readonly path: string | undefined;
  /** The allowlist's entry that matched, or the one that came nearest. */
  readonly entry: string | undefined;
  /** The entry that would have matched, where none did; undefined where there can be none. Holds the path. */
  readonly suggestion: string | undefined;
  /** The checked address that was dialled, the last one tried where none answered; undefined where none was. */
  readonly address: { readonly ip: string; readonly port: number } | undefined;
  /** Undefined where the call failed. */
  readonly status: number | undefined;
  /** Undefined where there was a response. */
  readonly failure:
    | { readonly code: FailureCode; readonly phase: Phase; readonly detail: string | undefined }
    | undefined;
  /** Undefined where the call asks for no authorisation. */
  readonly auth: CallAuth | undefined;
  readonly milliseconds: number;
  /** How long it was in each phase that it came to, in milliseconds. */
  readonly phases: PhaseTimes;
  /** Of the body as the hook gave it. */
  readonly requestBytes: number;
  /** Of the decoded body; 0 where the call failed. */
  readonly responseBytes: number;
}

/** Told of each call when it has ended. What it throws becomes a process warning. */
export interface CallListener {
  /** Whether it listens just now: a record is made only where somebody does. */
  readonly listens: boolean;
  onCall(record: CallRecord): void;
}

/** What is known of a call when the policy has ruled on it. */
export interface CallStart {
  readonly id: string;
  readonly hook: string;
  readonly method: Method;
  /** Undefined where it was refused before. */
  readonly decision: Decision | undefined;
}

/** Follows one call. What it throws becomes a process warning. */
export interface CallTrace {
  /** The fields as they go on the wire, with those by which the server's trace joins this one. */
  propagate(headers: string[]): string[];
  end(record: CallRecord): void;
}

/** Follows the calls of one event. */
export type StartTrace = (call: CallStart) => CallTrace;

/** Who watches the calls of one event. */
export interface CallWatch {
  readonly listeners: readonly CallListener[];
  readonly startTrace: StartTrace | undefined;
  /** Whether what is sent is recorded, with the times. */
  readonly isRecorded: boolean;
}

/** What the audit tells of a request. */
export type RequestFacts = Pick<OutboundRequest, "method" | "headers" | "body" | "authorization">;

/** Before the count of a call, so that no other process has its id. */
const PROCESS = randomBytes(8).toString("hex");
let calls = 0;

/** What the audit needs to know of a call, gathered while it goes on. */
export class Call {
  readonly started: number = performance.now();
  readonly progress: Progress;
  /** Where the host knows more of it than the request says, as a token's age. */
  auth: CallAuth | undefined;
  readonly #number: number = ++calls;
  readonly #hook: string;
  readonly #request: RequestFacts;
  readonly #watch: CallWatch;
  #decision: Decision | undefined;
  #trace: CallTrace | undefined;

  constructor(hook: string, request: RequestFacts, watch: CallWatch) {
    this.#hook = hook;
    this.#request = request;
    this.#watch = watch;
    this.progress = new Progress(watch.isRecorded || isWatched(watch));
  }

  get id(): string {
    return `${PROCESS}-${this.#number}`;
  }

  /** What the policy ruled; undefined until it has. */
  get decision(): Decision | undefined {
    return this.#decision;
  }

  /** Whether an entry matches it. Where none does, no credential that the host holds goes with it, whatever the mode. */
  get matched(): boolean {
    return this.#decision?.matched === true;
  }

  /** Takes down what the policy ruled, whereupon the call can be followed. */
  ruled(decision: Decision): void {
    this.#decision = decision;
    this.#startTrace();
  }

  /** The fields as they go on the wire, with the trace's own where it goes on at the server. */
  traced(headers: string[]): string[] {
    const trace = this.#trace;
    return trace === undefined ? headers : (quietly(() => trace.propagate(headers)) ?? headers);
  }

  /** Tells the audit, and hands the failure on. */
  ended<F extends HttpFailure | undefined>(failure: F, response: OutboundResponse | undefined): F {
    if (!isWatched(this.#watch)) return failure;
    const { listeners } = this.#watch;
    const record = this.#record(failure, response);
    for (const listener of listeners) quietly(() => listener.listens && listener.onCall(record));
    if (this.#decision === undefined) this.#startTrace();
    quietly(() => this.#trace?.end(record));
    return failure;
  }

  #startTrace(): void {
    const { startTrace } = this.#watch;
    if (startTrace === undefined) return;
    const start = { id: this.id, hook: this.#hook, method: this.#request.method, decision: this.#decision };
    this.#trace = quietly(() => startTrace(start));
  }

  #record(failure: HttpFailure | undefined, response: OutboundResponse | undefined): CallRecord {
    const decision = this.#decision;
    const { endpoint } = this.progress;
    return {
      id: this.id,
      hook: this.#hook,
      decision: rulingOf(decision, failure),
      method: this.#request.method,
      template: decision?.template,
      ...placeOf(decision),
      entry: decision?.entry,
      suggestion: decision?.code === "invalid-url" ? undefined : decision?.suggestion,
      address: endpoint && { ip: endpoint.address, port: endpoint.port },
      status: response?.status,
      failure: failure && { code: failure.code, phase: failure.phase, detail: failure.detail },
      auth: this.auth ?? authOf(this.#request),
      milliseconds: performance.now() - this.started,
      phases: this.progress.times(),
      requestBytes: this.#request.body?.length ?? 0,
      responseBytes: response?.bodyLength ?? 0,
    };
  }
}

/** Whether anybody watches just now. */
function isWatched({ listeners, startTrace }: CallWatch): boolean {
  if (startTrace !== undefined) return true;
  for (const { listens } of listeners) if (listens) return true;
  return false;
}

/** A URL that is too long to be read at all is denied by the policy's own rule, without a decision. */
function rulingOf(decision: Decision | undefined, failure: HttpFailure | undefined): CallDecision {
  if (decision === undefined) return failure?.phase === "policy" ? "denied" : "refused";
  if (!decision.allowed) return "denied";
  return decision.matched ? "allowed" : "reported";
}

/** Where a call was to go, also one that was denied. */
function placeOf(decision: Decision | undefined): Pick<CallRecord, "origin" | "host" | "path"> {
  const [, origin, host, path] = /^(https:\/\/([^/?]*))([^?]*)/.exec(decision?.canonical ?? "") ?? [];
  return { origin, host, path };
}

function authOf({ authorization, headers }: RequestFacts): CallAuth | undefined {
  if (authorization !== undefined) return { kind: authorization.kind, tokenAge: undefined };
  const own = headers.some((text, i) => i % 2 === 0 && text.length === 13 && text.toLowerCase() === "authorization");
  return own ? { kind: "header", tokenAge: undefined } : undefined;
}

/** Whoever watches is no part of the call. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
    return undefined;
  }
}
