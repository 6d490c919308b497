import { addressOf, copyBytes, grown } from "../abi/bytes";
import { DEPTH_LIMIT } from "./reader";
import { NUMBER_LENGTH, putNumber } from "./shortest";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  LOWER_B,
  LOWER_F,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  LOWER_U,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  ZERO,
  closingQuote,
} from "./token";
import { codePointOf, decodeUtf8, isSurrogate, putSequence } from "./utf8";

/** The longest escape, and more than any UTF-8 sequence. */
const ESCAPE_LENGTH: i32 = 6;
const LOWER_A: u8 = 0x61;

/** JSON text on its way out, as UTF-8. */
@final
export class Writer {
  private bytes: StaticArray<u8> = new StaticArray<u8>(128);
  private size: i32 = 0;

  toUtf8(): StaticArray<u8> {
    const exact = new StaticArray<u8>(this.size);
    copyBytes(exact, 0, this.bytes, 0, this.size);
    return exact;
  }

  toText(): string {
    return decodeUtf8(this.bytes, 0, this.size);
  }

  byte(value: u8): void {
    this.reserve(1);
    unchecked((this.bytes[this.size++] = value));
  }

  /** ASCII as it stands. */
  word(text: string): void {
    for (let i = 0, n = text.length; i < n; ++i) this.byte(<u8>text.charCodeAt(i));
  }

  /** A number as JSON.stringify writes it: NaN and the infinities as null. */
  number(value: f64): void {
    if (!isFinite(value)) return this.word("null");
    this.reserve(NUMBER_LENGTH);
    this.size = putNumber(this.bytes, this.size, value);
  }

  /** A string as JSON.stringify writes it: a lone surrogate as its escape. */
  string(text: string): void {
    const length = text.length;
    this.reserve(length + 2);
    this.byte(QUOTE);
    let unit = 0;
    while (unit < length) {
      this.reserve(ESCAPE_LENGTH);
      const codePoint = codePointOf(text, unit, length);
      unit += codePoint < 0x10000 ? 1 : 2;
      if (codePoint < 0x20 || codePoint == QUOTE || codePoint == BACKSLASH || isSurrogate(codePoint)) {
        this.escape(codePoint);
      } else {
        this.size += putSequence(this.bytes, this.size, codePoint);
      }
    }
    this.byte(QUOTE);
  }

  /**
   * The parsed value that begins at `start`, in the spelling of its source, without the white space. `depth` containers
   * are open around it; what lies deeper than the limit becomes null.
   */
  source(bytes: StaticArray<u8>, start: i32, end: i32, depth: i32): void {
    const around = depth;
    let at = start;
    while (at < end) {
      const byte = unchecked(bytes[at]);
      if (byte == QUOTE) {
        const after = (closingQuote(addressOf(bytes), at + 1, end) >> 1) + 1;
        if (depth <= DEPTH_LIMIT) this.copy(bytes, at, after);
        if (depth == around) return;
        at = after;
        continue;
      }
      // Brackets are closed within the value; what follows a lone number or literal is not part of it.
      if (depth == around && (byte == COMMA || byte == CLOSE_ARRAY || byte == CLOSE_OBJECT)) return;
      ++at;
      if (byte <= 0x20) continue;
      if ((byte == OPEN_ARRAY || byte == OPEN_OBJECT) && ++depth == DEPTH_LIMIT + 1) this.word("null");
      if (depth <= DEPTH_LIMIT) this.byte(byte);
      if ((byte == CLOSE_ARRAY || byte == CLOSE_OBJECT) && --depth == around) return;
    }
  }

  private escape(unit: u32): void {
    this.byte(BACKSLASH);
    const letter = escapeLetter(unit);
    this.byte(letter);
    if (letter != LOWER_U) return;
    for (let shift = 12; shift >= 0; shift -= 4) {
      const digit = <u8>((unit >> shift) & 0xf);
      this.byte(digit < 10 ? ZERO + digit : LOWER_A - 10 + digit);
    }
  }

  private copy(source: StaticArray<u8>, start: i32, end: i32): void {
    this.reserve(end - start);
    copyBytes(this.bytes, this.size, source, start, end);
    this.size += end - start;
  }

  private reserve(length: i32): void {
    const needed = this.size + length;
    if (needed > this.bytes.length) this.bytes = grown<u8>(this.bytes, max(needed, this.bytes.length << 1));
  }
}

function escapeLetter(unit: u32): u8 {
  switch (unit) {
    case 0x08:
      return LOWER_B;
    case 0x09:
      return LOWER_T;
    case 0x0a:
      return LOWER_N;
    case 0x0c:
      return LOWER_F;
    case 0x0d:
      return LOWER_R;
    case 0x22:
    case 0x5c:
      return <u8>unit;
    default:
      return LOWER_U;
  }
}
