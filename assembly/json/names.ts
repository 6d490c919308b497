import { addressOf, entryAt, fourUnits, grown, moveWithin, numberAt, setEntry, unitAt } from "../abi/bytes";

/** How many names are put in order one by one before they join the others. */
const TAIL: i32 = 1024;
/** 2^64 divided by the golden ratio, made odd. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

/**
 * Different names, numbered as they come. Found by comparison, not by hash alone: whoever sends the names could choose
 * ones of the same hash. A search takes O(log n) comparisons; so does an addition, beside which it moves n / 256
 * bytes and at most 4 KiB.
 */
@final
export class Names {
  readonly list: string[] = new Array<string>();
  // The rank of each: names of different rank need not be read to be told apart.
  private ranks: StaticArray<u64> = new StaticArray<u64>(4);
  // The numbers of the names, in two ascending runs: [0, merged) and the tail.
  private order: StaticArray<i32> = new StaticArray<i32>(4);
  private merged: i32 = 0;

  /** Numbers many names at once, where there are none yet, and gives the number of each. */
  number(names: StaticArray<string>): StaticArray<i32> {
    const count = names.length;
    const ranks = new StaticArray<u64>(max(count, 4));
    for (let i = 0; i < count; ++i) unchecked((ranks[i] = rankOf(unchecked(names[i]))));
    const order = sorted(names, ranks);

    // The first of several that are the same is the first that was mentioned, as the order is stable.
    const numbers = new StaticArray<i32>(count);
    let first = -1;
    for (let i = 0; i < count; ++i) {
      const name = unchecked(order[i]);
      if (first < 0 || !isSame(names, ranks, first, name)) first = name;
      unchecked((numbers[name] = first));
    }
    for (let i = 0; i < count; ++i) {
      const mentioned = unchecked(numbers[i]);
      if (mentioned == i) {
        const number = this.list.length;
        this.list.push(unchecked(names[i]));
        unchecked((ranks[number] = unchecked(ranks[i])));
        unchecked((numbers[i] = number));
      } else {
        unchecked((numbers[i] = unchecked(numbers[mentioned])));
      }
    }
    let last = -1;
    for (let i = 0; i < count; ++i) {
      const number = unchecked(numbers[unchecked(order[i])]);
      if (number != last) unchecked((order[this.merged++] = number));
      last = number;
    }
    this.ranks = ranks;
    this.order = order;
    return numbers;
  }

  /** The number of a name, or -1. */
  find(name: string): i32 {
    const rank = rankOf(name);
    let place = this.search(name, rank, 0, this.merged);
    if (place < 0) place = this.search(name, rank, this.merged, this.list.length);
    return place < 0 ? -1 : this.order[place];
  }

  /** The number of a name, which is new where it was not there. */
  add(name: string): i32 {
    const rank = rankOf(name);
    const known = this.search(name, rank, 0, this.merged);
    if (known >= 0) return this.order[known];
    const size = this.list.length;
    const place = this.search(name, rank, this.merged, size);
    if (place >= 0) return this.order[place];

    if (size == this.order.length) this.order = grown<i32>(this.order, size << 1);
    if (size == this.ranks.length) this.ranks = grown<u64>(this.ranks, size << 1);
    moveWithin<i32>(this.order, ~place + 1, ~place, size - ~place);
    this.order[~place] = size;
    this.ranks[size] = rank;
    this.list.push(name);
    if (size + 1 - this.merged == TAIL) this.merge();
    return size;
  }

  /** The place of a name in an ascending run, or ~ of the place where it would be. */
  private search(name: string, rank: u64, start: i32, end: i32): i32 {
    const ranks = addressOf(this.ranks);
    const order = addressOf(this.order);
    while (start < end) {
      const middle = (start + end) >> 1;
      const number = <i32>entryAt(order, middle);
      const other = numberAt(ranks, number);
      const comparison = rank == other ? compare(name, this.list[number]) : rank < other ? -1 : 1;
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
      const place = ~this.search(this.list[tail[i]], this.ranks[tail[i]], 0, end);
      moveWithin<i32>(order, place + i + 1, place, end - place);
      order[place + i] = tail[i];
      end = place;
    }
    this.merged = this.list.length;
  }
}

/** The indexes of the names in ascending order, by merging longer and longer runs; those of the same name as they come. */
function sorted(names: StaticArray<string>, ranks: StaticArray<u64>): StaticArray<i32> {
  const count = names.length;
  let order = new StaticArray<i32>(max(count, 4));
  let other = new StaticArray<i32>(max(count, 4));
  for (let i = 0; i < count; ++i) unchecked((order[i] = i));
  for (let width = 1; width < count; width <<= 1) {
    for (let start = 0; start < count; start += width << 1) {
      const middle = min(start + width, count);
      mergeRuns(names, ranks, addressOf(order), addressOf(other), start, middle, min(middle + width, count));
    }
    const swapped = order;
    order = other;
    other = swapped;
  }
  return order;
}

function mergeRuns(
  names: StaticArray<string>,
  ranks: StaticArray<u64>,
  from: usize,
  to: usize,
  start: i32,
  middle: i32,
  end: i32,
): void {
  const rank = addressOf(ranks);
  let left = start;
  let right = middle;
  for (let at = start; at < end; ++at) {
    let isLeft = right >= end;
    if (!isLeft && left < middle) {
      const a = <i32>entryAt(from, left);
      const b = <i32>entryAt(from, right);
      const ours = numberAt(rank, a);
      const theirs = numberAt(rank, b);
      isLeft = ours == theirs ? compare(unchecked(names[a]), unchecked(names[b])) <= 0 : ours < theirs;
    }
    setEntry(to, at, entryAt(from, isLeft ? left++ : right++));
  }
}

function isSame(names: StaticArray<string>, ranks: StaticArray<u64>, a: i32, b: i32): bool {
  return unchecked(ranks[a]) == unchecked(ranks[b]) && compare(unchecked(names[a]), unchecked(names[b])) == 0;
}

/** A number that differs for most names: any function of the name will do. */
function rankOf(name: string): u64 {
  const length = name.length;
  if (length >= 4) return (fourUnits(name, 0) * SPREAD) ^ fourUnits(name, length - 4) ^ <u64>length;
  let units: u64 = 0;
  for (let i = 0; i < length; ++i) units = (units << 16) | unitAt(name, i);
  return units;
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
