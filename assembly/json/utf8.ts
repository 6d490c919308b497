import {
  addressOf,
  byteAt,
  copyBytes,
  narrowAscii,
  newText,
  setUnit,
  shortened,
  unitAt,
  widen,
  widenAscii,
} from "../abi/bytes";

const REPLACEMENT: u32 = 0xfffd;

/**
 * How many bytes the UTF-8 sequence at `at` has: 1 to 4 where it is well-formed (Unicode, table 3-7: no overlong
 * form, no surrogate, nothing above U+10FFFF), else minus the length of its maximal subpart, -1 to -3.
 */
export function sequenceLength(bytes: usize, at: i32, end: i32): i32 {
  const first: u32 = byteAt(bytes, at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  if (at + 1 >= end) return -1;

  const second: u32 = byteAt(bytes, at + 1);
  const lowest: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const highest: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return -1;
  if (first < 0xe0) return 2;

  if (at + 2 >= end || !isContinuation(byteAt(bytes, at + 2))) return -2;
  if (first < 0xf0) return 3;

  if (at + 3 >= end || !isContinuation(byteAt(bytes, at + 3))) return -3;
  return 4;
}

/** The code point of a well-formed sequence of this length. */
export function codePointAt(bytes: usize, at: i32, length: i32): u32 {
  const first: u32 = byteAt(bytes, at);
  if (length == 1) return first;
  const second: u32 = byteAt(bytes, at + 1) & 0x3f;
  if (length == 2) return ((first & 0x1f) << 6) | second;
  const third: u32 = byteAt(bytes, at + 2) & 0x3f;
  if (length == 3) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (byteAt(bytes, at + 3) & 0x3f);
}

/** Writes one code point as one or two code units and gives how many. */
export function putCodePoint(text: string, at: i32, codePoint: u32): i32 {
  if (codePoint < 0x10000) {
    setUnit(text, at, codePoint);
    return 1;
  }
  const offset = codePoint - 0x10000;
  setUnit(text, at, 0xd800 | (offset >> 10));
  setUnit(text, at + 1, 0xdc00 | (offset & 0x3ff));
  return 2;
}

/** Decodes UTF-8. Each maximal subpart of a bad sequence becomes one U+FFFD (WHATWG Encoding, "UTF-8 decoder"). */
export function decodeUtf8(bytes: StaticArray<u8>, start: i32, end: i32): string {
  // No sequence, good or bad, has more code units than bytes.
  const text = newText(end - start);
  const address = addressOf(bytes);
  let at = start;
  let units = 0;
  while (at < end) {
    const ascii = widenAscii(address, at, end, text, units);
    at += ascii;
    units += ascii;
    if (at >= end) break;
    const length = sequenceLength(address, at, end);
    if (length > 0) {
      units += putCodePoint(text, units, codePointAt(address, at, length));
      at += length;
    } else {
      setUnit(text, units++, REPLACEMENT);
      at -= length;
    }
  }
  return shortened(text, units);
}

/** Decodes ISO-8859-1: each byte is a code unit. */
export function decodeLatin1(bytes: StaticArray<u8>, start: i32, end: i32): string {
  const text = newText(end - start);
  widen(addressOf(bytes), start, end, text);
  return text;
}

/** Encodes as UTF-8. A lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): StaticArray<u8> {
  const units = text.length;
  const ascii = new StaticArray<u8>(units);
  let unit = narrowAscii(text, 0, ascii, 0);
  if (unit == units) return ascii;
  const bytes = new StaticArray<u8>(unit + encodedLength(text, unit));
  copyBytes(bytes, 0, ascii, 0, unit);
  let at = unit;
  while (unit < units) {
    const codePoint = codePointOf(text, unit, units);
    unit += codePoint < 0x10000 ? 1 : 2;
    at += putSequence(bytes, at, isSurrogate(codePoint) ? REPLACEMENT : codePoint);
    const run = narrowAscii(text, unit, bytes, at);
    unit += run;
    at += run;
  }
  return bytes;
}

/** The code point at `at`; a lone surrogate as itself. */
export function codePointOf(text: string, at: i32, end: i32): u32 {
  const unit = unitAt(text, at);
  if ((unit & 0xfc00) != 0xd800 || at + 1 >= end) return unit;
  const next = unitAt(text, at + 1);
  return (next & 0xfc00) == 0xdc00 ? 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff) : unit;
}

/** Writes one code point, which is no surrogate, as UTF-8 and gives how many bytes it took. */
export function putSequence(bytes: StaticArray<u8>, at: i32, codePoint: u32): i32 {
  if (codePoint < 0x80) {
    unchecked((bytes[at] = <u8>codePoint));
    return 1;
  }
  if (codePoint < 0x800) {
    unchecked((bytes[at] = <u8>(0xc0 | (codePoint >> 6))));
    unchecked((bytes[at + 1] = <u8>(0x80 | (codePoint & 0x3f))));
    return 2;
  }
  if (codePoint < 0x10000) {
    unchecked((bytes[at] = <u8>(0xe0 | (codePoint >> 12))));
    unchecked((bytes[at + 1] = <u8>(0x80 | ((codePoint >> 6) & 0x3f))));
    unchecked((bytes[at + 2] = <u8>(0x80 | (codePoint & 0x3f))));
    return 3;
  }
  unchecked((bytes[at] = <u8>(0xf0 | (codePoint >> 18))));
  unchecked((bytes[at + 1] = <u8>(0x80 | ((codePoint >> 12) & 0x3f))));
  unchecked((bytes[at + 2] = <u8>(0x80 | ((codePoint >> 6) & 0x3f))));
  unchecked((bytes[at + 3] = <u8>(0x80 | (codePoint & 0x3f))));
  return 4;
}

export function isSurrogate(codePoint: u32): bool {
  return (codePoint & 0xfffff800) == 0xd800;
}

/** How many bytes the code units from `unit` on take. */
function encodedLength(text: string, unit: i32): i32 {
  const units = text.length;
  let length = units - unit;
  while (unit < units) {
    const codePoint = codePointOf(text, unit, units);
    unit += codePoint < 0x10000 ? 1 : 2;
    // Two units of a pair are counted already.
    length += codePoint < 0x80 ? 0 : codePoint < 0x800 ? 1 : 2;
  }
  return length;
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}
