// What a prepared module has besides its own exports. A component's own names of this scheme have a version behind a
// slash (`backfill:http/…`), so none of these is ever theirs by accident.

/** A mutable i32 global: the fuel that is left. */
export const FUEL = "backfill:fuel";
/** A mutable externref global: what the tick is given, so that one function serves every instance. */
export const METER = "backfill:meter";
/**
 * A function `(fuel: i32, lent: i32)`: gives it so much fuel, and says which of the functions in `TICK` is called. Until
 * then it is the second one.
 */
export const GRANT = "backfill:grant";
/**
 * A table of two functions, `(meter: externref, fuel: i32) -> i32`, called once fuel is spent: they return new fuel. The
 * first may suspend, the second is for calls that cannot.
 */
export const TICK = "backfill:tick";
/** A function `() -> i32`: 1 once a memory was refused to grow. */
export const REFUSED = "backfill:refused";
/** The memories that the module defines, from 0 on. */
export const memoryName = (index: number): string => `backfill:memory:${index}`;
/**
 * A function `(shift: i32) -> i32` for each of them: a bit for each part that was written since `SAVE` or `RESTORE`, from
 * its beginning to `REACH` bytes past its end; with 0 those of the lower 32 parts, with 32 those of the upper. A part is
 * the smallest power of two of which 64 are the memory as it was at `SAVE`.
 */
export const writtenName = (index: number): string => `backfill:written:${index}`;
/** A function that keeps the values of all mutable globals, and takes all marks away. */
export const SAVE = "backfill:save";
/** A function that gives all mutable globals the values that were kept, and takes all marks away. */
export const RESTORE = "backfill:restore";

export const RESERVED: ReadonlySet<string> = new Set([FUEL, METER, GRANT, TICK, REFUSED, SAVE, RESTORE]);

const NUMBERED = [memoryName, writtenName].map((name) => name(0).slice(0, -1));

/** Whether no name of a guest may be this one. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || NUMBERED.some((start) => name.startsWith(start));
}
