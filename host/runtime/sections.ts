import { Reader } from "./reader.ts";

const PREAMBLE_LENGTH = 8;

/** One section of a module or a component. */
export interface Section {
  readonly id: number;
  /** What is in it. */
  readonly body: Reader;
  /** The section with its id and length. */
  readonly whole: Uint8Array;
}

/** The sections of a module or a component, in order. Throws `ComponentError` where one is cut short. */
export function* sectionsOf(binary: Uint8Array): Generator<Section, void, undefined> {
  const reader = new Reader(binary, PREAMBLE_LENGTH);
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.byte();
    const body = reader.section(reader.u32());
    yield { id, body, whole: binary.subarray(start, reader.offset) };
  }
}

/**
 * Writes a module or a component again, section by section: `rewrite` gives the bytes that take a section's place, or
 * undefined where it stays.
 */
export function rewriteSections(binary: Uint8Array, rewrite: (section: Section) => Uint8Array | undefined): Uint8Array {
  const pieces: Uint8Array[] = [binary.subarray(0, PREAMBLE_LENGTH)];
  for (const section of sectionsOf(binary)) pieces.push(rewrite(section) ?? section.whole);
  return Buffer.concat(pieces);
}

/** A section of these pieces. */
export function sectionFrom(id: number, ...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = Buffer.concat(pieces.map((piece) => Uint8Array.from(piece)));
  return Buffer.concat([Uint8Array.from([id, ...leb(body.length)]), body]);
}

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}
