import { newText, setUnit, unitAt } from "../abi/bytes";
import { CONTAINER_ENTRIES } from "./reader";
import { BACKSLASH, LOWER_U, OPEN_ARRAY, OPEN_OBJECT, QUOTE, hexDigit, simpleEscape } from "./token";
import { codePointAt, decodeUtf8, putCodePoint, sequenceLength } from "./utf8";

const PLAIN: u32 = 0x80000000;

/** A parsed document: its bytes and their tape (see reader.ts). Values are made only when they are read. */
export class Document {
  constructor(
    public readonly bytes: StaticArray<u8>,
    private readonly tape: StaticArray<u64>,
  ) {}

  /** The first byte of a value, which tells its kind. */
  firstByte(position: i32): u8 {
    return unchecked(this.bytes[this.start(position)]);
  }

  /** Where a value's text begins in `bytes`. */
  start(position: i32): i32 {
    return <i32>unchecked(this.tape[position]);
  }

  /** The place after a value's text in `bytes`. */
  end(position: i32): i32 {
    const first = this.firstByte(position);
    if (first == QUOTE) return this.closingQuote(position) + 1;
    if (first == OPEN_OBJECT || first == OPEN_ARRAY) return <i32>unchecked(this.tape[position + 1]);
    return <i32>this.high(position);
  }

  /** How many elements an array has, or how many members an object, duplicates included. */
  count(container: i32): i32 {
    return <i32>this.high(container + 1);
  }

  /** The position of a container's first entry. */
  first(container: i32): i32 {
    return container + CONTAINER_ENTRIES;
  }

  /** The position after a value, with all that it holds. */
  after(position: i32): i32 {
    const first = this.firstByte(position);
    return first == OPEN_OBJECT || first == OPEN_ARRAY ? <i32>this.high(position) : position + 1;
  }

  /** Whether a container holds only scalars, so that the positions of its elements are a plain sequence. */
  isFlat(array: i32): bool {
    return this.after(array) - this.first(array) == this.count(array);
  }

  /** The position of the value of the last member of this name, or -1. */
  find(object: i32, name: string): i32 {
    let found = -1;
    const end = this.after(object);
    for (let position = this.first(object); position < end; position = this.after(position + 1)) {
      if (this.isText(position, name)) found = position + 1;
    }
    return found;
  }

  /** A string's text. */
  text(position: i32): string {
    const start = this.start(position) + 1;
    const end = this.closingQuote(position);
    return this.isPlain(position) ? decodeUtf8(this.bytes, start, end) : unescape(this.bytes, start, end);
  }

  private isText(position: i32, text: string): bool {
    const start = this.start(position) + 1;
    const length = text.length;
    if (!this.isPlain(position)) return this.text(position) == text;
    if (this.closingQuote(position) - start != length) return false;
    for (let i = 0; i < length; ++i) {
      if (<u32>unchecked(this.bytes[start + i]) != unitAt(text, i)) return false;
    }
    return true;
  }

  private isPlain(string: i32): bool {
    return (this.high(string) & PLAIN) != 0;
  }

  private closingQuote(string: i32): i32 {
    return <i32>(this.high(string) & ~PLAIN);
  }

  private high(position: i32): u32 {
    return <u32>(unchecked(this.tape[position]) >> 32);
  }
}

/** The text of a string that the reader has accepted. A `\ud800` that stands alone stays a lone surrogate. */
function unescape(bytes: StaticArray<u8>, start: i32, end: i32): string {
  // No escape and no sequence has more code units than bytes.
  const text = newText(end - start);
  let at = start;
  let units = 0;
  while (at < end) {
    const byte = unchecked(bytes[at]);
    if (byte >= 0x80) {
      const length = sequenceLength(bytes, at, end);
      units += putCodePoint(text, units, codePointAt(bytes, at, length));
      at += length;
    } else if (byte != BACKSLASH) {
      setUnit(text, units++, byte);
      ++at;
    } else if (unchecked(bytes[at + 1]) == LOWER_U) {
      let unit: u32 = 0;
      for (let i = 2; i < 6; ++i) unit = (unit << 4) | hexDigit(unchecked(bytes[at + i]));
      setUnit(text, units++, unit);
      at += 6;
    } else {
      setUnit(text, units++, simpleEscape(unchecked(bytes[at + 1])));
      at += 2;
    }
  }
  return units == text.length ? text : text.substring(0, units);
}
