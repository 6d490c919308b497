import { Container } from "./container";
import { Document } from "./document";
import { Names } from "./names";
import { Node } from "./node";

/** A parsed object is searched from end to end this often before its names are put in order. */
const SEARCHES: i32 = 8;

/** The members of an object, each name once. */
@final
export class Members extends Container {
  private searches: i32 = 0;
  // By the number of the name: where the document's value is, and what was put in its place or added.
  private positions: StaticArray<i32> | null = null;
  private readonly values: Array<Node | null> = new Array<Node | null>();
  private names: Names | null = null;

  constructor(document: Document | null, place: i32) {
    super(document, place);
  }

  get length(): i32 {
    return this.ordered().list.length;
  }

  /** The names in the order of their first mention: not to be changed. */
  keys(): string[] {
    return this.ordered().list;
  }

  /** The number of a member, or -1. */
  find(name: string): i32 {
    return this.ordered().find(name);
  }

  /** Whether the document alone has the answer, and is quicker to ask than to put in order. */
  isSearchable(): bool {
    return this.names == null && this.searches++ < SEARCHES;
  }

  name(index: i32): string | null {
    return this.ordered().list[index];
  }

  added(index: i32): Node | null {
    return index < this.values.length ? this.values[index] : null;
  }

  position(index: i32): i32 {
    return this.positions![index];
  }

  set(name: string, value: Node): void {
    const index = this.ordered().add(name);
    while (this.values.length <= index) this.values.push(null);
    this.values[index] = value;
  }

  private ordered(): Names {
    let names = this.names;
    if (names != null) return names;
    names = new Names();
    const document = this.document;
    if (document != null) {
      const texts = new StaticArray<string>(this.count);
      let at = document.first(this.place);
      for (let i = 0; i < this.count; ++i, at = document.after(at + 1)) texts[i] = document.text(at);
      const numbers = names.number(texts);
      const positions = new StaticArray<i32>(this.count);
      at = document.first(this.place);
      for (let i = 0; i < this.count; ++i, at = document.after(at + 1)) positions[numbers[i]] = at + 1;
      this.positions = positions;
    }
    this.names = names;
    return names;
  }
}
