// What a prepared module has besides its own exports. A component's own names of this scheme have a version behind a
// slash (`backfill:http/…`), so none of these is ever theirs by accident.

/** A mutable i32 global: the fuel that is left. */
export const FUEL = "backfill:fuel";
/** A mutable externref global: what the tick is given, so that one function serves every instance. */
export const METER = "backfill:meter";
/** A mutable i32 global: which of the functions in `TICK` is called. Begins with 1. */
export const LENT = "backfill:lent";
/**
 * A table of two functions, `(meter: externref, fuel: i32) -> i32`, called once fuel is spent: they return new fuel. The
 * first may suspend, the second is for calls that cannot.
 */
export const TICK = "backfill:tick";
/** A mutable i32 global: 1 once a memory was refused to grow. */
export const REFUSED = "backfill:refused";
/** The memories that the module defines, from 0 on. */
export const memoryName = (index: number): string => `backfill:memory:${index}`;
/** A function that keeps the values of all mutable globals. */
export const SAVE = "backfill:save";
/** A function that gives all mutable globals the values that were kept. */
export const RESTORE = "backfill:restore";

export const RESERVED: ReadonlySet<string> = new Set([FUEL, METER, LENT, TICK, REFUSED, SAVE, RESTORE]);

const MEMORIES = memoryName(0).slice(0, -1);

/** Whether no name of a guest may be this one. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || name.startsWith(MEMORIES);
}
