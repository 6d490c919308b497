// Marks what is needed and frees the rest, in one go. The roots are the globals, what is pinned, and the compiler's stack
// beside WebAssembly's own, on which every function keeps what it may need after a call.

import { BLOCK_HEADER, OBJECT, RAW, beginSweep, blocksEnd, endSweep, extend, insert, sizeOf, take, wasClean } from "./heap";
import { TypeinfoFlags } from "shared/typeinfo";

// An object is known by the 16 bytes before it, which the compiler knows of too: the number of the last collection that
// found it needed; a link, of objects with references that are to be gone through, or of those that are kept, which have
// none; its class; and its size.
const HEADER: usize = 16;
const MARK: usize = 16;
const LINK: usize = 12;
const CLASS: usize = 8;
const SIZE: usize = 4;
const LARGEST: usize = (1 << 30) - 64;
/** Up to here a loop is quicker than one instruction for all. */
const SMALL: usize = 128;
/** The bytes of references that take as long to go through as an object takes beside them. */
const OBJECT_WORK: usize = 64;

let collection: u32 = 0;
// What is needed and has to be gone through, linked.
let gray: usize = 0;
// What the marking has cost so far, as bytes.
let work: usize = 0;
// Nodes of an object and the node before, made by `__pin`.
let pinned: usize = 0;
// What the host was given, linked in that order.
let kept: usize = 0;
let lastKept: usize = 0;
let isHeld: bool = false;

/** Needs an object without references until `letGo`: one that the host was given. */
export function keep(object: usize): void {
  if (kept == 0) kept = object;
  else store<usize>(lastKept - LINK, object);
  lastKept = object;
}

/** The object that was kept first, or 0. */
export function firstKept(): usize {
  return kept;
}

/** The one that was kept after another, or 0. */
export function keptAfter(object: usize): usize {
  return load<usize>(object - LINK);
}

/** No collection from now on until `letGo`: what is kept becomes objects of other classes. */
export function hold(): void {
  isHeld = true;
}

export function letGo(): void {
  kept = 0;
  isHeld = false;
}

/** Frees what is not needed. False where this is not the time. */
export function collect(): bool {
  if (isHeld) return false;
  ++collection;
  work = 0;
  mark();
  sweep();
  return true;
}

function mark(): void {
  __visit_globals(0);
  for (let object = kept; object != 0; object = keptAfter(object)) __visit(object, 0);
  for (let node = pinned; node != 0; node = load<usize>(node, 4)) __visit(load<usize>(node), 0);
  for (let at = __stack_pointer; at < __heap_base; at += sizeof<usize>()) __visit(load<usize>(at), 0);
  while (gray != 0) {
    const object = gray;
    gray = load<usize>(object - LINK);
    __visit_members(object, 0);
  }
}

function sweep(): void {
  let block = beginSweep();
  let freed: usize = 0;
  for (const end = blocksEnd(); block < end; block += sizeOf(block)) {
    const kind = load<u32>(block) & 3;
    if (kind == RAW || (kind == OBJECT && load<u32>(block, BLOCK_HEADER) == collection)) {
      if (freed != 0) give(freed, block - freed);
      freed = 0;
    } else if (freed == 0) {
      freed = block;
    }
  }
  if (freed != 0) give(freed, block - freed);
  endSweep(work);
}

function give(block: usize, size: usize): void {
  // In tests, whoever holds what is not there any more finds nothing of it.
  if (isDefined(BACKFILL_COLLECT_ALWAYS)) memory.fill(block, 0xdd, size);
  insert(block, size);
}

/** Called by what the compiler makes for each class, of every object that another holds. */
// @ts-ignore: decorator
@global
export function __visit(object: usize, _cookie: u32): void {
  if (object == 0 || load<u32>(object - MARK) == collection) return;
  store<u32>(object - MARK, collection);
  work += OBJECT_WORK;
  const id = load<u32>(object - CLASS);
  if ((__typeinfo(id) & TypeinfoFlags.POINTERFREE) != 0) return;
  work += load<u32>(object - SIZE);
  store<usize>(object - LINK, gray);
  gray = object;
}

