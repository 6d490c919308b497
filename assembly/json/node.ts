import { certainly } from "../abi/view";
import { Container, Content, Scalar } from "./container";
import { Document } from "./document";
import { Elements } from "./elements";
import { ARRAY, BOOL, MISSING, NULL, STRING } from "./kind";
import { Members } from "./members";
import { DEPTH_LIMIT } from "./reader";
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT } from "./token";
import { Writer } from "./writer";

/** What a value is made of, and how it is written. */
export class Node {
  // These fields are all, as reading a document makes many values. Of a parsed one, its document and its position there;
  // of a built one, its scalar or container, if any, and -1.
  protected source: Content | null = null;
  protected position: i32 = -1;
  protected kind: u8 = MISSING;

  protected constructor() {}

  /** The document of a parsed value. */
  protected get document(): Document | null {
    return this.position < 0 ? null : certainly<Document>(this.source);
  }

  /** What this array or object holds, if that is more than a place in the document. */
  protected held(): Container | null {
    const document = this.document;
    return document == null ? certainly<Container>(this.source) : document.container(this.position);
  }

  /** The same, made where there is none. */
  protected holding(): Container {
    const document = this.document;
    return document == null ? certainly<Container>(this.source) : containerOf(document, this.position);
  }

  protected scalar(): Scalar {
    return certainly<Scalar>(this.source);
  }

  protected noteChange(): void {
    const container = this.holding();
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
        if (node.kind >= ARRAY) container = node.holding();
        else node.writeScalar(writer);
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
    const kind = this.kind;
    if (kind <= NULL) return writer.word("null");
    const scalar = this.scalar();
    if (kind == STRING) writer.string(scalar.text);
    else if (kind == BOOL) writer.word(scalar.float != 0 ? "true" : "false");
    else if (scalar.text.length > 0) writer.word(scalar.text);
    else writer.number(scalar.float);
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
