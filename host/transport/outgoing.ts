import type { HttpFailure } from "../errors.ts";
import type { Method, OutboundResponse } from "../message.ts";
import type { Target } from "../policy/decision.ts";
import type { PhaseTimes } from "./progress.ts";
import type { Endpoint } from "./resolve.ts";

/** One request, checked and complete, as it goes on the wire: with every secret in it. */
export interface OutgoingRequest {
  readonly method: Method;
  readonly target: Target;
  /** Names and values by turns. Host and Content-Length are not among them. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

/** One exchange when it is over: exactly one of `response` and `failure` is defined. */
export interface ExchangeRecord {
  /** Its body may change, or its memory be given back, when the record has been taken. */
  readonly request: OutgoingRequest;
  /** As the guest has it. The memory of its body may be given back when the record has been taken. */
  readonly response: OutboundResponse | undefined;
  readonly failure: HttpFailure | undefined;
  /** When the call began, on the clock of performance.now. */
  readonly started: number;
  readonly phases: PhaseTimes;
  /** What was dialled. */
  readonly endpoint: Endpoint | undefined;
}

/** Told of each exchange when it is over. What it throws becomes a process warning. */
export type ExchangeListener = (record: ExchangeRecord) => void;
