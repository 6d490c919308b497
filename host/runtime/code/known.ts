import type { Writer } from "./writer.ts";

/**
 * A mark stands for its part of the memory and for as many bytes behind it, so that one mark is enough for the fields of
 * an object, and for a store that lies across the end of a part.
 */
export const REACH = 128;

/** A variable is a local, which is even, or a global. */
export const localVariable = (index: number): number => 2 * index;
export const globalVariable = (index: number): number => 2 * index + 1;
const isGlobal = (variable: number): boolean => (variable & 1) === 1;

// What an operand may be instead of a sum of a variable's value, as it is now, and a number.
const UNKNOWN = -1;
const CONSTANT = -2;
/** The sum of an address that is marked and a number. */
const MARKED = -3;

/** An operand: the value of a variable, if it is not negative, and what is added to that. */
export interface Operand {
  variable: number;
  plus: number;
}

/** Writes code that gives a variable's value and what is added to that. */
export function writeOperand(out: Writer, variable: number, plus: number): void {
  out.put(isGlobal(variable) ? GLOBAL_GET : LOCAL_GET).u32(variable >>> 1);
  if ((plus | 0) !== 0) out.put(I32_CONST).i32(plus).put(I32_ADD);
}

const LOCAL_GET = 0x20;
const GLOBAL_GET = 0x23;
const I32_CONST = 0x41;
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;

/** As many operands as are remembered: the value of a store is rarely longer. */
const OPERANDS = 64;

/** For each opcode of one byte how many operands it takes, and, with GIVES, that it gives one. */
const GIVES = 4;
const EFFECT: Uint8Array = effects([
  // drop, select
  [1, 0x1a, 0x1a],
  [3 + GIVES, 0x1b, 0x1b],
  // table.get
  [1 + GIVES, 0x25, 0x25],
  // Loads
  [1 + GIVES, 0x28, 0x35],
  // memory.size, constants
  [GIVES, 0x3f, 0x3f],
  [GIVES, 0x41, 0x44],
  // Comparisons, but for eqz
  [2 + GIVES, 0x45, 0x66],
  [1 + GIVES, 0x45, 0x45],
  [1 + GIVES, 0x50, 0x50],
  // Arithmetic: of one operand, of two, and so on by types; then conversions
  [1 + GIVES, 0x67, 0x69],
  [2 + GIVES, 0x6a, 0x78],
  [1 + GIVES, 0x79, 0x7b],
  [2 + GIVES, 0x7c, 0x8a],
  [1 + GIVES, 0x8b, 0x91],
  [2 + GIVES, 0x92, 0x98],
  [1 + GIVES, 0x99, 0x9f],
  [2 + GIVES, 0xa0, 0xa6],
  [1 + GIVES, 0xa7, 0xc4],
  // ref.is_null, ref.func
  [1 + GIVES, 0xd1, 0xd1],
  [GIVES, 0xd2, 0xd2],
]);

/**
 * What is known, at one place of a function, of the addresses that its stores take: which operand is a variable's value
 * and a number, and which addresses are marked, relative to which variables. An address stays marked. That it is where
 * it is relative to the variable ends where that is set, where the block ends in which it was marked, in loops that
 * begin later, whose ends lead back there, and for a global with a call.
 *
 * All sums are of 32 bits. No memory has addresses in their last 64 KiB, so that whatever is less than that behind an
 * address in memory has not begun again at zero.
 */
export class KnownAddresses {
  readonly #variables = new Int32Array(OPERANDS);
  readonly #plus = new Int32Array(OPERANDS);
  #count = 0;
  /** Goes up with whatever is noted, over all functions: what was noted in one says nothing in the next. */
  #time = 0;
  /** When each of the blocks began that are open, and the last loop before it that is still open. */
  #blocks = new Float64Array(64);
  #outerLoops = new Float64Array(64);
  #depth = 0;
  #loop = 0;
  /** When the last call was made. */
  #called = 0;
  // By variable: when an address was marked, in which block, and the difference from the variable to it.
  #times = new Float64Array(64);
  #depths = new Float64Array(64);
  #differences = new Float64Array(64);

  begin(): void {
    this.#depth = 0;
    this.openLoop();
  }

  open(): void {
    this.forget();
    if (++this.#depth >= this.#blocks.length) {
      this.#blocks = grown(this.#blocks, this.#depth);
      this.#outerLoops = grown(this.#outerLoops, this.#depth);
    }
    this.#blocks[this.#depth] = ++this.#time;
    this.#outerLoops[this.#depth] = this.#loop;
  }

  openLoop(): void {
    this.open();
    this.#loop = ++this.#time;
  }

  else(): void {
    this.forget();
    this.#blocks[this.#depth] = ++this.#time;
  }

