import { malformed } from "../reader.ts";
import { BLOCK, IF, LOOP } from "./opcodes.ts";

// The fields of a frame: one for each block that is open.
const KIND = 0;
/** The longest way to its end so far that branches there, or -1. */
const LABEL = 1;
/** The way up to its beginning. */
const ENTRY = 2;
/** How many loops are open around it. */
const REGION = 3;
/** For a loop: the longest way and the head of what is around it. */
const OUTER_LONGEST = 4;
const OUTER_HEAD = 5;
const FRAME = 6;

/** Nothing runs here. */
export const DEAD = -1;

/**
 * How long the ways through a function are, told instruction by instruction. A loop is a region of its own: what runs
 * in it is on its own ways alone, and the way around it goes on behind it as long as it was before.
 */
export class Stretches {
  /** How long the way is by now since the last check, at the longest, or `DEAD`. */
  way = 0;
  /** The longest way since the head of the innermost loop, or of the function. */
  longest = 0;
  /** How many blocks are open. */
  depth = 0;
  /** What the innermost loop's head is known by. */
  #head = 0;
  #region = 0;
  #frames = new Int32Array(64 * FRAME);
  /** The way outside at the beginning of each open loop. */
  #outside = new Int32Array(64);

  begin(kind: number): void {
    this.way = 0;
    this.longest = 0;
    this.depth = 0;
    this.#region = 0;
    this.open(kind);
  }

  go(instructions: number): void {
    if (this.way < 0) return;
    this.way += instructions;
    if (this.way > this.longest) this.longest = this.way;
  }

  open(kind: number): void {
    const at = this.depth++ * FRAME;
    if (at + FRAME > this.#frames.length) this.#frames = doubled(this.#frames);
    const frames = this.#frames;
    frames[at + KIND] = kind;
    frames[at + LABEL] = DEAD;
    frames[at + ENTRY] = this.way;
    frames[at + REGION] = this.#region;
  }

  openLoop(head: number): void {
    this.open(LOOP);
    const at = (this.depth - 1) * FRAME;
    this.#frames[at + OUTER_LONGEST] = this.longest;
    this.#frames[at + OUTER_HEAD] = this.#head;
    if (++this.#region >= this.#outside.length) this.#outside = doubled(this.#outside);
    this.#outside[this.#region] = this.way;
    this.way = 0;
    this.longest = 0;
    this.#head = head;
  }

  else(): void {
    const at = (this.depth - 1) * FRAME;
    const frames = this.#frames;
    frames[at + LABEL] = Math.max(frames[at + LABEL] as number, this.way);
    this.way = frames[at + ENTRY] as number;
    // Its end is reached by way of either part, and no longer past both.
    frames[at + KIND] = BLOCK;
  }

  /** Closes a block. For a loop it tells the head by which it was opened and the longest way. */
  end(closeLoop: (head: number, longest: number) => void): void {
    const frames = this.#frames;
    const at = --this.depth * FRAME;
    const entry = frames[at + ENTRY] as number;
    const kind = frames[at + KIND];
    if (kind === LOOP) {
      closeLoop(this.#head, this.longest);
      this.longest = frames[at + OUTER_LONGEST] as number;
      this.#head = frames[at + OUTER_HEAD] as number;
      this.#region--;
      if (this.way >= 0) this.way = entry;
    } else {
      this.way = Math.max(this.way, frames[at + LABEL] as number, kind === IF ? entry : DEAD);
    }
  }

  /** Tells the label `up` blocks out that this way leads there. One that leads to a loop's head ends there. */
  branch(up: number, way: number): void {
    const at = (this.depth - 1 - up) * FRAME;
    if (at < 0) throw malformed(0, "a branch leads out of its function");
    const frames = this.#frames;
    if (way < 0 || frames[at + KIND] === LOOP) return;
    const region = frames[at + REGION] as number;
    const there = region === this.#region ? way : (this.#outside[region + 1] as number);
    if (there > (frames[at + LABEL] as number)) frames[at + LABEL] = there;
  }
}

function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
