// A value as it lies in memory, and the quick ways to read one.

import { Content } from "../json/container";
import { Document } from "../json/document";
import { Tape } from "../json/tape";

/** The fields of `Node`, without the collector. */
@unmanaged
@final
export class View {
  source: usize;
  position: i32;
  kind: u8;

  /** The tape of a parsed value. */
  @inline
  get tape(): Tape {
    return changetype<Tape>(load<usize>(this.source, offsetof<Document>("tape")));
  }
}

// @ts-ignore: decorator
@inline
export function viewOf<T>(value: T): View {
  return changetype<View>(value);
}

/** What the caller knows to be a T, without the check. */
// @ts-ignore: decorator
@inline
export function certainly<T>(value: Content | null): T {
  return changetype<T>(value);
}

/** The memory of a tape, which its document keeps. */
export function tapeIn(block: StaticArray<u8>): Tape {
  return changetype<Tape>(block);
}

/** A value in the same document as another, made without its constructor. */
// @ts-ignore: decorator
@inline
export function neighbour<T>(other: View, position: i32): T {
  const view = changetype<View>(__new(offsetof<T>(), idof<T>()));
  view.source = other.source;
  view.position = position;
  view.kind = other.tape.kind(position);
  // The memory has the class id and the size of a T.
  return changetype<T>(view);
}
