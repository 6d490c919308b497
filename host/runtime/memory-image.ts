/** Bytes that are looked at together: a few calls for a whole memory, and little is written for one dirty byte. */
const BLOCK_BYTES = 32_768;

/** Stays untouched, so that it takes no memory of its own and is read from the nearest cache. */
const ZEROS = Buffer.alloc(BLOCK_BYTES);

interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What a linear memory held at one moment. Blocks of zeros are not kept. */
export class MemoryImage {
  /** Its length in bytes. */
  readonly length: number;
  readonly #held: readonly Block[];
  /** Where the blocks of zeros begin. */
  readonly #zeros: readonly number[];

  constructor(memory: WebAssembly.Memory) {
    const bytes = Buffer.from(memory.buffer);
    this.length = bytes.length;
    const held: Block[] = [];
    const zeros: number[] = [];
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const block = bytes.subarray(start, start + BLOCK_BYTES);
      if (ZEROS.equals(block)) zeros.push(start);
      else held.push({ start, bytes: Uint8Array.from(block) });
    }
    this.#held = held;
    this.#zeros = zeros;
  }

  /** Makes a memory equal to the image again. False where its length is another one. */
  restore(memory: WebAssembly.Memory): boolean {
    const bytes = Buffer.from(memory.buffer);
    if (bytes.length !== this.length) return false;
    for (const { start, bytes: image } of this.#held) bytes.set(image, start);
    // Reading what nobody wrote is cheaper than writing it, and leaves it out of the process's memory.
    for (const start of this.#zeros) {
      if (ZEROS.compare(bytes, start, start + BLOCK_BYTES) !== 0) bytes.fill(0, start, start + BLOCK_BYTES);
    }
    return true;
  }
}
