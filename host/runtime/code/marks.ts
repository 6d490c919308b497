import type { Copying } from "./copying.ts";
import type { Place } from "./cursor.ts";
import { KnownAddresses, localVariable, REACH, writeOperand } from "./known.ts";
import type { AppendedLocals } from "./locals.ts";
import type { MarkedParts } from "./parts.ts";

const I32 = 0x7f;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;

const DROP = 0x1a;
const I32_CONST = 0x41;
const I64_CONST = 0x42;

/** The most bytes that are cleared by stores, and those: bytes, the zero they write, opcode. */
const CLEARED = 64;
const WIDTHS = [
  [8, I64_CONST, 0x37],
  [4, I32_CONST, 0x36],
  [2, I32_CONST, 0x3b],
  [1, I32_CONST, 0x3a],
] as const;

/** The longest store. */
const VECTOR_BYTES = 16;
/** A mark at a multiple of this reaches over any store up to the next one. */
const STEP = REACH / 2;

/** Has every store mark what it writes, before it does. */
export class Marks {
  readonly known: KnownAddresses = new KnownAddresses();
  /** Whether a memory of another module is written. */
  writesImported = false;
  readonly #parts: MarkedParts;
  readonly #copying: Copying;
  readonly #locals: AppendedLocals;
  /** The locals that an address and, by its type, a value wait in. */
  #address: number | undefined;
  readonly #values = new Map<number, number>();

  constructor(parts: MarkedParts, copying: Copying, locals: AppendedLocals) {
    this.#parts = parts;
    this.#copying = copying;
    this.#locals = locals;
  }

  begin(): void {
    this.#address = undefined;
    this.#values.clear();
    this.known.begin();
  }

  /** A store at `at`, of a value of this type. */
  store(at: number, type: number, { memory, offset }: Place): void {
    const { known } = this;
    known.pop();
    const address = known.pop();
    if (!this.#parts.has(memory)) {
      this.writesImported = true;
      return;
    }
    const isOnly = this.#parts.only;
    if (isOnly && known.isMarked(address, offset, VECTOR_BYTES)) return;
    const start = offset < STEP ? 0 : offset - (offset % STEP);
    const out = this.#copying.to(at);
    if (address.variable >= 0) {
      this.#parts.writeMark(out, memory, address, start);
      if (isOnly) known.note(address, start);
      return;
    }
    const waiting = (this.#address ??= this.#locals.add(I32));
    let value = this.#values.get(type);
    if (value === undefined) this.#values.set(type, (value = this.#locals.add(type)));
    out.put(LOCAL_SET).u32(value).put(LOCAL_TEE).u32(waiting);
    this.#parts.writeMark(out, memory, { variable: localVariable(waiting), plus: 0 }, start);
    out.put(LOCAL_GET).u32(value);
  }

  /**
   * A `memory.fill` at `at`. Where it clears a few bytes, as compilers have it clear what a function keeps on its stack,
   * that is written instead: it is faster than the engine's call. Gives how many stores that takes, or undefined.
   */
  fill(at: number, memory: number): number | undefined {
    const { known } = this;
    const length = known.popConstant();
    const value = known.popConstant();
    const address = known.pop();
    if (!this.#parts.has(memory) || value !== 0 || length === undefined || length <= 0 || length > CLEARED) {
      this.bulk(memory);
      return undefined;
    }
    const out = this.#copying.to(at).put(DROP, DROP);
    let from = address;
    if (address.variable >= 0) {
      out.put(DROP);
    } else {
      const waiting = (this.#address ??= this.#locals.add(I32));
      out.put(LOCAL_SET).u32(waiting);
      from = { variable: localVariable(waiting), plus: 0 };
    }
    const isOnly = this.#parts.only;
    if (!isOnly || !known.isMarked(address, 0, length)) {
      this.#parts.writeMark(out, memory, from, 0);
      if (isOnly) known.note(address, 0);
    }
    // The last bytes first: where they are not in memory nothing is written.
    let stores = 0;
    for (let left = length; left > 0; stores++) {
      const [size, zero, opcode] = WIDTHS.find(([width]) => left % width === 0) as (typeof WIDTHS)[number];
      left -= size;
      writeOperand(out, from.variable, from.plus);
      out.put(zero, 0, opcode, 0x40).u32(memory).u32(left);
    }
    return stores;
  }

  /** Memory is written by a helper, which marks what it writes. */
  bulk(memory: number): void {
    if (!this.#parts.has(memory)) this.writesImported = true;
  }
}
