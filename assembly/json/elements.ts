import { Container } from "./container";
import { Document } from "./document";
import { Node } from "./node";

/** The elements of an array. */
@final
export class Elements extends Container {
  private readonly pushed: Array<Node> = new Array<Node>();
  // Where the last look-up was: the next one goes on from there.
  private cursor: i32 = 0;
  private cursorPosition: i32;
  // Where all are, from the first time that a look-up goes back.
  private positions: StaticArray<i32> | null = null;

  constructor(document: Document | null, place: i32) {
    super(document, place);
    this.cursorPosition = document != null ? document.first(place) : 0;
  }

  get length(): i32 {
    return this.count + this.pushed.length;
  }

  name(_index: i32): string | null {
    return null;
  }

  added(index: i32): Node | null {
    return index < this.count ? null : this.pushed[index - this.count];
  }

  position(index: i32): i32 {
    const positions = this.positions;
    if (positions != null) return positions[index];
    if (index < this.cursor) return this.allPositions()[index];
    const document = this.document!;
    const first = document.first(this.place);
    // Scalars alone have one entry each.
    if (document.after(this.place) - first == this.count) return first + index;
    for (; this.cursor < index; ++this.cursor) this.cursorPosition = document.after(this.cursorPosition);
    return this.cursorPosition;
  }

  push(value: Node): void {
    this.pushed.push(value);
  }

  private allPositions(): StaticArray<i32> {
    const document = this.document!;
    const positions = new StaticArray<i32>(this.count);
    let at = document.first(this.place);
    for (let i = 0; i < this.count; ++i, at = document.after(at)) positions[i] = at;
    this.positions = positions;
    return positions;
  }
}
