import { Document } from "./document";
import { Node } from "./node";

/** What a value holds that is more than a place in a document. */
export abstract class Content {}

/** What a built scalar is. */
@final
export class Scalar extends Content {
  constructor(
    readonly float: f64,
    /** Of a number, its exact spelling where an f64 would not hold it. */
    readonly text: string,
  ) {
    super();
  }
}

/**
 * An array's elements or an object's members: those of the document, then those that were added. Every view of an
 * array or object shares the one container. A parsed array or object has none until there is something to remember.
 */
export abstract class Container extends Content {
  /** Being written: an array or object that holds itself is met again while it is. */
  isOpen: bool = false;
  /** Whether it differs from the document. */
  isChanged: bool = false;
  /** How many of its elements, or members with duplicates, are in the document. */
  readonly count: i32;

  constructor(
    /** Null where it was built. */
    readonly document: Document | null,
    protected readonly place: i32,
  ) {
    super();
    this.count = document != null ? document.count(place) : 0;
  }

  abstract get length(): i32;
  /** The name of a member; null for an array. */
  abstract name(index: i32): string | null;
  /** What was put there; null where the document's value still stands. */
  abstract added(index: i32): Node | null;
  /** Where the document's value is, if none was put in its place. */
  abstract position(index: i32): i32;
}
