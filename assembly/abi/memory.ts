// Linear memory as the canonical ABI sees it: what the host allocates here, and how it is taken over.
// Strings cross as UTF-16, so an AssemblyScript string is already in the form that is lowered.

import { firstKept, hold, keep, keptAfter, letGo } from "./runtime/collector";

// The host may ask for any number of blocks in any pattern, so what it was given since the last `release` is kept in a
// list: that, and not the shape of what is lifted, says what is a block of its own. Here is the one that is likely lifted
// next, as hosts lower in the order in which is lifted; 0 is the first.
let nextHanded: usize = 0;

// The class of a block that nobody has taken over yet: one that no value has which is lifted.
const BLOCK: u32 = idof<StaticArray<i8>>();

export const NO_HEADERS: StaticArray<string> = [];
export const NO_BYTES: StaticArray<u8> = [];
const NO_FIELDS: StaticArray<u32> = [];

/** Called by the host. Nothing holds a block until the call that received it takes it over, so it is kept until then. */
export function cabi_realloc(block: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  const given = oldSize == 0 ? __new(size, BLOCK) : __renew(block, size);
  if (given != block) keep(given);
  return given;
}

/** What the host was given is not kept any longer. Whatever was taken over is held by its own references from here on. */
export function release(): void {
  nextHanded = 0;
  letGo();
}

/** Reads a string the host lowered. A block that the host filled whole becomes the string; anything else is copied. */
export function liftString(pointer: usize, length: u32): string {
  if (length == 0) return "";
  const size = <usize>length << 1;
  if (takeOver(pointer, size, idof<string>())) return changetype<string>(pointer);
  const copy = __new(size, idof<string>());
  memory.copy(copy, pointer, size);
  // `copy` came from __new with the class id of a string, so it is one.
  return changetype<string>(copy);
}

/** Reads a `list<u8>`. A block that the host filled whole is taken over in place; anything else is copied. */
export function liftBytes(pointer: usize, length: u32): StaticArray<u8> {
  if (length == 0) return NO_BYTES;
  if (takeOver(pointer, length, idof<StaticArray<u8>>())) return changetype<StaticArray<u8>>(pointer);
  const copy = new StaticArray<u8>(<i32>length);
  memory.copy(changetype<usize>(copy), pointer, length);
  return copy;
}

// Where the header of an object has its class and its size.
const CLASS_BEFORE: usize = 8;
const SIZE_BEFORE: usize = 4;

/**
 * Makes a block that the host was given into an object of another class. The list proves that cabi_realloc made it, and
 * its class that nobody has taken it over yet: two of one would be one.
 */
function takeOver(pointer: usize, size: usize, classId: u32): bool {
  let block = nextHanded;
  if (block != pointer) {
    for (block = firstKept(); block != pointer; block = keptAfter(block)) {
      if (block == 0) return false;
    }
  }
  if (load<u32>(pointer - SIZE_BEFORE) != <u32>size || load<u32>(pointer - CLASS_BEFORE) != BLOCK) return false;
  hold();
  nextHanded = keptAfter(block);
  store<u32>(pointer - CLASS_BEFORE, classId);
  return true;
}

/** Reads a `list<header>`: names and values by turns. The list's own block becomes the array, if it can be taken over. */
export function liftHeaders(pointer: usize, length: u32): StaticArray<string> {
  if (length == 0) return NO_HEADERS;
  const isOwn = takeOver(pointer, (<usize>length) << 4, idof<StaticArray<string>>());
  const headers = isOwn ? changetype<StaticArray<string>>(pointer) : new StaticArray<string>(<i32>length << 1);
  // What is written is never ahead of what was read: an entry of the list is twice as large as two of the array.
  for (let i: u32 = 0; i < length; ++i) {
    const field = pointer + ((<usize>i) << 4);
    const name = liftString(load<usize>(field), load<u32>(field, 4));
    const value = liftString(load<usize>(field, 8), load<u32>(field, 12));
    unchecked((headers[<i32>i << 1] = name));
    unchecked((headers[(<i32>i << 1) + 1] = value));
  }
  if (isOwn) store<u32>(pointer - SIZE_BEFORE, length << 3);
  return headers;
}

/** Writes a string as its pointer and its length in code units. The caller keeps `value` alive while the other side reads. */
export function lowerString(address: usize, value: string): void {
  store<usize>(address, changetype<usize>(value));
  store<u32>(address, value.length, 4);
}

/** Writes a `list<header>` into a new block. The block holds plain pointers: the caller keeps it and `headers` alive. */
export function lowerHeaders<T extends ArrayLike<string>>(headers: T): StaticArray<u32> {
  if (headers.length == 0) return NO_FIELDS;
  const block = new StaticArray<u32>(headers.length << 1);
  const start = changetype<usize>(block);
  for (let i = 0, n = headers.length; i < n; ++i) lowerString(start + ((<usize>i) << 3), headers[i]);
  return block;
}

/** Gives `value` with each lone surrogate as U+FFFD: the canonical ABI traps on one. */
export function wellFormed(value: string): string {
  let lone = loneSurrogate(value, 0);
  if (lone < 0) return value;
  // A copy of our own, so that a code unit of it may be written before anybody else sees it.
  const copy = liftString(changetype<usize>(value), value.length);
  for (; lone >= 0; lone = loneSurrogate(copy, lone + 1)) {
    store<u16>(changetype<usize>(copy) + ((<usize>lone) << 1), 0xfffd);
  }
  return copy;
}

function loneSurrogate(value: string, from: i32): i32 {
  const last = value.length - 1;
  for (let i = from; i <= last; ++i) {
    while (i + 7 <= last && !hasSurrogate(changetype<usize>(value) + ((<usize>i) << 1))) i += 8;
    if (i > last) break;
    const unit = value.charCodeAt(i);
    if ((unit & 0xf800) != 0xd800) continue;
    if (unit < 0xdc00 && i < last && (value.charCodeAt(i + 1) & 0xfc00) == 0xdc00) ++i;
    else return i;
  }
  return -1;
}

/** Whether any of eight code units is half of a pair. */
// @ts-ignore: decorator
@inline
function hasSurrogate(units: usize): bool {
  const upper = v128.and(v128.load(units), i16x8.splat(<i16>0xf800));
  return v128.any_true(i16x8.eq(upper, i16x8.splat(<i16>0xd800)));
}