  end(): void {
    this.forget();
    this.#loop = this.#outerLoops[this.#depth--] ?? 0;
  }

  /** Nothing is known of the operands. */
  forget(): void {
    this.#count = 0;
  }

  /** An instruction of one byte takes its operands, and gives its result. */
  apply(opcode: number): void {
    if (opcode === I32_ADD || opcode === I32_SUB) return this.#sum(opcode === I32_ADD ? 1 : -1);
    const effect = EFFECT[opcode] as number;
    this.take(effect & 3, (effect & GIVES) === 0 ? 0 : 1);
  }

  take(operands: number, results: number): void {
    this.#count = Math.max(0, this.#count - operands);
    if (results > 1) this.forget();
    else if (results === 1) this.#push(UNKNOWN, 0);
  }

  constant(value: number): void {
    this.#push(CONSTANT, value);
  }

  get(variable: number): void {
    this.#push(variable, 0);
  }

  set(variable: number): void {
    const value = this.pop();
    const marked = this.#differenceOf(value);
    for (let i = 0; i < this.#count; i++) if (this.#variables[i] === variable) this.#detach(i);
    if (marked !== undefined) this.#note(variable, marked);
    else if (variable < this.#times.length) this.#times[variable] = 0;
  }

  tee(variable: number): void {
    this.set(variable);
    this.#push(variable, 0);
  }

  pop(): Operand {
    if (this.#count === 0) return { variable: UNKNOWN, plus: 0 };
    const at = --this.#count;
    return { variable: this.#variables[at] as number, plus: this.#plus[at] as number };
  }

  /** The constant that the operand is. */
  popConstant(): number | undefined {
    const { variable, plus } = this.pop();
    return variable === CONSTANT ? plus : undefined;
  }

  /** A function was called that may set globals. */
  call(): void {
    for (let i = 0; i < this.#count; i++) if (isGlobal(this.#variables[i] as number)) this.#detach(i);
    this.#called = ++this.#time;
  }

  /** Whether so many bytes at this offset from the operand are marked. */
  isMarked(address: Operand, offset: number, size: number): boolean {
    const difference = this.#differenceOf(address);
    return difference !== undefined && ((offset - difference) >>> 0) + size <= REACH;
  }

  /** What is at this offset from the operand was marked. */
  note({ variable, plus }: Operand, offset: number): void {
    if (variable >= 0) this.#note(variable, (plus + offset) | 0);
  }

  /** From the operand to what is marked relative to it. */
  #differenceOf({ variable, plus }: Operand): number | undefined {
    if (variable === MARKED) return -plus | 0;
    if (variable < 0 || !this.#isKnown(variable)) return undefined;
    return ((this.#differences[variable] as number) - plus) | 0;
  }

  #isKnown(variable: number): boolean {
    const time = this.#times[variable] ?? 0;
    const depth = this.#depths[variable] as number;
    if (time < this.#loop || (isGlobal(variable) && time < this.#called)) return false;
    return depth <= this.#depth && (this.#blocks[depth] as number) < time;
  }

  #note(variable: number, difference: number): void {
    if (variable >= this.#times.length) {
      this.#times = grown(this.#times, variable);
      this.#depths = grown(this.#depths, variable);
      this.#differences = grown(this.#differences, variable);
    }
    this.#times[variable] = ++this.#time;
    this.#depths[variable] = this.#depth;
    this.#differences[variable] = difference;
  }

  /** An operand's variable is about to get another value. */
  #detach(at: number): void {
    const difference = this.#differenceOf({
      variable: this.#variables[at] as number,
      plus: this.#plus[at] as number,
    });
    this.#variables[at] = difference === undefined ? UNKNOWN : MARKED;
    this.#plus[at] = -(difference ?? 0);
  }

  #sum(sign: 1 | -1): void {
    const second = this.pop();
    const first = this.pop();
    if (second.variable === CONSTANT) this.#push(first.variable, first.plus + sign * second.plus);
    else if (first.variable === CONSTANT && sign === 1) this.#push(second.variable, second.plus + first.plus);
    else this.#push(UNKNOWN, 0);
  }

  #push(variable: number, plus: number): void {
    if (this.#count === OPERANDS) {
      this.#variables.copyWithin(0, OPERANDS / 2);
      this.#plus.copyWithin(0, OPERANDS / 2);
      this.#count = OPERANDS / 2;
    }
    this.#variables[this.#count] = variable;
    this.#plus[this.#count++] = plus;
  }
}

function grown(numbers: Float64Array<ArrayBuffer>, index: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(index + 1, numbers.length * 2));
  larger.set(numbers);
  return larger;
}

function effects(ranges: readonly (readonly [effect: number, first: number, last: number])[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const [effect, first, last] of ranges) table.fill(effect, first, last + 1);
  return table;
}
