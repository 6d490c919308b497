import type { Writer } from "./writer.ts";

/** A global of a module, and the one that keeps its value. */
export interface Twins {
  readonly global: number;
  readonly twin: number;
}

const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;

/** Writes code that copies the values of the globals to their twins, or back. */
export function writeCopies(out: Writer, all: readonly Twins[], from: "global" | "twin"): void {
  const to = from === "global" ? "twin" : "global";
  for (const one of all) out.put(GLOBAL_GET).u32(one[from]).put(GLOBAL_SET).u32(one[to]);
}

/** The instruction that gives the zero of a type. */
const ZERO: ReadonlyMap<number, readonly number[]> = new Map([
  [0x7f, [0x41, 0]],
  [0x7e, [0x42, 0]],
  [0x7d, [0x43, 0, 0, 0, 0]],
  [0x7c, [0x44, 0, 0, 0, 0, 0, 0, 0, 0]],
  [0x7b, [0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  [0x70, [0xd0, 0x70]],
]);

export function zero(type: number): readonly number[] {
  return ZERO.get(type) ?? [];
}
