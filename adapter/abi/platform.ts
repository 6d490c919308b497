// The exports of the adapter: what a hook, composed with the Http component, imports of its platform.

import {
  lowerFailure,
  OutboundAuthorization,
  Outcome,
  BASIC,
  OAUTH,
} from "../../assembly/abi/outbound";
import { HttpError } from "../../assembly/failure";
import { liftBytes, liftHeaders, liftString, lowerHeaders, lowerString, release } from "../../assembly/abi/memory";
import { variableOf } from "../configuration";
import { quoted } from "../quote";
import { Request } from "../request";
import { send as perform } from "../send";
import * as wasi from "./wasi";

import "../../assembly/abi/trap";

export { cabi_realloc } from "../../assembly/abi/memory";

// result<response, failure>: 4 bytes of case, then at most 32 of payload. Other results have at most 12 bytes.
const RESULT = memory.data(36, 4);
const PAYLOAD: usize = 4;

/** All that the last result points into, until the caller has read it. */
@final
class Retained {
  outcome: Outcome | null = null;
  failure: HttpError | null = null;
  block: StaticArray<u32> | null = null;
  text: string | null = null;
  bytes: StaticArray<u8> | null = null;
}

let retained: Retained | null = null;

/** After each call, when the caller has read the result. */
export function postReturn(result: usize): void {
  retained = null;
}

/** `outbound.send` */
export function send(
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
): usize {
  let authorization: OutboundAuthorization | null = null;
  if (hasAuthorization != 0) {
    const first = authorizationCase == OAUTH ? "" : liftString(authorization0, authorization1);
    const second = authorizationCase == BASIC ? liftString(authorization2, authorization3) : "";
    authorization = new OutboundAuthorization(authorizationCase, first, second, -1);
  }
  const request = new Request(
    method,
    liftString(url, urlLength),
    liftHeaders(headers, headersLength),
    hasBody != 0 ? liftBytes(body, bodyLength) : null,
    authorization,
    hasTimeout != 0 ? <i64>(<u32>timeout) : -1,
  );
  release();
  return lower(perform(request));
}

function lower(outcome: Outcome): usize {
  const kept = new Retained();
  retained = kept;
  const failure = outcome.failure;
  if (failure != null) {
    kept.failure = failure;
    store<u8>(RESULT, 1);
    lowerFailure(RESULT + PAYLOAD, failure);
    return RESULT;
  }
  const block = lowerHeaders(outcome.headers);
  kept.outcome = outcome;
  kept.block = block;
  store<u8>(RESULT, 0);
  store<u16>(RESULT, <u16>outcome.status, PAYLOAD);
  store<usize>(RESULT, changetype<usize>(block), PAYLOAD + 4);
  store<u32>(RESULT, outcome.headers.length >> 1, PAYLOAD + 8);
  store<usize>(RESULT, changetype<usize>(outcome.body), PAYLOAD + 12);
  store<u32>(RESULT, outcome.body.length, PAYLOAD + 16);
  return RESULT;
}

/** `secrets.get` */
export function secret(name: usize, nameLength: i32): usize {
  const variable = variableOf(liftString(name, nameLength));
  release();
  let value: string | null = null;
  if (variable != null) value = wasi.environment(variable);
  const kept = new Retained();
  retained = kept;
  kept.text = value;
  store<u8>(RESULT, value == null ? 0 : 1);
  if (value != null) lowerString(RESULT + 4, value);
  return RESULT;
}

const LEVELS: StaticArray<string> = ["debug", "info", "warn", "error", "critical"];

/** `log.write`: a line of JSON on standard error. */
export function log(level: i32, message: usize, messageLength: i32, hasFields: i32, fields: usize, fieldsLength: i32): void {
  let line = '{"level":"' + LEVELS[level] + '","message":' + quoted(liftString(message, messageLength));
  if (hasFields != 0) line += ',"fields":' + quoted(liftString(fields, fieldsLength));
  release();
  const stream = wasi.stderr();
  wasi.writeText(stream, line + "}\n");
  wasi.dropOutput(stream);
}

/** `clock.now` */
export function now(): u64 {
  return wasi.now();
}

/** `clock.sleep` */
export function sleep(milliseconds: u32): void {
  wasi.waitForTimer(wasi.timer(milliseconds));
}

/** Bytes of randomness at once. */
const RANDOM_LIMIT: u32 = 65536;

/** `random.bytes` */
export function random(length: u32): usize {
  if (length > RANDOM_LIMIT) unreachable();
  const bytes = wasi.random(length);
  const kept = new Retained();
  retained = kept;
  kept.bytes = bytes;
  store<usize>(RESULT, changetype<usize>(bytes));
  store<u32>(RESULT, bytes.length, 4);
  return RESULT;
}
