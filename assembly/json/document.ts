import { addressOf, addressOfText, newText, setUnit, shortened, unitAt, widen } from "../abi/bytes";
import { tapeIn } from "../abi/view";
import { Container, Content } from "./container";
import { Members } from "./members";
import { Shapes } from "./shapes";
import { CONTAINER_ENTRIES, KEPT, NEAR, NONE, PLACE, PLAIN_ENTRY, SHAPED, Tape, UNSURE, after } from "./tape";
import { BACKSLASH, LOWER_U, QUOTE, closingQuote, hexDigit, simpleEscape } from "./token";
import { codePointAt, putCodePoint, sequenceLength } from "./utf8";

/** No code unit takes more bytes than an escape. */
const ESCAPE_LENGTH: i32 = 6;

/** A parsed document: its bytes, their tape (see reader.ts), and what became known of its containers since. */
@final
export class Document extends Content {
  readonly tape: Tape;
  // The memory of the tape.
  private readonly block: StaticArray<u8>;
  private containers: Array<Container> | null = null;
  // The positions of the containers that were changed.
  private changes: Array<i32> | null = null;
  private areChangesSorted: bool = true;
  private shapes: Shapes | null = null;

  constructor(
    readonly bytes: StaticArray<u8>,
    private readonly entries: StaticArray<u32>,
    readonly limit: i32,
  ) {
    super();
    const block = new StaticArray<u8>(offsetof<Tape>());
    const tape = tapeIn(block);
    this.block = block;
    this.tape = tape;
    tape.begin(addressOf(bytes), addressOf(entries), limit);
  }

  /** The first byte of a value, which tells its kind. */
  firstByte(position: i32): u8 {
    return unchecked(this.bytes[this.start(position)]);
  }

  /** Where a value's text begins in `bytes`. */
  start(position: i32): i32 {
    return this.tape.start(position);
  }

  /** How many elements of an array are in the document, or members of an object, duplicates included. */
  count(position: i32): i32 {
    const container = this.container(position);
    if (container != null) return container.count;
    const shape = this.shape(position);
    return shape >= 0 ? this.count(shape) : <i32>this.tape.count(position);
  }

  /** The object that an object is shaped like, with the same names in the same order, or -1; -1 where a container is kept. */
  shape(object: i32): i32 {
    const entry = this.tape.count(object);
    return entry >> 30 == SHAPED >> 30 ? <i32>(entry & PLACE) : -1;
  }

  /** Whether an object is quicker searched than put in order. */
  isSmall(object: i32): bool {
    return this.tape.count(object) <= NEAR;
  }

  /** What is known of shapes. */
  known(): Shapes {
    let shapes = this.shapes;
    if (shapes == null) {
      shapes = new Shapes(this);
      this.shapes = shapes;
      this.tape.names = addressOf(shapes.names);
      this.tape.shapes = addressOf(shapes.shapes);
      this.tape.members = addressOf(shapes.members);
    }
    return shapes;
  }

  /** The position of a container's first entry. */
  first(position: i32): i32 {
    return position + CONTAINER_ENTRIES;
  }

  /** The position after a value, with all that it holds. */
  after(position: i32): i32 {
    return after(this.tape.entries, position);
  }

  /** The position of the value of the last member of this name, or -1. */
  find(object: i32, name: string): i32 {
    const quick = this.tape.find(object, addressOfText(name), name.length);
    if (quick != UNSURE) return quick;
    let found = NONE;
    const end = this.after(object);
    for (let position = this.first(object); position < end; position = this.after(position + 1)) {
      if (this.isText(position, name)) found = position + 1;
    }
    return found;
  }

  /** The names of an object, each once. */
  names(object: i32): string[] {
    return new Members(this, object).keys();
  }

  /** A string's text. */
  text(position: i32): string {
    const tape = this.tape;
    const start = tape.start(position) + 1;
    if (!this.isPlain(position)) {
      return unescape(this.bytes, start, closingQuote(tape.bytes, start, tape.limit) >> 1);
    }
    const length = tape.plainLength(position);
    const text = newText(length);
    widen(tape.bytes, start, start + length, text);
    return text;
  }

  /** The container that is kept of an array or object. */
  container(position: i32): Container | null {
    const entry = this.tape.count(position);
    return (entry & KEPT) != 0 ? this.containers![entry & ~KEPT] : null;
  }

  /** Keeps the container of an array or object that has none yet. */
  keep(position: i32, container: Container): void {
    let containers = this.containers;
    if (containers == null) {
      containers = new Array<Container>();
      this.containers = containers;
    }
    unchecked((this.entries[position + 2] = KEPT | containers.length));
    containers.push(container);
  }

  noteChange(position: i32): void {
    let changes = this.changes;
    if (changes == null) {
      changes = new Array<i32>();
      this.changes = changes;
    }
    changes.push(position);
    this.areChangesSorted = false;
  }

  /** Whether a value, or anything that it holds, was changed. */
  isChangedWithin(position: i32): bool {
    const changes = this.changes;
    if (changes == null) return false;
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
      return closingQuote(addressOf(this.bytes), start, end) >= 0 && this.text(position) == text;
    }
    for (let i = 0; i < length; ++i) {
      const byte = unchecked(this.bytes[start + i]);
      // The closing quote ends every plain string before the document ends.
      if (<u32>byte != unitAt(text, i) || byte == QUOTE) return false;
    }
    return unchecked(this.bytes[start + length]) == QUOTE;
  }

  private isPlain(string: i32): bool {
    return (unchecked(this.entries[string]) & ~PLACE) == PLAIN_ENTRY;
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
      const length = sequenceLength(addressOf(bytes), at, end);
      units += putCodePoint(text, units, codePointAt(addressOf(bytes), at, length));
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
  return shortened(text, units);
}
