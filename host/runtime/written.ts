import type { HostWrites } from "../abi/memory.ts";

const PARTS = 64;
const PAGE_BYTES = 65_536;

/** Which parts of one memory were written since it was last set back: the guest's code keeps count in a global. */
export class WrittenParts implements HostWrites {
  readonly memory: WebAssembly.Memory;
  /** A bit for each part that the guest wrote. Undefined where others may write that memory too. */
  readonly #guests: WebAssembly.Global<"i64"> | undefined;
  /** The host's own, low and high half. */
  #low = 0;
  #high = 0;
  #shift = 0;

  constructor(memory: WebAssembly.Memory, guests: WebAssembly.Global<"i64"> | undefined) {
    this.memory = memory;
    this.#guests = guests;
  }

  /** The guest counts from now on, in parts of the memory as large as it is. */
  begin(): void {
    const pages = this.memory.buffer.byteLength / PAGE_BYTES;
    // As in the guest's code: the smallest power of two of which 64 are the memory.
    this.#shift = 10 + 32 - Math.clz32(pages - 1);
    this.clear();
  }

  /** The guest has begun again. */
  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  mark(start: number, size: number): void {
    const first = start >>> this.#shift;
    // Past the last part the memory has grown, and is not set back.
    const last = Math.min(PARTS - 1, (start + size - 1) >>> this.#shift);
    for (let part = first; part <= last; part++) {
      if (part < 32) this.#low |= 1 << part;
      else this.#high |= 1 << part;
    }
  }

  /** Tells each run of bytes in parts that were written. */
  each(tell: (start: number, end: number) => void): void {
    if (this.#guests === undefined) return tell(0, this.memory.buffer.byteLength);
    const guests = this.#guests.value;
    const low = this.#low | Number(BigInt.asIntN(32, guests));
    const high = this.#high | Number(guests >> 32n);
    const size = 2 ** this.#shift;
    let start = -1;
    for (let part = 0; part <= PARTS; part++) {
      const isWritten = part < PARTS && (((part < 32 ? low : high) >>> part) & 1) === 1;
      if (isWritten === start >= 0) continue;
      if (!isWritten) tell(start * size, part * size);
      start = isWritten ? part : -1;
    }
  }
}
