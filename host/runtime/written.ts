import type { HostWrites } from "../abi/memory.ts";

const PARTS = 64;
const PAGE_BYTES = 65_536;

/** What a memory held. */
export interface PartialImage {
  /** Writes it into the memory, from `start` up to `end`: a run of parts of that length, something of each of which was written. */
  restore(bytes: Uint8Array, start: number, end: number, part: number): void;
}

/** A bit for each part that the guest wrote: the lower half with 0, the upper with 32. */
export type GuestMarks = (shift: number) => number;

/** Which parts of one memory were written since it was last set back: the guest's code keeps count. */
export class WrittenParts implements HostWrites {
  readonly memory: WebAssembly.Memory;
  /** Undefined where others may write that memory too. */
  readonly #guests: GuestMarks | undefined;
  /** The host's own, low and high half. */
  #low = 0;
  #high = 0;
  #shift = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(memory: WebAssembly.Memory, guests: GuestMarks | undefined) {
    this.memory = memory;
    this.#guests = guests;
  }

  /** The guest counts from now on, in parts of the memory as large as it is. */
  begin(): void {
    const pages = this.bytes.length / PAGE_BYTES;
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

  /** All bytes of the memory, as it is. */
  get bytes(): Uint8Array {
    // One that has grown leaves its views without length.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Sets an image back in each run of bytes in parts that were written. */
  restore(image: PartialImage): void {
    if (this.#guests === undefined) {
      image.restore(this.bytes, 0, this.bytes.length, this.bytes.length);
      return;
    }
    this.#restoreHalf(image, this.#low | this.#guests(0), 0);
    this.#restoreHalf(image, this.#high | this.#guests(32), 32);
  }

  #restoreHalf(image: PartialImage, half: number, before: number): void {
    const part = 1 << this.#shift;
    for (let bits = half; bits !== 0;) {
      const first = lowest(bits);
      const end = first + lowest(~(bits >>> first));
      image.restore(this.bytes, (before + first) * part, (before + end) * part, part);
      bits = end >= 32 ? 0 : bits & (-1 << end);
    }
  }
}

/** The place of the lowest bit that is set; 32 where none is. */
function lowest(bits: number): number {
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits);
}
