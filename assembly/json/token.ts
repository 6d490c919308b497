import { nonDigitMask, nonSpaceMask, specialMask } from "../abi/blocks";
import { byteAt } from "../abi/bytes";
import { sequenceLength } from "./utf8";

export const QUOTE: u8 = 0x22;
export const PLUS: u8 = 0x2b;
export const COMMA: u8 = 0x2c;
export const MINUS: u8 = 0x2d;
export const POINT: u8 = 0x2e;
export const ZERO: u8 = 0x30;
export const NINE: u8 = 0x39;
export const COLON: u8 = 0x3a;
export const OPEN_ARRAY: u8 = 0x5b;
export const BACKSLASH: u8 = 0x5c;
export const CLOSE_ARRAY: u8 = 0x5d;
export const OPEN_OBJECT: u8 = 0x7b;
export const CLOSE_OBJECT: u8 = 0x7d;
export const LOWER_B: u8 = 0x62;
export const LOWER_E: u8 = 0x65;
export const LOWER_F: u8 = 0x66;
export const LOWER_N: u8 = 0x6e;
export const LOWER_R: u8 = 0x72;
export const LOWER_T: u8 = 0x74;
export const LOWER_U: u8 = 0x75;

const BLOCK: i32 = 16;

// Each scan below takes the place where its token begins and gives the place after it, or -1.

/** The first place that is not JSON white space (RFC 8259, section 2), or `end`. */
export function afterSpace(bytes: usize, at: i32, end: i32): i32 {
  if (at < end && byteAt(bytes, at) > 0x20) return at;
  for (; at + BLOCK <= end; at += BLOCK) {
    const other = nonSpaceMask(bytes, at);
    if (other != 0) return at + ctz(other);
  }
  while (at < end) {
    const byte = byteAt(bytes, at);
    if (byte > 0x20 || (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09)) break;
    ++at;
  }
  return at;
}

/** `true`, `false` or `null`, by its first letter. */
export function afterLiteral(bytes: usize, at: i32, end: i32): i32 {
  const word = byteAt(bytes, at) == LOWER_T ? "true" : byteAt(bytes, at) == LOWER_F ? "false" : "null";
  const length = word.length;
  if (at + length > end) return -1;
  for (let i = 0; i < length; ++i) {
    if (<i32>byteAt(bytes, at + i) != word.charCodeAt(i)) return -1;
  }
  return at + length;
}

/** A number (RFC 8259, section 6). */
export function afterNumber(bytes: usize, at: i32, end: i32): i32 {
  if (byteAt(bytes, at) == MINUS) ++at;
  if (at < end && byteAt(bytes, at) == ZERO) ++at;
  else at = afterDigits(bytes, at, end);
  if (at < 0 || at >= end) return at;
  if (byteAt(bytes, at) == POINT) {
    at = afterDigits(bytes, at + 1, end);
    if (at < 0 || at >= end) return at;
  }
  if ((byteAt(bytes, at) | 0x20) == LOWER_E) {
    ++at;
    if (at < end && (byteAt(bytes, at) == PLUS || byteAt(bytes, at) == MINUS)) ++at;
    at = afterDigits(bytes, at, end);
  }
  return at;
}

function afterDigits(bytes: usize, start: i32, end: i32): i32 {
  const at = digitsEnd(bytes, start, end);
  return at == start ? -1 : at;
}

/** The place after the decimal digits that begin at `at`, which may be none. */
export function digitsEnd(bytes: usize, at: i32, end: i32): i32 {
  for (; at + BLOCK <= end; at += BLOCK) {
    const other = nonDigitMask(bytes, at);
    if (other != 0) return at + ctz(other);
  }
  while (at < end && <u8>(byteAt(bytes, at) - ZERO) <= 9) ++at;
  return at;
}

/**
 * A string (RFC 8259, section 7), whose bytes must be well-formed UTF-8. `at` is after the opening quote. Gives
 * twice the place of the closing quote, plus 1 where the string is plain: ASCII without escapes.
 */
export function closingQuote(bytes: usize, at: i32, end: i32): i32 {
  let plain = 1;
  while (true) {
    at = afterOrdinary(bytes, at, end);
    if (at >= end) return -1;
    const byte = byteAt(bytes, at);
    if (byte == QUOTE) return (at << 1) | plain;
    if (byte < 0x20) return -1;
    if (byte == BACKSLASH) {
      plain = 0;
      at = afterEscape(bytes, at + 1, end);
      if (at < 0) return -1;
    } else if (byte >= 0x80) {
      plain = 0;
      const length = sequenceLength(bytes, at, end);
      if (length < 0) return -1;
      at += length;
    } else {
      ++at;
    }
  }
}

/** Skips ordinary bytes by sixteens: gives a byte that is not ordinary, or a place with less than sixteen to go. */
function afterOrdinary(bytes: usize, at: i32, end: i32): i32 {
  for (; at + BLOCK <= end; at += BLOCK) {
    const special = specialMask(bytes, at);
    if (special != 0) return at + ctz(special);
  }
  return at;
}

function afterEscape(bytes: usize, at: i32, end: i32): i32 {
  if (at >= end) return -1;
  const byte = byteAt(bytes, at);
  if (byte == LOWER_U) {
    if (at + 5 > end) return -1;
    for (let i = 1; i <= 4; ++i) {
      if (hexDigit(byteAt(bytes, at + i)) < 0) return -1;
    }
    return at + 5;
  }
  return simpleEscape(byte) != 0 ? at + 1 : -1;
}

/** What the letter after a backslash stands for, or 0 where it is none of the eight. */
export function simpleEscape(letter: u8): u32 {
  switch (letter) {
    case 0x22:
    case 0x2f:
    case 0x5c:
      return letter;
    case LOWER_B:
      return 0x08;
    case LOWER_F:
      return 0x0c;
    case LOWER_N:
      return 0x0a;
    case LOWER_R:
      return 0x0d;
    case LOWER_T:
      return 0x09;
    default:
      return 0;
  }
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: u8): i32 {
  const digit = <u32>byte - ZERO;
  if (digit <= 9) return digit;
  const letter = (<u32>byte | 0x20) - 0x61;
  return letter <= 5 ? letter + 10 : -1;
}
