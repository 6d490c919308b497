import { REACH } from "./code/known.ts";
import type { PartialImage, WrittenParts } from "./written.ts";

const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** In parts of more, zeros are looked for before they are written: where they are still there, that takes no memory of its own. */
const LOOKED_AT_BYTES = 32_768;

/** What lies together in a memory: zeros, or bytes of which some are not. */
interface Stretch {
  readonly start: number;
  end: number;
  bytes: Buffer | undefined;
}

/** What a linear memory held at one moment. Blocks of zeros are not kept. */
export class MemoryImage implements PartialImage {
  /** Its length in bytes. */
  readonly length: number;
  readonly #stretches: readonly Stretch[];

  constructor(memory: WebAssembly.Memory) {
    const bytes = Buffer.from(memory.buffer);
    this.length = bytes.length;
    const stretches: Stretch[] = [];
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const isZero = ZEROS.equals(bytes.subarray(start, start + BLOCK_BYTES));
      const last = stretches.at(-1);
      const end = start + BLOCK_BYTES;
      if (last !== undefined && (last.bytes === undefined) === isZero) last.end = end;
      else stretches.push({ start, end, bytes: isZero ? undefined : bytes });
    }
    for (const stretch of stretches) {
      if (stretch.bytes !== undefined) stretch.bytes = Buffer.from(bytes.subarray(stretch.start, stretch.end));
    }
    this.#stretches = stretches;
  }

  /** Makes a memory equal to the image again, which it is where nothing was written. False where it has another length. */
  set(written: WrittenParts): boolean {
    if (written.bytes.length !== this.length) return false;
    written.restore(this);
    return true;
  }

  restore(bytes: Uint8Array, start: number, partsEnd: number, part: number): void {
    const end = partsEnd + REACH;
    for (const stretch of this.#stretches) {
      if (stretch.end <= start) continue;
      if (stretch.start >= end) return;
      const from = Math.max(start, stretch.start);
      const to = Math.min(end, stretch.end);
      if (stretch.bytes === undefined) clear(bytes, from, to, part);
      else stretch.bytes.copy(bytes, from, from - stretch.start, to - stretch.start);
    }
  }
}

function clear(bytes: Uint8Array, start: number, end: number, part: number): void {
  if (part <= LOOKED_AT_BYTES) return void bytes.fill(0, start, end);
  let written = start;
  for (let from = start; from < end; from += BLOCK_BYTES) {
    const to = Math.min(from + BLOCK_BYTES, end);
    if (!isZero(bytes, from, to)) continue;
    if (written < from) bytes.fill(0, written, from);
    written = to;
  }
  if (written < end) bytes.fill(0, written, end);
}

/** What holds anything mostly shows it in its first bytes. */
function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== 0 || bytes[start + 1] !== 0) return false;
  return ZEROS.compare(bytes, start, end, 0, end - start) === 0;
}
