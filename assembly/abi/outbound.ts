// `backfill:http/outbound`: lowers a request, lifts what comes back.

import { FAILURE_CODES, HttpError, PHASES } from "../failure";
import { liftBytes, liftHeaders, liftString, lowerHeaders, NO_BYTES, NO_HEADERS, release } from "./memory";

/** `types.authorization`. */
@final
export class OutboundAuthorization {
  constructor(
    /** The index of the case. */
    public kind: i32,
    /** The token, or the user name. */
    public first: string,
    /** The password. */
    public second: string,
    /** Seconds; below 0 for none. */
    public minTtl: i64,
  ) {}
}

export const BEARER: i32 = 0;
export const BASIC: i32 = 1;
export const OAUTH: i32 = 2;

/** What `outbound.send` gives: a failure, or else a `types.response`. */
@final
export class Outcome {
  failure: HttpError | null = null;
  status: i32 = 0;
  /** Names and values by turns. */
  headers: StaticArray<string> = NO_HEADERS;
  body: StaticArray<u8> = NO_BYTES;
}

// The 16 flat parameters of `request`, and the address of the result.
@external("backfill:http/outbound@0.1.0", "send")
declare function __send(
  method: i32,
  url: usize,
  urlLength: i32,
  headers: usize,
  headersLength: i32,
  hasBody: i32,
  body: usize,
  bodyLength: i32,
  hasAuthorization: i32,
  authorizationCase: i32,
  authorization0: usize,
  authorization1: i32,
  authorization2: usize,
  authorization3: i32,
  hasTimeout: i32,
  timeout: i32,
  result: usize,
): void;

// result<response, failure>: 4 bytes of case, then at most 32 of payload. One call at a time is under way.
const RESULT = memory.data(36, 4);
const PAYLOAD: usize = 4;

/**
 * Asks the host. Headers are names and values by turns; a timeout is in milliseconds, below 0 for none; every string is
 * well-formed. What the host reads while the instance is suspended is held by the locals of this call and its callers,
 * which the compiler keeps on its own stack, where a collection sees them.
 */
export function send(
  method: i32,
  url: string,
  headers: StaticArray<string>,
  body: StaticArray<u8> | null,
  authorization: OutboundAuthorization | null,
  timeout: i64,
): Outcome {
  const fields = lowerHeaders(headers);
  let first: usize = 0;
  let second: i32 = 0;
  let third: usize = 0;
  let fourth: i32 = 0;
  if (authorization != null) {
    if (authorization.kind == OAUTH) {
      first = authorization.minTtl >= 0 ? 1 : 0;
      second = <i32>authorization.minTtl;
    } else {
      first = changetype<usize>(authorization.first);
      second = authorization.first.length;
      third = changetype<usize>(authorization.second);
      fourth = authorization.second.length;
    }
  }
  __send(
    method,
    changetype<usize>(url),
    url.length,
    changetype<usize>(fields),
    headers.length >> 1,
    body != null ? 1 : 0,
    changetype<usize>(body),
    body != null ? body.length : 0,
    authorization != null ? 1 : 0,
    authorization != null ? authorization.kind : 0,
    first,
    second,
    third,
    fourth,
    timeout >= 0 ? 1 : 0,
    <i32>timeout,
    RESULT,
  );
  const outcome = new Outcome();
  if (load<u8>(RESULT) == 0) liftResponse(RESULT + PAYLOAD, outcome);
  else outcome.failure = liftFailure(RESULT + PAYLOAD);
  release();
  return outcome;
}

function liftResponse(at: usize, outcome: Outcome): void {
  outcome.status = load<u16>(at);
  outcome.headers = liftHeaders(load<usize>(at, 4), load<u32>(at, 8));
  outcome.body = liftBytes(load<usize>(at, 12), load<u32>(at, 16));
}

function liftFailure(at: usize): HttpError {
  const message = liftString(load<usize>(at, 4), load<u32>(at, 8));
  const detail = load<u8>(at, 16) != 0 ? liftString(load<usize>(at, 20), load<u32>(at, 24)) : null;
  const code = FAILURE_CODES[load<u8>(at)];
  return new HttpError(code, PHASES[load<u8>(at, 12)], message, detail, load<u8>(at, 28) != 0);
}

/** Lowers a failure for the component's own callers: the layout of `types.failure`. The caller keeps `failure` alive. */
export function lowerFailure(at: usize, failure: HttpError): void {
  store<u8>(at, <u8>FAILURE_CODES.indexOf(failure.code));
  store<usize>(at, changetype<usize>(failure.message), 4);
  store<u32>(at, failure.message.length, 8);
  store<u8>(at, <u8>PHASES.indexOf(failure.phase), 12);
  const detail = failure.detail;
  store<u8>(at, detail != null ? 1 : 0, 16);
  store<usize>(at, changetype<usize>(detail), 20);
  store<u32>(at, detail != null ? detail.length : 0, 24);
  store<u8>(at, failure.requestMayHaveBeenSent ? 1 : 0, 28);
}
