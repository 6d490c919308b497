// Raw reads and writes inside arrays and strings, for the loops of assembly/json that touch every byte.
// Nothing here checks bounds: the caller has.

/** The compiler's number of the collector that knows what the stack holds. */
const INCREMENTAL: i32 = 2;
const COLLECTED_SIZE: i32 = 1 << 20;

/** Eight bytes, the first in the lowest place. */
// @ts-ignore: decorator
@inline
export function eightBytes(bytes: StaticArray<u8>, at: i32): u64 {
  return load<u64>(changetype<usize>(bytes) + <usize>at);
}

/** Four bytes, the first in the lowest place. */
// @ts-ignore: decorator
@inline
export function fourBytes(bytes: StaticArray<u8>, at: i32): u32 {
  return load<u32>(changetype<usize>(bytes) + <usize>at);
}

// @ts-ignore: decorator
@inline
export function setFourBytes(bytes: StaticArray<u8>, at: i32, value: u32): void {
  store<u32>(changetype<usize>(bytes) + <usize>at, value);
}

/** One UTF-16 code unit. */
// @ts-ignore: decorator
@inline
export function unitAt(text: string, at: i32): u32 {
  return load<u16>(changetype<usize>(text) + ((<usize>at) << 1));
}

/** Four UTF-16 code units, the first in the lowest place. */
// @ts-ignore: decorator
@inline
export function fourUnits(text: string, at: i32): u64 {
  return load<u64>(changetype<usize>(text) + ((<usize>at) << 1));
}

/** A string to be filled with the two functions below before anybody else sees it. */
export function newText(length: i32): string {
  // __new with the class id of a string, so it is one.
  return length == 0 ? "" : changetype<string>(__new((<usize>length) << 1, idof<string>()));
}

// @ts-ignore: decorator
@inline
export function setUnit(text: string, at: i32, unit: u32): void {
  store<u16>(changetype<usize>(text) + ((<usize>at) << 1), <u16>unit);
}

// @ts-ignore: decorator
@inline
export function setFourUnits(text: string, at: i32, units: u64): void {
  store<u64>(changetype<usize>(text) + ((<usize>at) << 1), units);
}

export function copyBytes(target: StaticArray<u8>, at: i32, source: StaticArray<u8>, start: i32, end: i32): void {
  memory.copy(changetype<usize>(target) + <usize>at, changetype<usize>(source) + <usize>start, <usize>(end - start));
}

/** A copy of bytes that its owner may change. */
export function viewOf(bytes: StaticArray<u8>): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  memory.copy(copy.dataStart, changetype<usize>(bytes), <usize>bytes.length);
  return copy;
}

/** A copy of what a view shows. */
export function bytesOf(view: Uint8Array): StaticArray<u8> {
  const copy = new StaticArray<u8>(view.length);
  memory.copy(changetype<usize>(copy), view.dataStart, <usize>view.length);
  return copy;
}

/** A copy with room for `capacity` elements. */
export function grown<T>(array: StaticArray<T>, capacity: i32): StaticArray<T> {
  const copy = new StaticArray<T>(capacity);
  memory.copy(changetype<usize>(copy), changetype<usize>(array), (<usize>array.length) << alignof<T>());
  return copy;
}

/** Moves elements within an array, to where they may overlap what they were. */
export function moveWithin<T>(array: StaticArray<T>, to: i32, from: i32, count: i32): void {
  const start = changetype<usize>(array);
  memory.copy(
    start + ((<usize>to) << alignof<T>()),
    start + ((<usize>from) << alignof<T>()),
    (<usize>count) << alignof<T>(),
  );
}

/**
 * Makes room for blocks of so many bytes in all. The collector waits until memory has grown to a multiple of what
 * was in use, and then goes step by step with each allocation: a few large ones outrun it to the end of memory.
 */
export function collectBefore(size: i32): void {
  if (ASC_RUNTIME == INCREMENTAL && size >= COLLECTED_SIZE) __collect();
}
