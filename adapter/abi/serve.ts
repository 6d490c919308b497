// `wasi:http/incoming-handler` around a hook's `run`.

import { liftString, release } from "../../assembly/abi/memory";
import { append, bodyStream, fields, finishBody, incomingStream } from "./http";
import * as wasi from "./wasi";

import "../../assembly/abi/trap";

export { cabi_realloc } from "../../assembly/abi/memory";

// @ts-ignore: decorator
@external("$root", "run")
declare function __run(event: usize, length: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]incoming-request.consume")
declare function __consume(request: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]incoming-request")
declare function __dropRequest(request: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[resource-drop]incoming-body")
declare function __dropBody(body: i32): void;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[constructor]outgoing-response")
declare function __response(fields: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-response.set-status-code")
declare function __setStatus(response: i32, status: i32): i32;
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[method]outgoing-response.body")
declare function __responseBody(response: i32, result: usize): void;
// The parameters are (own, result<own, error-code>): 9 flat values, of which those of the error are 0.
// @ts-ignore: decorator
@external("wasi:http/types@0.2.0", "[static]response-outparam.set")
declare function __answer(out: i32, isError: i32, response: i32, a: i32, b: i64, c: i32, d: i32, e: i32, f: i32): void;

const RESULT = memory.data(64, 8);

/** Bytes of an event. */
const EVENT_LIMIT: i32 = 4 * 1024 * 1024;
const OK: i32 = 200;
const TOO_LARGE: i32 = 413;
const FAILED: i32 = 500;

export function handle(request: i32, out: i32): void {
  const event = readEvent(request);
  __dropRequest(request);
  if (event == null) {
    answer(out, TOO_LARGE, "the event is too large");
    return;
  }
  __run(changetype<usize>(event), event.length, RESULT);
  const status = load<u8>(RESULT) == 0 ? OK : FAILED;
  const text = liftString(load<usize>(RESULT, 4), load<u32>(RESULT, 8));
  release();
  answer(out, status, text);
}

/** The request's body as text; `null` where there is none, and null where it is too large or breaks off. */
function readEvent(request: i32): string | null {
  __consume(request, RESULT);
  const body = load<i32>(RESULT, 4);
  const stream = incomingStream(body);
  const pieces = new Array<StaticArray<u8>>();
  let length = 0;
  while (length <= EVENT_LIMIT) {
    const piece = wasi.read(stream);
    if (wasi.readEnd != 0) break;
    if (piece.length == 0) wasi.wait(wasi.subscribeInput(stream), wasi.NO_TIMER);
    length += piece.length;
    pieces.push(piece);
  }
  const isWhole = wasi.readEnd == wasi.CLOSED;
  wasi.dropInput(stream);
  __dropBody(body);
  if (!isWhole) return null;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < pieces.length; ++i) {
    memory.copy(bytes.dataStart + <usize>at, changetype<usize>(pieces[i]), pieces[i].length);
    at += pieces[i].length;
  }
  return length == 0 ? "null" : String.UTF8.decode(bytes.buffer);
}

function answer(out: i32, status: i32, text: string): void {
  const headers = fields();
  append(headers, "content-type", status == OK ? "application/json" : "text/plain; charset=utf-8");
  const response = __response(headers);
  __setStatus(response, status);
  __responseBody(response, RESULT);
  const body = load<i32>(RESULT, 4);
  const stream = bodyStream(body);
  __answer(out, 0, response, 0, 0, 0, 0, 0, 0);
  const bytes = String.UTF8.encode(text);
  const copy = new StaticArray<u8>(bytes.byteLength);
  memory.copy(changetype<usize>(copy), changetype<usize>(bytes), bytes.byteLength);
  wasi.writeAll(stream, copy, wasi.NO_TIMER);
  wasi.dropOutput(stream);
  finishBody(body);
}
