// Blocks of memory: where they are, which are free, and where the next one is taken from. They lie one after another from
// the end of the stack to the end of memory, so that all can be gone through by their sizes.
//
// A block begins with four bytes: its size, these included, and in the lower bits what it is. What it holds begins at a
// multiple of 16, as the compiler's constants do, so every block begins four bytes before one and has such a size.

import { collect } from "./collector";

/** It is free. */
const FREE: u32 = 0;
/** It holds an object, of which the collector knows whether it is needed. */
export const OBJECT: u32 = 1;
/** It is needed until it is freed by hand. */
export const RAW: u32 = 2;
const SIZE: u32 = ~15;

/** The bytes before what a block holds. */
export const BLOCK_HEADER: usize = 4;
const PAGE_BITS: i32 = 16;
/** The least that is allocated between two collections. */
const LEAST_BUDGET: usize = 1 << 17;

// Blocks are taken from here up to `end`. Both are 0 before the first.
let place: usize = 0;
let end: usize = 0;
// Whether what lies there was never written.
let isClean: bool = false;
// Where all blocks end.
let limit: usize = 0;
// How much may be allocated before a collection is due, from where it was last counted.
let budget: isize = LEAST_BUDGET;
let counted: usize = 0;

// Free blocks by size, each the head of a list: those of 16 to 496 bytes by sixteens, larger ones by powers of two.
const EXACT: usize = 32;
const LISTS: usize = 54;
const lists = memory.data(54 * sizeof<usize>(), 8);
// The large blocks of one list that are looked at before one is taken of another.
const TRIES: i32 = 8;
const NONE: usize = usize.MAX_VALUE;
// One bit for each list that is not empty.
let filled: u64 = 0;

// Where the first block is, from an address that is a multiple of 16.
const FIRST_BLOCK: usize = 16 - BLOCK_HEADER;

// @ts-ignore: decorator
@inline
function first(): usize {
  return ((__heap_base + 15) & ~15) + FIRST_BLOCK;
}

// @ts-ignore: decorator
@inline
export function sizeOf(block: usize): usize {
  return load<u32>(block) & SIZE;
}

/** A block of so many bytes, a multiple of 16. Only a clean one is zero. */
// @ts-ignore: decorator
@inline
export function take(size: usize, kind: u32): usize {
  if (end - place < size) refill(size);
  const block = place;
  place = block + size;
  store<u32>(block, <u32>size | kind);
  return block;
}

/** Whether the block that was taken last is all zero behind its first four bytes. */
// @ts-ignore: decorator
@inline
export function wasClean(): bool {
  return isClean;
}

/** Makes a block larger in place, if nothing follows it. */
export function extend(block: usize, size: usize): bool {
  const old = sizeOf(block);
  if (block + old != place || end - block < size) return false;
  if (!isClean) memory.fill(place, 0, size - old);
  store<u32>(block, <u32>size | (load<u32>(block) & ~SIZE));
  place = block + size;
  return true;
}

/** Finds a free block to take from, of at least so many bytes, or makes one. */
function refill(size: usize): void {
  if (reuse(size)) return;
  const isDue = budget < <isize>(place - counted);
  if (isDue && collect() && reuse(size)) return;
  if (grow(size)) return;
  // Memory has reached its maximum.
  if (!isDue && collect() && reuse(size)) return;
  unreachable();
}

function reuse(size: usize): bool {
  const block = remove(size);
  if (block == 0) return false;
  leave();
  begin(block, block + sizeOf(block), false);
  return true;
}

function grow(size: usize): bool {
  if (limit == 0) return start() && (end - place >= size || grow(size));
  const pages = memory.size();
  const top = ((<usize>pages) << PAGE_BITS);
  // Otherwise somebody else has added memory, and may be using it.
  const isOurs = limit == top - BLOCK_HEADER;
  const left = isOurs && isClean && end == limit ? end - place : 0;
  const needed = <i32>((size - left + FIRST_BLOCK + 0xffff) >> PAGE_BITS);
  if (memory.grow(max(pages, needed)) < 0 && memory.grow(needed) < 0) return false;
  if (left == 0) {
    leave();
    const from = isOurs ? limit : top + FIRST_BLOCK;
    if (!isOurs) store<u32>(limit, <u32>(from - limit) | RAW);
    begin(from, from, true);
  }
  limit = ((<usize>memory.size()) << PAGE_BITS) - BLOCK_HEADER;
  end = limit;
  return true;
}

/** Takes all memory that there is. */
function start(): bool {
  const from = first();
  if ((<usize>memory.size()) << PAGE_BITS < from && memory.grow(1) < 0) return false;
  limit = ((<usize>memory.size()) << PAGE_BITS) - BLOCK_HEADER;
  begin(from, limit, true);
  return true;
}

function begin(from: usize, to: usize, clean: bool): void {
  place = from;
  counted = from;
  end = to;
  isClean = clean;
}

/** What is left where blocks were taken from becomes a free block. */
function leave(): void {
  budget -= place - counted;
  counted = place;
  if (end != place) insert(place, end - place);
  end = place;
}

/** The list of a block of this size. */
function listOf(size: usize): usize {
  const units = size >> 4;
  return units < EXACT ? units : EXACT + 26 - <usize>clz(<u32>units);
}

/** Takes a free block of at least so many bytes off its list, or gives 0. */
function remove(size: usize): usize {
  const own = listOf(size);
  let list = own;
  let link = lists + own * sizeof<usize>();
  if (own < EXACT) {
    if ((filled & ((<u64>1) << own)) == 0) list = NONE;
  } else {
    // Those of its own list may be smaller.
    for (let i = 0; i < TRIES && load<usize>(link) != 0 && sizeOf(load<usize>(link)) < size; ++i) {
      link = load<usize>(link) + BLOCK_HEADER;
    }
    if (load<usize>(link) == 0 || sizeOf(load<usize>(link)) < size) list = NONE;
  }
  if (list == NONE) {
    const larger = filled & ((~(<u64>0) << own) << 1);
    if (larger == 0) return 0;
    list = <usize>ctz(larger);
    link = lists + list * sizeof<usize>();
  }
  const block = load<usize>(link);
  store<usize>(link, load<usize>(block, BLOCK_HEADER));
  if (load<usize>(lists + list * sizeof<usize>()) == 0) filled &= ~((<u64>1) << list);
  return block;
}

/** Adds a free block to the list of its size. */
export function insert(block: usize, size: usize): void {
  const list = listOf(size);
  const at = lists + list * sizeof<usize>();
  store<u32>(block, <u32>size | FREE);
  store<usize>(block, load<usize>(at), BLOCK_HEADER);
  store<usize>(at, block);
  filled |= (<u64>1) << list;
}

// ---- For the collector, which goes through all blocks

/** Takes all free blocks off their lists, and gives where the first block is. */
export function beginSweep(): usize {
  leave();
  filled = 0;
  memory.fill(lists, 0, LISTS * sizeof<usize>());
  return first();
}

/** Where the blocks end. */
export function blocksEnd(): usize {
  return limit;
}

/**
 * After a collection. The next is due when as much was allocated as this one has cost, as bytes: what is large and holds
 * nothing costs little.
 */
export function endSweep(cost: usize): void {
  budget = max(cost, LEAST_BUDGET);
}
