// `backfill:http/secrets`, `log`, `clock` and `random`.

import { liftBytes, liftString, release, wellFormed } from "./memory";

@external("backfill:http/secrets@0.1.0", "get")
declare function __secret(name: usize, nameLength: i32, result: usize): void;

@external("backfill:http/log@0.1.0", "write")
declare function __log(level: i32, message: usize, messageLength: i32, hasFields: i32, fields: usize, fieldsLength: i32): void;

@external("backfill:http/clock@0.1.0", "now")
declare function __now(): u64;

@external("backfill:http/clock@0.1.0", "sleep")
declare function __sleep(milliseconds: u32): void;

@external("backfill:http/random@0.1.0", "bytes")
declare function __random(length: u32, result: usize): void;

// option<string> or list<u8>: at most 12 bytes.
const RESULT = memory.data(12, 4);

/** `secrets.get`. */
export function secret(name: string): string | null {
  const lowered = wellFormed(name);
  __secret(changetype<usize>(lowered), lowered.length, RESULT);
  const value = load<u8>(RESULT) != 0 ? liftString(load<usize>(RESULT, 4), load<u32>(RESULT, 8)) : null;
  release();
  return value;
}

/** `log.write`; the level is its index in `log.level`. The host allocates nothing here, so nothing needs a pin. */
export function log(level: i32, message: string, fields: string | null): void {
  const text = wellFormed(message);
  const json = fields != null ? wellFormed(fields) : "";
  __log(level, changetype<usize>(text), text.length, fields != null ? 1 : 0, changetype<usize>(json), json.length);
}

/** `clock.now`. */
export function now(): u64 {
  return __now();
}

/** `clock.sleep`. */
export function sleep(milliseconds: u32): void {
  __sleep(milliseconds);
}

/** `random.bytes`. */
export function random(length: u32): StaticArray<u8> {
  __random(length, RESULT);
  const bytes = liftBytes(load<usize>(RESULT), load<u32>(RESULT, 4));
  release();
  return bytes;
}
