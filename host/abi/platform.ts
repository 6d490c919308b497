import type { GuestMemory } from "./memory.ts";

// `backfill:http/secrets`, `log` and `random` by the canonical ABI.

/** `log.level`, in the order of the WIT enum. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "critical"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Code units of a secret's name; no secret has a longer one. */
const NAME_LIMIT = 1024;
/** Code units of a log line's message and of its fields; the rest is cut. */
const LINE_LIMIT = 65_536;

/** Lifts the name of a secret; undefined for one that is too long to be any. */
export function liftName(memory: GuestMemory, pointer: number, length: number): string | undefined {
  return memory.string(pointer, length, NAME_LIMIT);
}

/** Lowers option<string> at `address`. */
export function lowerOptionalString(memory: GuestMemory, address: number, value: string | undefined): void {
  memory.setU8(address, value === undefined ? 0 : 1);
  if (value !== undefined) memory.setString(address + 4, value);
}

/** Lifts a text of the log, cut at the limit. */
export function liftLine(memory: GuestMemory, pointer: number, length: number): string {
  return memory.text(pointer, length, LINE_LIMIT);
}
