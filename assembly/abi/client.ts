// The exports of the Http component: `backfill:http/client`. Lifts the options, performs the call, lowers the
// response. The parameters are more than 16 flat values, so they come as the address of a tuple.

import { Body } from "../body";
import { call, CallOptions, DELETE, GET, PATCH, POST, PUT } from "../call";
import { AS_BYTES, AS_JSON, Content, contentOf, joinFields } from "../content";
import { HttpError } from "../failure";
import { liftBytes, liftHeaders, liftString, lowerHeaders, lowerString, release } from "./memory";
import { BASIC, BEARER, lowerFailure, OAUTH, OutboundAuthorization, Outcome } from "./outbound";

import "./trap";

export { cabi_realloc } from "./memory";

// result<response, failure>: 4 bytes of case, then at most 32 of payload.
const RESULT = memory.data(36, 4);
const PAYLOAD: usize = 4;

// Where the fields of request-options lie.
const HEADERS: usize = 0;
const BODY: usize = 8;
const AUTHORIZATION: usize = 24;
const TIMEOUT: usize = 48;
const RESPONSE_TYPE: usize = 56;

// (url, options) and (url, option<request-body>, options).
const URL: usize = 0;
const OPTIONS: usize = 8;
const ARGUMENT: usize = 8;
const OPTIONS_AFTER_ARGUMENT: usize = 24;

/** All that the last result points into, until the host has read it. */
@final
class Retained {
  failure: HttpError | null = null;
  headers: string[] | null = null;
  headerBlock: StaticArray<u32> | null = null;
  headerList: StaticArray<string> | null = null;
  headerListBlock: StaticArray<u32> | null = null;
  text: string | null = null;
  bytes: StaticArray<u8> | null = null;
}

let retained: Retained | null = null;

export function get(parameters: usize): usize {
  return callWithoutArgument(GET, parameters);
}

export function post(parameters: usize): usize {
  return callWithArgument(POST, parameters);
}

export function put(parameters: usize): usize {
  return callWithArgument(PUT, parameters);
}

export function patch(parameters: usize): usize {
  return callWithArgument(PATCH, parameters);
}

export function del(parameters: usize): usize {
  return callWithoutArgument(DELETE, parameters);
}

/** After each call, when the host has read the result. */
export function postReturn(result: usize): void {
  retained = null;
}

function callWithoutArgument(method: i32, parameters: usize): usize {
  return answer(method, parameters, null, true, parameters + OPTIONS);
}

function callWithArgument(method: i32, parameters: usize): usize {
  const given = load<u8>(parameters, ARGUMENT) != 0;
  const argument = given ? liftBody(parameters + ARGUMENT + 4) : null;
  return answer(method, parameters, argument, !given || argument != null, parameters + OPTIONS_AFTER_ARGUMENT);
}

function answer(method: i32, parameters: usize, argument: Body | null, argumentIsValid: bool, at: usize): usize {
  const url = liftString(load<usize>(parameters, URL), load<u32>(parameters, URL + 4));
  const options = new CallOptions();
  options.headers = liftHeaders(load<usize>(at, HEADERS), load<u32>(at, HEADERS + 4));
  let bodiesAreValid = argumentIsValid;
  if (load<u8>(at, BODY) != 0) {
    options.body = liftBody(at + BODY + 4);
    if (options.body == null) bodiesAreValid = false;
  }
  if (!bodiesAreValid) options.problem = "the body is given as JSON, but its text is not well-formed JSON";
  options.authorization = liftAuthorization(at + AUTHORIZATION);
  if (load<u8>(at, TIMEOUT) != 0) options.timeout = load<u32>(at, TIMEOUT + 4);
  options.responseType = load<u8>(at, RESPONSE_TYPE);
  release();
  return lower(call(method, url, argument, options), options.responseType);
}

/** Lifts a `request-body`; null is JSON text that is not well-formed. */
function liftBody(at: usize): Body | null {
  const kind = load<u8>(at);
  const pointer = load<usize>(at, 4);
  const length = load<u32>(at, 8);
  if (kind == AS_BYTES) return Body.raw(liftBytes(pointer, length));
  const text = liftString(pointer, length);
  return kind == AS_JSON ? Body.jsonText(text) : Body.text(text);
}

function liftAuthorization(at: usize): OutboundAuthorization | null {
  if (load<u8>(at) == 0) return null;
  const kind: i32 = load<u8>(at, 4);
  if (kind == OAUTH) return new OutboundAuthorization(OAUTH, "", "", load<u8>(at, 8) != 0 ? <i64>load<u32>(at, 12) : -1);
  const first = liftString(load<usize>(at, 8), load<u32>(at, 12));
  if (kind == BEARER) return new OutboundAuthorization(BEARER, first, "", -1);
  return new OutboundAuthorization(BASIC, first, liftString(load<usize>(at, 16), load<u32>(at, 20)), -1);
}

function lower(outcome: Outcome, responseType: i32): usize {
  const kept = new Retained();
  retained = kept;
  const failure = outcome.failure;
  if (failure != null) {
    kept.failure = failure;
    store<u8>(RESULT, 1);
    lowerFailure(RESULT + PAYLOAD, failure);
    return RESULT;
  }

  const headers = joinFields(outcome.headers);
  const headerBlock = lowerHeaders(headers);
  const headerListBlock = lowerHeaders(outcome.headers);
  kept.headers = headers;
  kept.headerBlock = headerBlock;
  kept.headerList = outcome.headers;
  kept.headerListBlock = headerListBlock;

  store<u8>(RESULT, 0);
  store<u16>(RESULT, <u16>outcome.status, PAYLOAD);
  store<u8>(RESULT, outcome.status >= 200 && outcome.status <= 299 ? 1 : 0, PAYLOAD + 2);
  store<usize>(RESULT, changetype<usize>(headerBlock), PAYLOAD + 4);
  store<u32>(RESULT, headers.length >> 1, PAYLOAD + 8);
  store<usize>(RESULT, changetype<usize>(headerListBlock), PAYLOAD + 12);
  store<u32>(RESULT, outcome.headers.length >> 1, PAYLOAD + 16);
  lowerContent(contentOf(outcome, responseType), outcome.body, kept);
  return RESULT;
}

function lowerContent(content: Content, bytes: StaticArray<u8>, kept: Retained): void {
  const at = RESULT + PAYLOAD + 20;
  store<u8>(at, <u8>content.kind);
  if (content.kind == AS_BYTES) {
    kept.bytes = bytes;
    store<usize>(at, changetype<usize>(bytes), 4);
    store<u32>(at, bytes.length, 8);
  } else {
    const text = content.text();
    kept.text = text;
    lowerString(at + 4, text);
  }
}
