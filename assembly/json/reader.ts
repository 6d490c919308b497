import { grown } from "../abi/bytes";
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
export const CONTAINER_ENTRIES: i32 = 2;

// The tape is an index of the document in the order of its values; a member is its name, then its value.
// An entry is two halves, the lower one the place of the value's first byte, which also tells its kind:
//   string       after the opening quote | the place of the closing quote, top bit set where it is plain
//   other scalar                         | the place after it
//   container                            | the tape position after its last entry
//     and one entry more: the place after the closing bracket | how many elements or members
// While a container is open, the higher half of its first entry is the position of the one around it.

/** Whether these bytes are one JSON text (RFC 8259) in well-formed UTF-8, with at most 512 levels. */
export function isWellFormed(bytes: StaticArray<u8>, start: i32, end: i32): bool {
  return readTape(bytes, start, end) != null;
}

/** The tape of a document, or null where it is not well-formed. Takes any bytes; never traps, never recurses. */
export function readTape(bytes: StaticArray<u8>, start: i32, end: i32): StaticArray<u64> | null {
  if (start < 0 || end < start || end > bytes.length) return null;
  let tape = new StaticArray<u64>(((end - start) >> 3) + 8);
  let size = 0;
  let at = start;
  let open = -1;
  let inObject = false;
  let count: u32 = 0;
  let depth = 0;

  while (true) {
    // A value, or a member, is due.
    if (size + 4 > tape.length) tape = grown<u64>(tape, tape.length << 1);
    at = afterSpace(bytes, at, end);
    if (at >= end) return null;
    if (inObject) {
      if (unchecked(bytes[at]) != QUOTE) return null;
      const closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return null;
      unchecked((tape[size++] = stringEntry(at, closing)));
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
      unchecked((tape[size++] = stringEntry(at, closing)));
      at = (closing >> 1) + 1;
    } else if (first == OPEN_OBJECT || first == OPEN_ARRAY) {
      if (depth == DEPTH_LIMIT) return null;
      ++depth;
      if (open >= 0) unchecked((tape[open + 1] = count));
      unchecked((tape[size] = entry(at, open)));
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
      unchecked((tape[size++] = entry(at, after)));
      at = after;
    }

    // A value has ended: containers close until one goes on.
    while (true) {
      at = afterSpace(bytes, at, end);
      if (open < 0) return at == end ? tape : null;
      if (at >= end) return null;
      const next = unchecked(bytes[at++]);
      if (next == COMMA) break;
      const head = unchecked(tape[open]);
      if (next != unchecked(bytes[<i32>head]) + 2) return null;
      unchecked((tape[open] = entry(<i32>head, size)));
      unchecked((tape[open + 1] = entry(at, count)));
      --depth;
      open = <i32>(head >> 32);
      if (open >= 0) {
        inObject = unchecked(bytes[<i32>unchecked(tape[open])]) == OPEN_OBJECT;
        count = <u32>unchecked(tape[open + 1]);
      }
    }
  }
}

function entry(low: u32, high: u32): u64 {
  return <u64>low | ((<u64>high) << 32);
}

function stringEntry(quote: i32, closing: i32): u64 {
  return entry(quote, (<u32>closing >> 1) | ((<u32>closing) << 31));
}
