import { is } from "./ascii";
import { BASIC, Outcome, OutboundAuthorization, send } from "./abi/outbound";
import { NO_HEADERS, wellFormed } from "./abi/memory";
import { Body } from "./body";
import { AUTO } from "./content";
import { HttpError } from "./failure";

/** `types.method`, in the order of the WIT enum. */
export const GET: i32 = 0;
export const POST: i32 = 1;
export const PUT: i32 = 2;
export const PATCH: i32 = 3;
export const DELETE: i32 = 4;

/** No timeout and no minimum TTL were given. */
export const NONE: i64 = -1;

/** What every call has beside its method, URL and body argument, whatever language asked for it. */
@final
export class CallOptions {
  /** Names and values by turns. The call's own, to be mended. */
  headers: StaticArray<string> = NO_HEADERS;
  body: Body | null = null;
  authorization: OutboundAuthorization | null = null;
  /** Milliseconds, or NONE. */
  timeout: i64 = NONE;
  responseType: i32 = AUTO;
  /** Why there can be no call. */
  problem: string | null = null;
}

const JSON_TYPE: StaticArray<string> = ["content-type", "application/json"];

/** Checks what only the caller can have got wrong, and asks the host. */
export function call(method: i32, url: string, argument: Body | null, options: CallOptions): Outcome {
  const problem = options.problem;
  if (problem != null) return refuse(problem);
  if (argument != null && options.body != null) {
    return refuse("the body is given twice: as an argument and in the options; give it once");
  }
  if (options.timeout == 0) return refuse("timeout is 0; it is in milliseconds and must be at least 1");

  const body = argument != null ? argument : options.body;
  let headers = options.headers;
  for (let i = 0, n = headers.length; i < n; ++i) headers[i] = wellFormed(headers[i]);
  if (body != null && body.isJson && !hasContentType(headers)) {
    headers = headers.concat<StaticArray<string>>(JSON_TYPE);
  }

  const authorization = options.authorization;
  if (authorization != null) {
    authorization.first = wellFormed(authorization.first);
    if (authorization.kind == BASIC) authorization.second = wellFormed(authorization.second);
  }
  const encoded = body != null ? body.encoded : null;
  return send(method, wellFormed(url), headers, encoded, authorization, options.timeout);
}

function refuse(message: string): Outcome {
  const outcome = new Outcome();
  outcome.failure = HttpError.invalid(message);
  return outcome;
}

function hasContentType(headers: StaticArray<string>): bool {
  for (let i = 0, n = headers.length; i < n; i += 2) {
    if (is(headers[i], 0, headers[i].length, "content-type")) return true;
  }
  return false;
}
