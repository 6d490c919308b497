import type { FailureCode, HttpFailure, Phase } from "../errors.ts";
import type { Method, OutboundRequest, OutboundResponse } from "../message.ts";
import type { Decision } from "../policy/decision.ts";

/** One call, for the audit. It holds no header, no body, no query and no credentials. */
export interface CallRecord {
  /** The name the hook was opened with. */
  readonly hook: string;
  readonly method: Method;
  /** The host, and the port where it is not 443; undefined where the URL has no canonical form or was not read. */
  readonly host: string | undefined;
  /** Without its query. */
  readonly path: string | undefined;
  /** The allowlist's entry that matched, or the one that came nearest. */
  readonly entry: string | undefined;
  /** Undefined where the call failed. */
  readonly status: number | undefined;
  /** Undefined where there was a response. */
  readonly failure:
    | { readonly code: FailureCode; readonly phase: Phase; readonly detail: string | undefined }
    | undefined;
  readonly milliseconds: number;
  readonly requestBytes: number;
  /** Of the decoded body; 0 where the call failed. */
  readonly responseBytes: number;
}

/** What the audit tells of a request. */
type RequestFacts = Pick<OutboundRequest, "method" | "body">;

/** What the audit needs to know of a call, gathered while it goes on. */
export class Call {
  readonly started: number = performance.now();
  decision: Decision | undefined;
  readonly #hook: string;
  readonly #request: RequestFacts;
  readonly #onCall: ((record: CallRecord) => void) | undefined;

  constructor(hook: string, request: RequestFacts, onCall: ((record: CallRecord) => void) | undefined) {
    this.#hook = hook;
    this.#request = request;
    this.#onCall = onCall;
  }

  /** Tells the audit, and hands the failure on. */
  ended<F extends HttpFailure | undefined>(failure: F, response: OutboundResponse | undefined): F {
    if (this.#onCall === undefined) return failure;
    try {
      this.#onCall({
        hook: this.#hook,
        method: this.#request.method,
        ...placeOf(this.decision),
        entry: this.decision?.entry,
        status: response?.status,
        failure: failure && { code: failure.code, phase: failure.phase, detail: failure.detail },
        milliseconds: performance.now() - this.started,
        requestBytes: this.#request.body?.length ?? 0,
        responseBytes: response?.bodyLength ?? 0,
      });
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
    return failure;
  }
}

/** Where a call was to go, also one that was denied. */
function placeOf(decision: Decision | undefined): Pick<CallRecord, "host" | "path"> {
  const [, host, path] = /^https:\/\/([^/?]*)([^?]*)/.exec(decision?.canonical ?? "") ?? [];
  return { host, path };
}
