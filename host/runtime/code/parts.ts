import { type Operand, writeOperand } from "./known.ts";
import type { Writer } from "./writer.ts";

// The 64 parts of a memory, and the bits that say which of them were written. A part is the smallest power of two of
// which 64 are the memory, as large as it is when the marks begin. One that has grown since has lost count.

const I32 = 0x7f;
const I64 = 0x7e;
const MUTABLE = 1;

const IF = 0x04;
const END = 0x0b;
const LOCAL_GET = 0x20;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const MEMORY_SIZE = 0x3f;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const MINUS_ONE = 0x7f;
const I32_CLZ = 0x67;
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const I32_SHR_U = 0x76;
const I64_SUB = 0x7d;
const I64_OR = 0x84;
const I64_AND = 0x83;
const I64_SHL = 0x86;
const I64_SHR_U = 0x88;
const I32_WRAP_I64 = 0xa7;
const I64_EXTEND_I32_U = 0xad;
const NO_RESULT = 0x40;

/** The part of one page is 2 ** 10 bytes, and of 2 ** n pages 2 ** (10 + n): this, without the leading zeros of pages - 1. */
const SHIFT = 10 + 32;

/** The bits of the memories that a module defines, and code that sets them. */
export class MarkedParts {
  readonly #importedMemories: number;
  readonly #memories: number;
  readonly #firstGlobal: number;

  constructor(importedMemories: number, memories: number, firstGlobal: number) {
    this.#importedMemories = importedMemories;
    this.#memories = memories;
    this.#firstGlobal = firstGlobal;
  }

  /** Whether the module defines this memory: others have no bits here. */
  has(memory: number): boolean {
    return memory >= this.#importedMemories && memory < this.#importedMemories + this.#memories;
  }

  /** Whether the module has one memory, and defines it. */
  get only(): boolean {
    return this.#importedMemories === 0 && this.#memories === 1;
  }

  /** A mutable i64: a bit for each part. */
  bits(memory: number): number {
    return this.#firstGlobal + 2 * (memory - this.#importedMemories);
  }

  /** A mutable i32: how far an address is shifted to give its part. */
  #shift(memory: number): number {
    return this.bits(memory) + 1;
  }

  /** The globals, to be defined at the indices that this was made with. */
  writeGlobals(add: () => Writer): void {
    for (let i = 0; i < this.#memories; i++) {
      add().put(I64, MUTABLE, I64_CONST, 0, END);
      add().put(I32, MUTABLE, I32_CONST, 0, END);
    }
  }

  /** Marks the part at an offset from the operand, which is a variable's value and perhaps more. */
  writeMark(out: Writer, memory: number, { variable, plus }: Operand, offset: number): void {
    out.put(GLOBAL_GET).u32(this.bits(memory)).put(I64_CONST, 1);
    writeOperand(out, variable, plus + offset);
    this.#writePart(out, memory);
    out.put(I64_SHL, I64_OR, GLOBAL_SET).u32(this.bits(memory));
  }

  /** Marks the parts of a range: its address and its length are parameters. */
  writeRange(out: Writer, memory: number, address: number, length: number): void {
    out.put(LOCAL_GET, length, IF, NO_RESULT, GLOBAL_GET).u32(this.bits(memory));
    out.put(I64_CONST, MINUS_ONE, LOCAL_GET, address);
    this.#writePart(out, memory);
    out.put(I64_SHL, I64_CONST, MINUS_ONE, I64_CONST).positive(63);
    out.put(LOCAL_GET, address, LOCAL_GET, length, I32_ADD, I32_CONST, 1, I32_SUB);
    this.#writePart(out, memory);
    out.put(I64_SUB, I64_SHR_U, I64_AND, I64_OR, GLOBAL_SET).u32(this.bits(memory)).put(END);
  }

  /** Adapts the parts to the size that the memories have. */
  writeBegin(out: Writer): void {
    for (let memory = this.#importedMemories; this.has(memory); memory++) {
      out.put(I32_CONST).positive(SHIFT).put(MEMORY_SIZE).u32(memory).put(I32_CONST, 1, I32_SUB, I32_CLZ, I32_SUB);
      out.put(GLOBAL_SET).u32(this.#shift(memory));
    }
  }

  /** Takes all marks away. */
  writeClear(out: Writer): void {
    for (let memory = this.#importedMemories; this.has(memory); memory++) {
      out.put(I64_CONST, 0, GLOBAL_SET).u32(this.bits(memory));
    }
  }

  /** The bits from one on, which is a parameter: 32 of them. */
  writeHalf(out: Writer, memory: number): void {
    out.put(GLOBAL_GET).u32(this.bits(memory)).put(LOCAL_GET, 0, I64_EXTEND_I32_U, I64_SHR_U, I32_WRAP_I64);
  }

  #writePart(out: Writer, memory: number): void {
    out.put(GLOBAL_GET).u32(this.#shift(memory)).put(I32_SHR_U, I64_EXTEND_I32_U);
  }
}
