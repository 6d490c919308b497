import { addressOf, addressOfText } from "../abi/bytes";
import { Document } from "./document";
import { REMEMBERED, slotOf } from "./tape";

/** How many shapes' names are remembered. */
const LISTS: i32 = 8;

/** What is known of the objects that others are shaped like: which member has a name, and all the names. */
@final
export class Shapes {
  // Kept, so that no other name comes to be at the same address.
  readonly names: StaticArray<string | null> = new StaticArray<string | null>(REMEMBERED);
  readonly shapes: StaticArray<i32> = new StaticArray<i32>(REMEMBERED);
  readonly members: StaticArray<i32> = new StaticArray<i32>(REMEMBERED);
  private readonly listed: StaticArray<i32> = new StaticArray<i32>(LISTS);
  private readonly lists: StaticArray<string[] | null> = new StaticArray<string[] | null>(LISTS);
  private next: i32 = 0;
  private second: bool = false;

  constructor(private readonly document: Document) {}

  /** Looks a name up, and remembers for the tape where it was found. */
  look(shape: i32, name: string): void {
    const document = this.document;
    const found = document.find(shape, name) - 1;
    let member = -1;
    if (found >= 0) {
      member = 0;
      for (let at = document.first(shape); at < found; at = document.after(at + 1)) ++member;
    }
    let slot = slotOf(addressOfText(name), shape);
    if (unchecked(this.names[slot]) != null) {
      this.second = !this.second;
      if (this.second) slot ^= 1;
    }
    unchecked((this.names[slot] = name));
    unchecked((this.shapes[slot] = shape));
    unchecked((this.members[slot] = member));
  }

  /** The names of the objects of a shape, each once. */
  list(shape: i32): string[] {
    for (let i = 0; i < LISTS; ++i) {
      const list = unchecked(this.lists[i]);
      if (list != null && unchecked(this.listed[i]) == shape) return list;
    }
    const list = this.document.names(shape);
    unchecked((this.lists[this.next] = list));
    unchecked((this.listed[this.next] = shape));
    this.next = (this.next + 1) % LISTS;
    return list;
  }
}
