import { collectBefore } from "../abi/bytes";
import { tapeSize } from "./tape-size";
import {
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

/** The entries that a container has before those of its values. */
export const CONTAINER_ENTRIES: i32 = 3;

/** The bit of a string's entry that tells it is plain: ASCII without escapes. */
export const PLAIN: u32 = 0x80000000;

// The tape is an index of the document in the order of its values; a member is its name, then its value.
// An entry is the place of the value's first byte, which also tells its kind. A container has two entries more:
//   the tape position after its last entry | how many elements or members
// While it is open, the first of these is the tape position of the container around it.
//
// Four bytes an entry are at most six bytes of tape for a byte of the document, which is what brackets take that do
// nothing but nest; less than that for a list of empty arrays, two for one of digits. It is allocated once.

/** Whether these bytes are one JSON text (RFC 8259) in well-formed UTF-8, with at most 512 levels. */
export function isWellFormed(bytes: StaticArray<u8>, start: i32, end: i32): bool {
  return readTape(bytes, start, end) != null;
}

/** The tape of a document, or null where it is not well-formed. Takes any bytes; never traps, never recurses. */
export function readTape(bytes: StaticArray<u8>, start: i32, end: i32): StaticArray<u32> | null {
  if (start < 0 || end < start || end > bytes.length) return null;
  const capacity = tapeSize(bytes, start, end, CONTAINER_ENTRIES, DEPTH_LIMIT);
  collectBefore(end - start + (capacity << 2));
  const tape = new StaticArray<u32>(capacity);
  let size = 0;
  let at = start;
  let open = -1;
  let inObject = false;
  let count: u32 = 0;
  let depth = 0;

  while (true) {
    // A value, or a member, is due. Writes are not checked one by one: were the count wrong, this refuses the document.
    if (size + CONTAINER_ENTRIES + 1 > capacity) return null;
    at = afterSpace(bytes, at, end);
    if (at >= end) return null;
    if (inObject) {
      if (unchecked(bytes[at]) != QUOTE) return null;
      const closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return null;
      unchecked((tape[size++] = <u32>at | ((<u32>closing) << 31)));
      at = afterSpace(bytes, (closing >> 1) + 1, end);
      if (at >= end || unchecked(bytes[at]) != COLON) return null;
      at = afterSpace(bytes, at + 1, end);
      if (at >= end) return null;
    }
    ++count;

    const first = unchecked(bytes[at]);
    if (first == QUOTE) {
      const closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return null;
      unchecked((tape[size++] = <u32>at | ((<u32>closing) << 31)));
      at = (closing >> 1) + 1;
    } else if (first == OPEN_OBJECT || first == OPEN_ARRAY) {
      if (depth == DEPTH_LIMIT) return null;
      ++depth;
      if (open >= 0) unchecked((tape[open + 2] = count));
      unchecked((tape[size] = at));
      unchecked((tape[size + 1] = open));
      open = size;
      size += CONTAINER_ENTRIES;
      count = 0;
      inObject = first == OPEN_OBJECT;
      at = afterSpace(bytes, at + 1, end);
      if (at >= end) return null;
      // The closing brackets are two above the opening ones in ASCII.
      if (unchecked(bytes[at]) != first + 2) continue;
    } else {
      const after =
        first == MINUS || <u8>(first - ZERO) <= 9
          ? afterNumber(bytes, at, end)
          : first == LOWER_T || first == LOWER_F || first == LOWER_N
            ? afterLiteral(bytes, at, end)
            : -1;
      if (after < 0) return null;
      unchecked((tape[size++] = at));
      at = after;
    }

    // A value has ended: containers close until one goes on.
    while (true) {
      at = afterSpace(bytes, at, end);
      if (open < 0) return at == end ? tape : null;
      if (at >= end) return null;
      const next = unchecked(bytes[at++]);
      if (next == COMMA) break;
      if (next != unchecked(bytes[unchecked(tape[open])]) + 2) return null;
      const around = <i32>unchecked(tape[open + 1]);
      unchecked((tape[open + 1] = size));
      unchecked((tape[open + 2] = count));
      --depth;
      open = around;
      if (open >= 0) {
        inObject = unchecked(bytes[unchecked(tape[open])]) == OPEN_OBJECT;
        count = unchecked(tape[open + 2]);
      }
    }
  }
}
