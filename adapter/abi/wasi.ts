// The functions of WASI that the adapter calls, by the canonical ABI. Handles are numbers; whoever is given one drops it.

import { liftBytes, liftString, release } from "../../assembly/abi/memory";

// @ts-ignore: decorator
@external("wasi:io/poll@0.2.0", "poll")
declare function __poll(pollables: usize, length: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/poll@0.2.0", "[resource-drop]pollable")
declare function __dropPollable(handle: i32): void;
// @ts-ignore: decorator
@external("wasi:io/error@0.2.0", "[resource-drop]error")
declare function __dropError(handle: i32): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]input-stream.read")
declare function __read(stream: i32, length: i64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]input-stream.subscribe")
declare function __subscribeInput(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[resource-drop]input-stream")
declare function __dropInput(handle: i32): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]output-stream.check-write")
declare function __checkWrite(stream: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]output-stream.write")
declare function __write(stream: i32, bytes: usize, length: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
declare function __blockingWrite(stream: i32, bytes: usize, length: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]output-stream.subscribe")
declare function __subscribeOutput(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[resource-drop]output-stream")
declare function __dropOutput(handle: i32): void;

/** No wait may be longer than its timer. */
export const NO_TIMER: i32 = -1;

// Results of at most 40 bytes, read before the next call. Two handles for `poll`.
const RESULT = memory.data(64, 8);
const HANDLES = memory.data(8, 4);

/** What a stream gives at its end, and where it failed. */
export const CLOSED: i32 = -1;
export const FAILED: i32 = -2;

/** Waits for one of two. False where the timer alone was ready. Drops the first. */
function waitFor(pollable: i32, timer: i32): bool {
  store<i32>(HANDLES, pollable);
  store<i32>(HANDLES, timer, 4);
  __poll(HANDLES, timer == NO_TIMER ? 1 : 2, RESULT);
  const length = load<u32>(RESULT, 4);
  const first = length > 0 ? load<u32>(load<usize>(RESULT)) : 1;
  release();
  __dropPollable(pollable);
  return first == 0;
}

/** Waits for a pollable, which it drops; at the longest until the timer is ready. */
export function wait(pollable: i32, timer: i32): bool {
  return waitFor(pollable, timer);
}

/** Waits for a timer, and drops it. */
export function waitForTimer(timer: i32): void {
  waitFor(timer, NO_TIMER);
}

export function dropPollable(handle: i32): void {
  __dropPollable(handle);
}

/** A stream's error at this place of a result: CLOSED or FAILED. */
function streamError(at: usize): i32 {
  if (load<u8>(at) != 0) return CLOSED;
  __dropError(load<i32>(at, 4));
  return FAILED;
}

/** How the last read ended: 0, CLOSED or FAILED. */
export let readEnd: i32 = 0;

/** Bytes that are there; none where `readEnd` is not 0, and also where there are none yet. */
export function read(stream: i32): StaticArray<u8> {
  __read(stream, 65536, RESULT);
  readEnd = load<u8>(RESULT) == 0 ? 0 : streamError(RESULT + 4);
  const bytes = readEnd == 0 ? liftBytes(load<usize>(RESULT, 4), load<u32>(RESULT, 8)) : new StaticArray<u8>(0);
  release();
  return bytes;
}

export function subscribeInput(stream: i32): i32 {
  return __subscribeInput(stream);
}

export function dropInput(stream: i32): void {
  __dropInput(stream);
}

/** Writes all bytes. 0, CLOSED, FAILED, or TIMED_OUT where the timer was ready first. */
export function writeAll(stream: i32, bytes: StaticArray<u8>, timer: i32): i32 {
  let at = 0;
  while (at < bytes.length) {
    __checkWrite(stream, RESULT);
    if (load<u8>(RESULT) != 0) return streamError(RESULT + 8);
    const allowed = load<u64>(RESULT, 8);
    if (allowed == 0) {
      if (!waitFor(__subscribeOutput(stream), timer)) return TIMED_OUT;
      continue;
    }
    const left = <u64>(bytes.length - at);
    const length = <i32>min(allowed, left);
    __write(stream, changetype<usize>(bytes) + <usize>at, length, RESULT);
    if (load<u8>(RESULT) != 0) return streamError(RESULT + 4);
    at += length;
  }
  return 0;
}

export const TIMED_OUT: i32 = -3;

export function dropOutput(stream: i32): void {
  __dropOutput(stream);
}

/** What one blocking write takes. */
const BLOCKING_WRITE: i32 = 4096;

/** Writes a text as UTF-8, whatever becomes of it. */
export function writeText(stream: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  for (let at = 0; at < bytes.byteLength; at += BLOCKING_WRITE) {
    const length = min(BLOCKING_WRITE, bytes.byteLength - at);
    __blockingWrite(stream, changetype<usize>(bytes) + <usize>at, length, RESULT);
    if (load<u8>(RESULT) != 0) {
      streamError(RESULT + 4);
      return;
    }
  }
}

// @ts-ignore: decorator
@external("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration")
declare function __subscribeDuration(nanoseconds: u64): i32;
// @ts-ignore: decorator
@external("wasi:clocks/wall-clock@0.2.0", "now")
declare function __now(result: usize): void;
// @ts-ignore: decorator
@external("wasi:random/random@0.2.0", "get-random-bytes")
declare function __random(length: u64, result: usize): void;
// @ts-ignore: decorator
@external("wasi:cli/environment@0.2.0", "get-environment")
declare function __environment(result: usize): void;
// @ts-ignore: decorator
@external("wasi:cli/stderr@0.2.0", "get-stderr")
declare function __stderr(): i32;

/** Ready after so many milliseconds. */
export function timer(milliseconds: u32): i32 {
  return __subscribeDuration((<u64>milliseconds) * 1000000);
}

/** Whole milliseconds since 1970. */
export function now(): u64 {
  __now(RESULT);
  return load<u64>(RESULT) * 1000 + load<u32>(RESULT, 8) / 1000000;
}

export function random(length: u32): StaticArray<u8> {
  __random(length, RESULT);
  const bytes = liftBytes(load<usize>(RESULT), load<u32>(RESULT, 4));
  release();
  return bytes;
}

/** The environment variable of this name. */
export function environment(name: string): string | null {
  __environment(RESULT);
  const start = load<usize>(RESULT);
  const length = load<u32>(RESULT, 4);
  let value: string | null = null;
  for (let i: u32 = 0; i < length; ++i) {
    const pair = start + ((<usize>i) << 4);
    if (liftString(load<usize>(pair), load<u32>(pair, 4)) == name) {
      value = liftString(load<usize>(pair, 8), load<u32>(pair, 12));
    }
  }
  release();
  return value;
}

export function stderr(): i32 {
  return __stderr();
}
