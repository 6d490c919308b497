import { closingQuoteNear, isSameText } from "../abi/blocks";
import { addressOf, byteAt, entryAt, setEntry } from "../abi/bytes";
import { CONTAINER_ENTRIES, CONTAINER_ENTRY, PLACE, SHAPED, STRING_ENTRY, after } from "./tape";
import { tapeSize } from "./tape-size";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  ZERO,
  afterLiteral,
  afterNumber,
  afterSpace,
  closingQuote,
} from "./token";

/** How many arrays and objects may be open at once. */
export const DEPTH_LIMIT: i32 = 512;

/** An object of more members than this is shaped like no other. */
const SHAPED_MEMBERS: u32 = 32;
/** Objects are compared with others where no more than so many arrays and objects are open around them. */
const SHAPED_LEVELS: i32 = 15;

// Each object is compared with its twin as it is read: the object before it in the array or, of those that lie in an
// object, what lies at the same place in the twin of that.

/** Whether these bytes are one JSON text (RFC 8259) in well-formed UTF-8, with at most 512 levels. */
export function isWellFormed(bytes: StaticArray<u8>, start: i32, end: i32): bool {
  return readTape(bytes, start, end) != null;
}

/** The tape of a document, or null where it is not well-formed. Takes any bytes; never traps, never recurses. */
export function readTape(document: StaticArray<u8>, start: i32, end: i32): StaticArray<u32> | null {
  if (start < 0 || end < start || end > document.length) return null;
  const bytes = addressOf(document);
  const capacity = tapeSize(bytes, start, end, CONTAINER_ENTRIES, DEPTH_LIMIT);
  const entries = new StaticArray<u32>(capacity);
  const tape = addressOf(entries);
  let size = 0;
  let at = start;
  let open = -1;
  let inObject = false;
  let count: u32 = 0;
  let depth = 0;
  // Of the open object: the twin, or -1 where there is none or it differs, and the position of the twin's name that is
  // like the last name here.
  let twin = -1;
  let twinName = -1;
  // The two for each object around; for each array around, the last object in it, or one to begin with.
  const levels = new StaticArray<i32>(3 * (SHAPED_LEVELS + 1));
  const twins = addressOf(levels);
  const twinNames = twins + sizeof<i32>() * (SHAPED_LEVELS + 1);
  const previous = twinNames + sizeof<i32>() * (SHAPED_LEVELS + 1);

  while (true) {
    // A value, or a member, is due. Writes are not checked one by one: were the count wrong, this refuses the document.
    if (size + CONTAINER_ENTRIES + 1 > capacity || at >= end) return null;
    let first = byteAt(bytes, at);
    if (first <= 0x20) {
      at = afterSpace(bytes, at, end);
      if (at >= end) return null;
      first = byteAt(bytes, at);
    }
    let isAlike = false;
    if (twin >= 0) {
      // The bytes from the twin's name to its value are what the grammar wants: so are the same bytes here.
      twinName = count == 0 ? twin + CONTAINER_ENTRIES : after(tape, twinName + 1);
      if (twinName < <i32>entryAt(tape, twin + 1)) {
        const name = entryAt(tape, twinName);
        const length = <i32>((entryAt(tape, twinName + 1) & PLACE) - (name & PLACE));
        isAlike = isSameText(bytes, at, <i32>(name & PLACE), length, end);
        if (isAlike) {
          setEntry(tape, size++, (name & ~PLACE) | <u32>at);
          at += length;
          first = byteAt(bytes, at);
        }
      }
      if (!isAlike) twin = -1;
    }
    if (inObject && !isAlike) {
      if (first != QUOTE) return null;
      let closing = closingQuoteNear(bytes, at + 1, end);
      if (closing < 0) closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return null;
      setEntry(tape, size++, STRING_ENTRY | <u32>at | ((<u32>(closing & 1)) << 31));
      at = (closing >> 1) + 1;
      if (at >= end) return null;
      if (byteAt(bytes, at) != COLON) {
        at = afterSpace(bytes, at, end);
        if (at >= end || byteAt(bytes, at) != COLON) return null;
      }
      if (++at >= end) return null;
      first = byteAt(bytes, at);
      if (first <= 0x20) {
        at = afterSpace(bytes, at, end);
        if (at >= end) return null;
        first = byteAt(bytes, at);
      }
    }
    ++count;

    if (first == QUOTE) {
      let closing = closingQuoteNear(bytes, at + 1, end);
      if (closing < 0) closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return null;
      setEntry(tape, size++, STRING_ENTRY | <u32>at | ((<u32>(closing & 1)) << 31));
      at = (closing >> 1) + 1;
    } else if (<u8>(first - ZERO) <= 9 || first == MINUS) {
      const ending = afterNumber(bytes, at, end);
      if (ending < 0) return null;
      setEntry(tape, size++, at);
      at = ending;
    } else if (first == OPEN_OBJECT || first == OPEN_ARRAY) {
      if (depth == DEPTH_LIMIT) return null;
      let like = -1;
      if (depth <= SHAPED_LEVELS) {
        like = open < 0 ? -1 : !inObject ? <i32>entryAt(previous, depth) : twin >= 0 ? twinName + 1 : -1;
        if (like >= 0 && byteAt(bytes, entryAt(tape, like) & PLACE) != first) like = -1;
        setEntry(twins, depth, twin);
        setEntry(twinNames, depth, twinName);
      }
      ++depth;
      if (open >= 0) setEntry(tape, open + 2, count);
      setEntry(tape, size, CONTAINER_ENTRY | <u32>at);
      setEntry(tape, size + 1, open);
      open = size;
      size += CONTAINER_ENTRIES;
      count = 0;
      inObject = first == OPEN_OBJECT;
      twin = inObject ? like : -1;
      if (!inObject && depth <= SHAPED_LEVELS) {
        const isEmpty = like < 0 || <i32>entryAt(tape, like + 1) == like + CONTAINER_ENTRIES;
        setEntry(previous, depth, isEmpty ? -1 : like + CONTAINER_ENTRIES);
      }
      at = afterSpace(bytes, at + 1, end);
      if (at >= end) return null;
      // The closing brackets are two above the opening ones in ASCII.
      if (byteAt(bytes, at) != first + 2) continue;
    } else {
      if (first != LOWER_T && first != LOWER_F && first != LOWER_N) return null;
      const ending = afterLiteral(bytes, at, end);
      if (ending < 0) return null;
      setEntry(tape, size++, at);
      at = ending;
    }

    // A value has ended: containers close until one goes on.
    while (true) {
      if (at < end && byteAt(bytes, at) <= 0x20) at = afterSpace(bytes, at, end);
      if (open < 0) return at == end ? entries : null;
      if (at >= end) return null;
      const next = byteAt(bytes, at++);
      if (next == COMMA) break;
      if (next != (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return null;
      const around = <i32>entryAt(tape, open + 1);
      setEntry(tape, open + 1, size);
      const isShaped =
        twin >= 0 && count - 1 < SHAPED_MEMBERS && after(tape, twinName + 1) == <i32>entryAt(tape, twin + 1);
      if (isShaped) {
        const shape = entryAt(tape, twin + 2);
        count = (shape & SHAPED) != 0 ? shape : SHAPED | <u32>twin;
      }
      setEntry(tape, open + 2, count);
      const closed = inObject ? open : -1;
      --depth;
      open = around;
      twin = -1;
      if (open >= 0) {
        inObject = byteAt(bytes, entryAt(tape, open) & PLACE) == OPEN_OBJECT;
        count = entryAt(tape, open + 2);
        if (depth <= SHAPED_LEVELS) {
          twin = <i32>entryAt(twins, depth);
          twinName = <i32>entryAt(twinNames, depth);
          if (!inObject && closed >= 0) setEntry(previous, depth, closed);
        }
      }
    }
  }
}
