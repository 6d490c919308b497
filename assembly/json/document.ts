import { newText, setUnit, unitAt } from "../abi/bytes";
import { Container } from "./container";
import { CONTAINER_ENTRIES, PLAIN } from "./reader";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  LOWER_U,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  closingQuote,
  hexDigit,
  simpleEscape,
} from "./token";
import { codePointAt, decodeUtf8, putCodePoint, sequenceLength } from "./utf8";

/** Set in the tape where the number of a container stands in place of the count. */
const KEPT: u32 = 0x80000000;
/** No code unit takes more bytes than an escape. */
const ESCAPE_LENGTH: i32 = 6;

/** A parsed document: its bytes, their tape (see reader.ts), and what became known of its containers since. */
@final
export class Document {
  private readonly containers: Array<Container> = new Array<Container>();
  // The positions of the containers that were changed.
  private readonly changes: Array<i32> = new Array<i32>();
  private areChangesSorted: bool = true;

  constructor(
    readonly bytes: StaticArray<u8>,
    private readonly tape: StaticArray<u32>,
    readonly limit: i32,
  ) {}

  /** The first byte of a value, which tells its kind. */
  firstByte(position: i32): u8 {
    return unchecked(this.bytes[this.start(position)]);
  }

  /** Where a value's text begins in `bytes`. */
  start(position: i32): i32 {
    return <i32>(unchecked(this.tape[position]) & ~PLAIN);
  }

  /** The place after a number or literal in `bytes`, which the reader has accepted: only what may follow ends it. */
  end(position: i32): i32 {
    let at = this.start(position) + 1;
    while (at < this.limit) {
      const byte = unchecked(this.bytes[at]);
      if (byte <= 0x20 || byte == COMMA || byte == CLOSE_ARRAY || byte == CLOSE_OBJECT) break;
      ++at;
    }
    return at;
  }

  /** How many elements an array has, or how many members an object, duplicates included, of which no container is kept. */
  count(position: i32): i32 {
    return <i32>unchecked(this.tape[position + 2]);
  }

  /** The position of a container's first entry. */
  first(position: i32): i32 {
    return position + CONTAINER_ENTRIES;
  }

  /** The position after a value, with all that it holds. */
  after(position: i32): i32 {
    const first = this.firstByte(position);
    return first == OPEN_OBJECT || first == OPEN_ARRAY ? <i32>unchecked(this.tape[position + 1]) : position + 1;
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
    const end = closingQuote(this.bytes, start, this.limit) >> 1;
    return this.isPlain(position) ? decodeUtf8(this.bytes, start, end) : unescape(this.bytes, start, end);
  }

  /** The container that is kept of an array or object. */
  container(position: i32): Container | null {
    const entry = unchecked(this.tape[position + 2]);
    return (entry & KEPT) != 0 ? this.containers[entry & ~KEPT] : null;
  }

  /** Keeps the container of an array or object that has none yet. */
  keep(position: i32, container: Container): void {
    unchecked((this.tape[position + 2] = KEPT | this.containers.length));
    this.containers.push(container);
  }

  noteChange(position: i32): void {
    this.changes.push(position);
    this.areChangesSorted = false;
  }

  /** Whether a value, or anything that it holds, was changed. */
  isChangedWithin(position: i32): bool {
    const changes = this.changes;
    if (changes.length == 0) return false;
    if (!this.areChangesSorted) {
      changes.sort();
      this.areChangesSorted = true;
    }
    let start = 0;
    let end = changes.length;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (changes[middle] < position) start = middle + 1;
      else end = middle;
    }
    return start < changes.length && changes[start] < this.after(position);
  }

  private isText(position: i32, text: string): bool {
    const start = this.start(position) + 1;
    const length = text.length;
    if (!this.isPlain(position)) {
      // Decoded only where a text of this length can be meant.
      const isFar = (this.limit - start) / ESCAPE_LENGTH > length;
      const end = isFar ? start + length * ESCAPE_LENGTH + 1 : this.limit;
      return closingQuote(this.bytes, start, end) >= 0 && this.text(position) == text;
    }
    for (let i = 0; i < length; ++i) {
      const byte = unchecked(this.bytes[start + i]);
      // The closing quote ends every plain string before the document ends.
      if (<u32>byte != unitAt(text, i) || byte == QUOTE) return false;
    }
    return unchecked(this.bytes[start + length]) == QUOTE;
  }

  private isPlain(string: i32): bool {
    return (unchecked(this.tape[string]) & PLAIN) != 0;
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
