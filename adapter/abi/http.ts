// `wasi:http` as a client uses it, by the canonical ABI.

import { liftBytes, liftString, release } from "../../assembly/abi/memory";

// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[constructor]fields")
declare function __fields(): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]fields.append")
declare function __append(fields: i32, name: usize, nameLength: i32, value: usize, valueLength: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]fields.entries")
declare function __entries(fields: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]fields")
declare function __dropFields(fields: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[constructor]outgoing-request")
declare function __request(fields: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-request.set-method")
declare function __setMethod(request: i32, method: i32, name: usize, nameLength: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-request.set-scheme")
declare function __setScheme(request: i32, isSome: i32, scheme: i32, name: usize, nameLength: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-request.set-authority")
declare function __setAuthority(request: i32, isSome: i32, text: usize, length: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-request.set-path-with-query")
declare function __setPath(request: i32, isSome: i32, text: usize, length: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-request.body")
declare function __requestBody(request: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]outgoing-request")
declare function __dropRequest(request: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-body.write")
declare function __bodyStream(body: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[static]outgoing-body.finish")
declare function __finishBody(body: i32, hasTrailers: i32, trailers: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]outgoing-body")
declare function __dropOutgoingBody(body: i32): void;
// @ts-ignore: decorator
@external("wasi:http/outgoing-handler@0.2.0", "handle")
declare function __handle(request: i32, hasOptions: i32, options: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]future-incoming-response.subscribe")
declare function __subscribeFuture(future: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]future-incoming-response.get")
declare function __get(future: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]future-incoming-response")
declare function __dropFuture(future: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]incoming-response.status")
declare function __status(response: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]incoming-response.headers")
declare function __responseHeaders(response: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]incoming-response.consume")
declare function __consume(response: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]incoming-response")
declare function __dropResponse(response: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]incoming-body.stream")
declare function __incomingStream(body: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]incoming-body")
declare function __dropIncomingBody(body: i32): void;

// option<result<result<own, error-code>>>: 24 bytes of cases, then at most 32 of payload.
const RESULT = memory.data(64, 8);

/** `types.method` of backfill:http as the case of wasi:http: get, post, put, patch, delete. */
const METHODS: StaticArray<i32> = [0, 2, 3, 8, 4];
const HTTPS: i32 = 1;

export function fields(): i32 {
  return __fields();
}

/** Adds a field whose value has one code unit a byte. False where the host refuses it. */
export function append(fields: i32, name: string, value: string): bool {
  const bytes = new StaticArray<u8>(value.length);
  for (let i = 0; i < value.length; ++i) bytes[i] = <u8>value.charCodeAt(i);
  __append(fields, changetype<usize>(name), name.length, changetype<usize>(bytes), bytes.length, RESULT);
  return load<u8>(RESULT) == 0;
}

/** Names and values by turns, one code unit a byte. */
export function entries(fields: i32): StaticArray<string> {
  __entries(fields, RESULT);
  const start = load<usize>(RESULT);
  const length = load<u32>(RESULT, 4);
  const all = new StaticArray<string>(<i32>length << 1);
  for (let i: u32 = 0; i < length; ++i) {
    const field = start + ((<usize>i) << 4);
    all[<i32>i << 1] = liftString(load<usize>(field), load<u32>(field, 4)).toLowerCase();
    all[(<i32>i << 1) + 1] = latin1(load<usize>(field, 8), load<u32>(field, 12));
  }
  release();
  return all;
}

function latin1(pointer: usize, length: u32): string {
  const units = new Array<i32>(<i32>length);
  for (let i: u32 = 0; i < length; ++i) units[<i32>i] = load<u8>(pointer + <usize>i);
  return String.fromCharCodes(units);
}

export function dropFields(fields: i32): void {
  __dropFields(fields);
}

/** A request over https, with these fields; 0 where the host refuses a part of it. */
export function newRequest(fields: i32, method: i32, authority: string, path: string): i32 {
  const request = __request(fields);
  const refused =
    __setMethod(request, METHODS[method], 0, 0) |
    __setScheme(request, 1, HTTPS, 0, 0) |
    __setAuthority(request, 1, changetype<usize>(authority), authority.length) |
    __setPath(request, 1, changetype<usize>(path), path.length);
  if (refused == 0) return request;
  __dropRequest(request);
  return 0;
}

/** A request's body. */
export function requestBody(request: i32): i32 {
  __requestBody(request, RESULT);
  return load<i32>(RESULT, 4);
}

/** The stream that a body is written to. */
export function bodyStream(body: i32): i32 {
  __bodyStream(body, RESULT);
  return load<i32>(RESULT, 4);
}

/** The case of the error where the body could not be finished; below 0 where it is. */
export function finishBody(body: i32): i32 {
  __finishBody(body, 0, 0, RESULT);
  return load<u8>(RESULT) == 0 ? -1 : errorAt(RESULT + 8);
}

export function dropOutgoingBody(body: i32): void {
  __dropOutgoingBody(body);
}

/** The case of the last error code. */
export let errorCode: i32 = -1;

/** Hands a request over, which is dropped. 0 and `errorCode` where it is refused. */
export function handle(request: i32): i32 {
  __handle(request, 0, 0, RESULT);
  if (load<u8>(RESULT) == 0) return load<i32>(RESULT, 8);
  errorCode = errorAt(RESULT + 8);
  return 0;
}

/** The case of an error code. What it holds beside is for logs of the host. */
function errorAt(at: usize): i32 {
  release();
  return load<u8>(at);
}

export function subscribeFuture(future: i32): i32 {
  return __subscribeFuture(future);
}

export const PENDING: i32 = -1;
export const REFUSED: i32 = -2;

/** The response, PENDING, or REFUSED and `errorCode`. */
export function response(future: i32): i32 {
  __get(future, RESULT);
  if (load<u8>(RESULT) == 0) return PENDING;
  if (load<u8>(RESULT, 8) == 0 && load<u8>(RESULT, 16) == 0) return load<i32>(RESULT, 24);
  errorCode = errorAt(RESULT + 24);
  return REFUSED;
}

export function dropFuture(future: i32): void {
  __dropFuture(future);
}

export function status(response: i32): i32 {
  return __status(response);
}

export function responseHeaders(response: i32): i32 {
  return __responseHeaders(response);
}

/** A response's body. */
export function consume(response: i32): i32 {
  __consume(response, RESULT);
  return load<i32>(RESULT, 4);
}

export function dropResponse(response: i32): void {
  __dropResponse(response);
}

/** The stream that a body is read from. */
export function incomingStream(body: i32): i32 {
  __incomingStream(body, RESULT);
  return load<i32>(RESULT, 4);
}

export function dropIncomingBody(body: i32): void {
  __dropIncomingBody(body);
}
