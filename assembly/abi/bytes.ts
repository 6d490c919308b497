// Raw reads and writes inside arrays and strings, for the loops of assembly/json that touch every byte.
// Nothing here checks bounds: the caller has.

/** Where the elements of an array lie, for loops that must not tell the collector of the array at each. Others keep it. */
// @ts-ignore: decorator
@inline
export function addressOf<T>(array: StaticArray<T>): usize {
  return changetype<usize>(array);
}

// @ts-ignore: decorator
@inline
export function byteAt(bytes: usize, at: i32): u8 {
  return load<u8>(bytes + <usize>at);
}

// @ts-ignore: decorator
@inline
export function entryAt(tape: usize, position: i32): u32 {
  return load<u32>(tape + ((<usize>position) << 2));
}

/** One of eight bytes each. */
// @ts-ignore: decorator
@inline
export function numberAt(numbers: usize, index: i32): u64 {
  return load<u64>(numbers + ((<usize>index) << 3));
}

// @ts-ignore: decorator
@inline
export function setEntry(tape: usize, position: i32, entry: u32): void {
  store<u32>(tape + ((<usize>position) << 2), entry);
}

/** Where a text lies. */
// @ts-ignore: decorator
@inline
export function addressOfText(text: string): usize {
  return changetype<usize>(text);
}

/** The address of an object that an array of objects holds. */
// @ts-ignore: decorator
@inline
export function referenceAt(array: usize, index: i32): usize {
  return load<usize>(array + ((<usize>index) << alignof<usize>()));
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
  if (length == 0) return "";
  // The memory has the class id of a string, so it is one.
  return changetype<string>(__new((<usize>length) << 1, idof<string>()));
}

/** The beginning of such a string, which nobody else has seen yet. */
export function shortened(text: string, length: i32): string {
  if (length == text.length) return text;
  if (length < text.length >> 1) return text.substring(0, length);
  // An object's size is in the four bytes before it; its memory is not the smaller for it.
  store<u32>(changetype<usize>(text) - 4, <u32>length << 1);
  return text;
}

// @ts-ignore: decorator
@inline
export function setUnit(text: string, at: i32, unit: u32): void {
  store<u16>(changetype<usize>(text) + ((<usize>at) << 1), <u16>unit);
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

/** Widens ASCII to code units: the bytes from `start` up to `end`, into a text of that length. */
export function widen(bytes: usize, start: i32, end: i32, text: string): void {
  const from = bytes + <usize>start;
  const to = changetype<usize>(text);
  const length = <usize>(end - start);
  // The last of the equal steps goes back over what is done where the length is no multiple.
  if (length >= 8) {
    const last = length - 8;
    for (let i: usize = 0; i < last; i += 8) v128.store(to + (i << 1), v128.load_ext<u8>(from + i));
    v128.store(to + (last << 1), v128.load_ext<u8>(from + last));
  } else if (length >= 4) {
    store<u64>(to, spread(load<u32>(from)));
    store<u64>(to + (length << 1) - 8, spread(load<u32>(from + length - 4)));
  } else {
    for (let i: usize = 0; i < length; ++i) store<u16>(to + (i << 1), load<u8>(from + i));
  }
}

/** Four bytes as four code units. */
function spread(bytes: u32): u64 {
  const pairs = (<u64>bytes | ((<u64>bytes) << 16)) & 0x0000ffff0000ffff;
  return (pairs | (pairs << 8)) & 0x00ff00ff00ff00ff;
}

/** Widens the run of ASCII that begins at `start` into a text from `unit` on, which has room for all, and gives its length. */
export function widenAscii(bytes: usize, start: i32, end: i32, text: string, unit: i32): i32 {
  const from = bytes + <usize>start;
  const to = changetype<usize>(text) + ((<usize>unit) << 1);
  const length = <usize>(end - start);
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    const sixteen = v128.load(from + at);
    v128.store(to + (at << 1), i16x8.extend_low_i8x16_u(sixteen));
    v128.store(to + (at << 1), i16x8.extend_high_i8x16_u(sixteen), 16);
    const other = i8x16.bitmask(sixteen);
    if (other != 0) return <i32>at + ctz(other);
  }
  for (; at < length; ++at) {
    const byte = load<u8>(from + at);
    if (byte >= 0x80) break;
    store<u16>(to + (at << 1), byte);
  }
  return <i32>at;
}

/** Narrows the run of ASCII that begins at `unit` into bytes from `start` on, which have room for all, and gives its length. */
export function narrowAscii(text: string, unit: i32, bytes: StaticArray<u8>, start: i32): i32 {
  const from = changetype<usize>(text) + ((<usize>unit) << 1);
  const to = changetype<usize>(bytes) + <usize>start;
  const length = <usize>(text.length - unit);
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    const low = v128.load(from + (at << 1));
    const high = v128.load(from + (at << 1), 16);
    if (v128.any_true(v128.and(v128.or(low, high), i16x8.splat(<i16>0xff80)))) break;
    v128.store(to + at, i8x16.narrow_i16x8_u(low, high));
  }
  for (; at < length; ++at) {
    const one = load<u16>(from + (at << 1));
    if (one >= 0x80) break;
    store<u8>(to + at, <u8>one);
  }
  return <i32>at;
}
