import { fourUnits, grown, moveWithin, unitAt } from "../abi/bytes";

/** How many names are put in order one by one before they join the others. */
const TAIL: i32 = 1024;

/**
 * Different names, numbered as they come. Found by comparison, not by hash: whoever sends the names could choose ones
 * of the same hash. A search takes O(log n) comparisons; so does an addition, beside which it moves n / 256
 * bytes and at most 4 KiB.
 */
@final
export class Names {
  readonly list: string[] = new Array<string>();
  // The numbers of the names, in two ascending runs: [0, merged) and the tail.
  private order: StaticArray<i32> = new StaticArray<i32>(4);
  private merged: i32 = 0;

  /** The number of a name, or -1. */
  find(name: string): i32 {
    let place = this.search(name, 0, this.merged);
    if (place < 0) place = this.search(name, this.merged, this.list.length);
    return place < 0 ? -1 : this.order[place];
  }

  /** The number of a name, which is new where it was not there. */
  add(name: string): i32 {
    const known = this.search(name, 0, this.merged);
    if (known >= 0) return this.order[known];
    const size = this.list.length;
    const place = this.search(name, this.merged, size);
    if (place >= 0) return this.order[place];

    if (size == this.order.length) this.order = grown<i32>(this.order, size << 1);
    moveWithin<i32>(this.order, ~place + 1, ~place, size - ~place);
    this.order[~place] = size;
    this.list.push(name);
    if (size + 1 - this.merged == TAIL) this.merge();
    return size;
  }

  /** The place of a name in an ascending run, or ~ of the place where it would be. */
  private search(name: string, start: i32, end: i32): i32 {
    while (start < end) {
      const middle = (start + end) >> 1;
      const comparison = compare(name, this.list[this.order[middle]]);
      if (comparison == 0) return middle;
      if (comparison < 0) end = middle;
      else start = middle + 1;
    }
    return ~start;
  }

  private merge(): void {
    const order = this.order;
    const tail = order.slice<StaticArray<i32>>(this.merged, this.list.length);
    let end = this.merged;
    for (let i = tail.length - 1; i >= 0; --i) {
      const place = ~this.search(this.list[tail[i]], 0, end);
      moveWithin<i32>(order, place + i + 1, place, end - place);
      order[place + i] = tail[i];
      end = place;
    }
    this.merged = this.list.length;
  }
}

/** Any total order will do: by length, so that long names with a common beginning are seldom read, then by units. */
function compare(a: string, b: string): i32 {
  const length = a.length;
  if (length != b.length) return length - b.length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const ours = fourUnits(a, at);
    const theirs = fourUnits(b, at);
    if (ours != theirs) return ours < theirs ? -1 : 1;
  }
  for (; at < length; ++at) {
    const difference = <i32>unitAt(a, at) - <i32>unitAt(b, at);
    if (difference != 0) return difference;
  }
  return 0;
}
