import { Container } from "./container";
import { Document } from "./document";
import { Elements } from "./elements";
import { Members } from "./members";
import { DEPTH_LIMIT } from "./reader";
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT } from "./token";
import { Writer } from "./writer";

export const MISSING: i32 = 0;
export const NULL: i32 = 1;
export const BOOL: i32 = 2;
export const NUMBER: i32 = 3;
export const STRING: i32 = 4;
export const ARRAY: i32 = 5;
export const OBJECT: i32 = 6;

/** What a value is made of, and how it is written. */
export class Node {
  // A parsed value is a position in its document.
  protected document: Document | null = null;
  protected position: i32 = 0;
  // What an array or object holds; `held` knows it of a parsed one.
  protected container: Container | null = null;
  // A built scalar. `text` of a number is its exact spelling where an f64 would not hold it.
  protected text: string = "";
  protected float: f64 = 0;

  protected constructor(protected readonly kind: i32) {}

  /** What this array or object holds, if that is more than a place in the document. */
  protected held(): Container | null {
    const document = this.document;
    if (this.container == null && document != null) this.container = document.container(this.position);
    return this.container;
  }

  /** The same, made where there is none. */
  protected holding(): Container {
    const held = this.held();
    if (held != null) return held;
    const made = containerOf(this.document!, this.position);
    this.container = made;
    return made;
  }

  protected noteChange(): void {
    const container = this.container!;
    if (container.isChanged) return;
    container.isChanged = true;
    const document = this.document;
    if (document != null) document.noteChange(this.position);
  }

  // A loop with frames of its own: no depth of a value can exhaust the stack.
  protected static written(value: Node): Writer {
    const writer = new Writer();
    let frame: Frame | null = null;
    let node = value;
    let document = value.document;
    let position = value.position;
    while (true) {
      const depth = frame != null ? frame.depth : 0;
      let container: Container | null = null;
      if (document != null) {
        if (document.isChangedWithin(position)) container = containerOf(document, position);
        else writer.source(document.bytes, document.start(position), document.limit, depth);
      } else {
        container = node.container;
        if (container == null) node.writeScalar(writer);
      }
      if (container != null) {
        if (container.isOpen || depth == DEPTH_LIMIT) writer.word("null");
        else {
          frame = new Frame(container, frame);
          container.isOpen = true;
          writer.byte(frame.isArray ? OPEN_ARRAY : OPEN_OBJECT);
        }
      }

      while (frame != null && frame.next == frame.length) {
        writer.byte(frame.isArray ? CLOSE_ARRAY : CLOSE_OBJECT);
        frame.container.isOpen = false;
        frame = frame.around;
      }
      if (frame == null) return writer;
      const index = frame.next++;
      if (index > 0) writer.byte(COMMA);
      const name = frame.container.name(index);
      if (name != null) {
        writer.string(name);
        writer.byte(COLON);
      }
      const added = frame.container.added(index);
      if (added != null) node = added;
      document = added != null ? added.document : frame.container.document;
      position = added != null ? added.position : frame.container.position(index);
    }
  }

  private writeScalar(writer: Writer): void {
    if (this.kind == STRING) writer.string(this.text);
    else if (this.kind == BOOL) writer.word(this.float != 0 ? "true" : "false");
    else if (this.kind != NUMBER) writer.word("null");
    else if (this.text.length > 0) writer.word(this.text);
    else writer.number(this.float);
  }
}

/** A container that is being written. */
@final
class Frame {
  next: i32 = 0;
  readonly depth: i32;
  readonly length: i32;
  readonly isArray: bool;

  constructor(
    readonly container: Container,
    readonly around: Frame | null,
  ) {
    this.depth = around != null ? around.depth + 1 : 1;
    this.length = container.length;
    this.isArray = container instanceof Elements;
  }
}

/** The container at a position, made where there is none. */
function containerOf(document: Document, position: i32): Container {
  const known = document.container(position);
  if (known != null) return known;
  const made: Container =
    document.firstByte(position) == OPEN_ARRAY ? new Elements(document, position) : new Members(document, position);
  document.keep(position, made);
  return made;
}
