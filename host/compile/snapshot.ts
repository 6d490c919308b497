import { malformed } from "../runtime/reader.ts";
import { leb, rewriteSections, sectionFrom } from "../runtime/sections.ts";

const PAGE_BYTES = 65_536;

const MEMORY = 5;
const DATA = 11;
const DATA_COUNT = 12;

const ACTIVE = 0;
const PASSIVE = 1;
const I32_CONST = 0x41;
const END = 0x0b;

/** Zero bytes between two segments that cost less than another segment. */
const GAP = 256;

/**
 * The engine with this memory for its first one, and this source map in its passive segment. All state of the engine
 * lies in its memory: its one global that changes is the stack pointer, which is back where it began once no call is
 * under way.
 */
export function snapshot(engine: Uint8Array, memory: Uint8Array, sourceMap: string): Uint8Array {
  const image = segmentsOf(memory);
  const count = leb(1 + image.length);
  return rewriteSections(engine, ({ id, body }) => {
    if (id === MEMORY) {
      if (body.u32() !== 1 || body.byte() !== 0) throw malformed(body.offset, "the engine's memory is not as expected");
      return sectionFrom(MEMORY, [1, 0], leb(memory.length / PAGE_BYTES));
    }
    if (id === DATA_COUNT) return sectionFrom(DATA_COUNT, count);
    return id === DATA ? sectionFrom(DATA, count, passive(sourceMap), ...image) : undefined;
  });
}

/** Segment 0: the length of the text in four bytes, then the text. */
function passive(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Uint8Array.from([PASSIVE, ...leb(bytes.length + 4)]), length, bytes]);
}

/** What is not zero in a memory, as active segments. */
function segmentsOf(memory: Uint8Array): Uint8Array[] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  const segments: Uint8Array[] = [];
  let start = -1;
  let end = 0;
  const close = (): void => {
    if (start < 0) return;
    const head = [ACTIVE, I32_CONST, ...signedLeb(start), END, ...leb(end - start)];
    segments.push(Buffer.concat([Uint8Array.from(head), memory.subarray(start, end)]));
  };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 0n) continue;
    const at = i * 8;
    if (start < 0 || at - end > GAP) {
      close();
      start = at;
    }
    end = at + 8;
  }
  close();
  return segments;
}

/** Signed LEB128 of a number that is not negative. */
function signedLeb(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signedLeb(value >>> 7)];
}