/** An object of a class, all zero. */
// @ts-ignore: decorator
@global
export function __new(size: usize, id: u32): usize {
  if (size > LARGEST) throw new Error("the object is too large");
  if (isDefined(BACKFILL_COLLECT_ALWAYS)) collect();
  const whole = (size + (BLOCK_HEADER + HEADER + 15)) & ~15;
  const block = take(whole, OBJECT);
  if (!wasClean()) clear(block, whole);
  store<u32>(block, id, BLOCK_HEADER + HEADER - CLASS);
  store<u32>(block, <u32>size, BLOCK_HEADER + HEADER - SIZE);
  return block + (BLOCK_HEADER + HEADER);
}

/** Makes a block zero behind its header. */
function clear(block: usize, size: usize): void {
  const from = block + BLOCK_HEADER;
  if (size > SMALL) {
    memory.fill(from, 0, size - BLOCK_HEADER);
    return;
  }
  const last = block + size - BLOCK_HEADER;
  for (let at = from; at < last; at += 8) store<u64>(at, 0);
  store<u32>(last, 0);
}

/** The same object with another size, or a copy that has it. */
// @ts-ignore: decorator
@global
export function __renew(object: usize, size: usize): usize {
  const old: usize = load<u32>(object - SIZE);
  if (size > old) {
    const block = object - HEADER - BLOCK_HEADER;
    const whole = (size + (BLOCK_HEADER + HEADER + 15)) & ~15;
    if (object < __heap_base || size > LARGEST || (whole > sizeOf(block) && !extend(block, whole))) {
      const copy = __new(size, load<u32>(object - CLASS));
      memory.copy(copy, object, old);
      return copy;
    }
    // An object that was smaller once has something there yet.
    memory.fill(object + old, 0, size - old);
  }
  store<u32>(object - SIZE, <u32>size);
  return object;
}

/** The write barrier of a collector that goes step by step: this one needs none. */
// @ts-ignore: decorator
@global
export function __link(_parent: usize, _child: usize, _expectMultiple: bool): void {}

// @ts-ignore: decorator
@global
export function __collect(): void {
  collect();
}

// @ts-ignore: decorator
@global
export function __pin(object: usize): usize {
  if (object == 0) return 0;
  const node = __alloc(2 * sizeof<usize>());
  store<usize>(node, object);
  store<usize>(node, pinned, sizeof<usize>());
  pinned = node;
  return object;
}

// @ts-ignore: decorator
@global
export function __unpin(object: usize): void {
  if (object == 0) return;
  let before: usize = 0;
  for (let node = pinned; node != 0; node = load<usize>(node, sizeof<usize>())) {
    if (load<usize>(node) == object) {
      const next = load<usize>(node, sizeof<usize>());
      if (before == 0) pinned = next;
      else store<usize>(before, next, sizeof<usize>());
      __free(node);
      return;
    }
    before = node;
  }
  throw new Error("the object is not pinned");
}

// What follows is for programs that keep memory by hand.

// @ts-ignore: decorator
@global
export function __alloc(size: usize): usize {
  if (size > LARGEST) throw new Error("the block is too large");
  return take((max(size, 12) + BLOCK_HEADER + 15) & ~15, RAW) + BLOCK_HEADER;
}

// @ts-ignore: decorator
@global
export function __realloc(at: usize, size: usize): usize {
  const block = at - BLOCK_HEADER;
  const old = sizeOf(block) - BLOCK_HEADER;
  if (size <= old) return at;
  const copy = __alloc(size);
  memory.copy(copy, at, old);
  __free(at);
  return copy;
}

// @ts-ignore: decorator
@global
export function __free(at: usize): void {
  if (at < __heap_base) return;
  insert(at - BLOCK_HEADER, sizeOf(at - BLOCK_HEADER));
}
