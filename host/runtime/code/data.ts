import type { Reader } from "../reader.ts";
import type { CodeFacts } from "./walk.ts";
import { DATA, DATA_COUNT, type ModuleSections, START } from "./module.ts";

/** Bytes that stand in a memory from the beginning. */
export interface DataSegment {
  /** The index of the memory among those that the module defines. */
  readonly memory: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const I32_CONST = 0x41;
const END = 0x0b;
const PASSIVE = 1;
const OF_MEMORY = 2;

const PAGE_BYTES = 65_536;

/**
 * Takes the data out of a module, so that modules that differ in nothing else have the same code, which the engine
 * compiles once. Data stays where code refers to it, where a start function could see that it is missing, and where
 * anything but the size of the module's own memories decides whether it fits.
 */
export function splitData(
  sections: ModuleSections,
  facts: CodeFacts,
  importedMemories: number,
  pages: readonly number[],
): DataSegment[] {
  if (sections.has(START) || facts.dropsSegments || facts.initialisesMemory) return [];
  const segments: DataSegment[] = [];
  let all = true;
  sections.each(DATA, (reader) => {
    const segment = all ? readSegment(reader) : undefined;
    const size = (pages[(segment?.memory ?? 0) - importedMemories] ?? 0) * PAGE_BYTES;
    if (segment === undefined || segment.offset + segment.bytes.length > size) all = false;
    else segments.push({ ...segment, memory: segment.memory - importedMemories });
  });
  if (!all) return [];
  sections.drop(DATA);
  sections.drop(DATA_COUNT);
  return segments;
}

/** One segment of a data section, or undefined where it is passive or its place is no constant. */
function readSegment(reader: Reader): DataSegment | undefined {
  const flags = reader.u32();
  const memory = flags === OF_MEMORY ? reader.u32() : 0;
  if (flags === PASSIVE || reader.byte() !== I32_CONST) return undefined;
  const offset = signed(reader) >>> 0;
  if (reader.byte() !== END) return undefined;
  return { memory, offset, bytes: reader.take(reader.u32()) };
}

function signed(reader: Reader): number {
  let value = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = reader.byte();
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80);
  return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
}
