import type { Entries } from "./module.ts";
import { Writer } from "./writer.ts";

/** A global of a module, and the one that keeps its value. */
export interface Twins {
  readonly global: number;
  readonly twin: number;
}

const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const END = 0x0b;

/** Appends the body of a function that copies the values of the globals to their twins, or back. */
export function appendCopies(code: Entries, all: readonly Twins[], from: "global" | "twin"): void {
  const to = from === "global" ? "twin" : "global";
  const body = new Writer(64).put(0);
  for (const one of all) body.put(GLOBAL_GET).u32(one[from]).put(GLOBAL_SET).u32(one[to]);
  body.put(END);
  code.add().u32(body.length).append(body.finish());
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
