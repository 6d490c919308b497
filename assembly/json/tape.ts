import { SHORT_NAME, closingQuoteNear, isQuotedName, quotedMask, quotedName } from "../abi/blocks";
import { byteAt, entryAt, referenceAt } from "../abi/bytes";
import { ARRAY, BOOL, NULL, NUMBER, OBJECT, STRING } from "./kind";
import { LOWER_N, NINE, OPEN_OBJECT, closingQuote } from "./token";

// The tape is an index of the document in the order of its values; a member is its name, then its value.
// An entry is the place of the value's first byte, which also tells its kind; the upper bits tell a container or string.
// A container has two entries more:
//   the tape position after its last entry | how many elements or members
// While it is open, the first of these is the tape position of the container around it.
//
// Objects of an array are most often alike. One that has the names of the object before it, in the same order, has in
// place of its count the position of the first such object, its shape: at which member a name was found in the one, it
// is in the other. The number of a container that is kept (see document.ts) stands there too.
//
// Four bytes an entry are at most six bytes of tape for a byte of the document, which is what brackets take that do
// nothing but nest; less than that for a list of empty arrays, two for one of digits. It is allocated once.

/** The entries that a container has before those of its values. */
export const CONTAINER_ENTRIES: i32 = 3;

// The upper two bits of an entry: no document has 2^30 bytes, as no allocation has.
export const PLACE: u32 = 0x3fffffff;
export const CONTAINER_ENTRY: u32 = 0x80000000;
export const STRING_ENTRY: u32 = 0x40000000;
/** A string that is ASCII without escapes. */
export const PLAIN_ENTRY: u32 = 0xc0000000;

// The same of what stands in place of a count.
export const SHAPED: u32 = 0x40000000;
export const KEPT: u32 = 0x80000000;

/** There is no such member or element. */
export const NONE: i32 = -1;
/** Only a slower way can tell. */
export const UNSURE: i32 = -2;

/** Up to here it costs less to go from element to element, or member to member, than to remember where they are. */
export const NEAR: u32 = 16;
/** How many look-ups are remembered: a power of two. */
export const REMEMBERED: i32 = 128;

/** The position after a value, with all that it holds. */
export function after(tape: usize, position: i32): i32 {
  const isContainer = (entryAt(tape, position) & ~PLACE) == CONTAINER_ENTRY;
  return isContainer ? <i32>entryAt(tape, position + 1) : position + 1;
}

/**
 * A document by the addresses of its parts, for what is done most: the collector is told of every step with an object
 * that it knows. The Document keeps the parts.
 */
@unmanaged
@final
export class Tape {
  bytes: usize;
  entries: usize;
  limit: i32;
  // The element that was looked up last: the next is near.
  private array: i32;
  private index: i32;
  private element: i32;
  // The same of a member, in an object that has a shape.
  private object: i32;
  private member: i32;
  private name: i32;
  // What was looked up in a shape: the name, by identity, the shape, and the number of the member.
  names: usize;
  shapes: usize;
  members: usize;

  begin(bytes: usize, entries: usize, limit: i32): void {
    this.bytes = bytes;
    this.entries = entries;
    this.limit = limit;
    this.array = NONE;
    this.object = NONE;
  }

  /** Where a value begins in the document. */
  @inline
  start(position: i32): i32 {
    return <i32>(entryAt(this.entries, position) & PLACE);
  }

  kind(position: i32): u8 {
    const entry = entryAt(this.entries, position);
    if ((entry & STRING_ENTRY) != 0) return STRING;
    const first = byteAt(this.bytes, <i32>(entry & PLACE));
    if ((entry & CONTAINER_ENTRY) != 0) return first == OPEN_OBJECT ? OBJECT : ARRAY;
    return first <= NINE ? NUMBER : first == LOWER_N ? NULL : BOOL;
  }

  /** What stands where the number of a container's elements or members does. */
  @inline
  count(container: i32): u32 {
    return entryAt(this.entries, container + 2);
  }

  /** The position of an array's element, NONE, or UNSURE where it is far or the array's container is kept. */
  elementAt(array: i32, index: i32): i32 {
    const entries = this.entries;
    const count = entryAt(entries, array + 2);
    if ((count & KEPT) != 0) return UNSURE;
    if (<u32>index >= count) return NONE;
    let position = array + CONTAINER_ENTRIES;
    // Scalars alone have one entry each.
    if (<i32>entryAt(entries, array + 1) - position == count) return position + index;
    let at = 0;
    if (array == this.array && index >= this.index) {
      at = this.index;
      position = this.element;
    }
    if (<u32>(index - at) > NEAR) return UNSURE;
    for (; at < index; ++at) position = after(entries, position);
    this.array = array;
    this.index = index;
    this.element = position;
    return position;
  }

  /** The position of the value of the last member of this name, NONE, or UNSURE. */
  memberOf(object: i32, name: usize, length: i32): i32 {
    const count = entryAt(this.entries, object + 2);
    if (count >> 30 == SHAPED >> 30) return this.shapedMember(object, <i32>(count & PLACE), name);
    return count <= NEAR ? this.find(object, name, length) : UNSURE;
  }

  /** The same by comparison with every name, where all of them can be compared as they stand in the document. */
  find(object: i32, name: usize, length: i32): i32 {
    if (length > SHORT_NAME) return UNSURE;
    const quoted = quotedName(name, length);
    if (!v128.any_true(quoted)) return UNSURE;
    const mask = quotedMask(length);
    const entries = this.entries;
    const bytes = this.bytes;
    // There are as many bytes as are compared.
    const last = this.limit - SHORT_NAME - 2;
    const end = <i32>entryAt(entries, object + 1);
    let found = NONE;
    let position = object + CONTAINER_ENTRIES;
    while (position < end) {
      const entry = entryAt(entries, position);
      const place = <i32>(entry & PLACE);
      if (entry < PLAIN_ENTRY || place > last) return UNSURE;
      found = select(position + 1, found, isQuotedName(bytes, place + 1, quoted, mask));
      position = after(entries, position + 1);
    }
    return found;
  }

  /** A plain string's length. */
  @inline
  plainLength(position: i32): i32 {
    const start = this.start(position) + 1;
    const near = closingQuoteNear(this.bytes, start, this.limit);
    return ((near >= 0 ? near : closingQuote(this.bytes, start, this.limit)) >> 1) - start;
  }

  private shapedMember(object: i32, shape: i32, name: usize): i32 {
    if (this.names == 0) return UNSURE;
    let slot = slotOf(name, shape);
    if (!this.isAt(slot, name, shape)) {
      slot ^= 1;
      if (!this.isAt(slot, name, shape)) return UNSURE;
    }
    const wanted = <i32>entryAt(this.members, slot);
    if (wanted < 0) return NONE;
    const entries = this.entries;
    let member = 0;
    let position = object + CONTAINER_ENTRIES;
    if (object == this.object && wanted >= this.member) {
      member = this.member;
      position = this.name;
    }
    for (; member < wanted; ++member) position = after(entries, position + 1);
    this.object = object;
    this.member = wanted;
    this.name = position;
    return position + 1;
  }

  @inline
  private isAt(slot: i32, name: usize, shape: i32): bool {
    return referenceAt(this.names, slot) == name && entryAt(this.shapes, slot) == shape;
  }
}

/** Where a look-up in a shape is remembered, if not in the other place of the pair. */
export function slotOf(name: usize, shape: i32): i32 {
  return <i32>((<u32>name >> 2) ^ (<u32>name >> 7) ^ <u32>shape) & (REMEMBERED - 1);
}
