import type { HandleTable } from "./handles.ts";
import type { GuestMemory } from "./memory.ts";

// How the values of one call cross, whatever their types are.

/** A value as core WebAssembly passes it. */
export type Flat = number | bigint;
/** The type of one. */
export type FlatType = "i32" | "i64";

/** What the values of one call cross by. */
export interface Passage {
  readonly memory: GuestMemory;
  readonly handles: HandleTable;
  /** Bytes that may still be lifted: a short list may name one long string many times. */
  left: number;
}

/** How values of one type cross. */
export interface ValueType<T> {
  readonly size: number;
  readonly align: number;
  readonly flat: readonly FlatType[];
  load(passage: Passage, address: number): T;
  store(passage: Passage, address: number, value: T): void;
  lift(passage: Passage, values: FlatValues): T;
  lower(passage: Passage, value: T, out: Flat[]): void;
}

/** Flat values, taken one by one. A place that several cases of a variant share is as wide as the widest of them. */
export class FlatValues {
  readonly #values: readonly Flat[];
  #next = 0;

  constructor(values: readonly Flat[]) {
    this.#values = values;
  }

  i32(): number {
    const value = this.#values[this.#next++] ?? 0;
    return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value | 0;
  }

  i64(): bigint {
    const value = this.#values[this.#next++] ?? 0n;
    return typeof value === "bigint" ? value : BigInt(value | 0);
  }

  /** The next so many, apart. */
  part(length: number): FlatValues {
    const part = this.#values.slice(this.#next, this.#next + length);
    this.#next += length;
    return new FlatValues(part);
  }
}

/** More flat parameters than these are passed in memory. */
export const FLAT_PARAMETERS = 16;

/** Lifts the parameters of a call, of a record type. */
export function liftParameters<T>(passage: Passage, type: ValueType<T>, flat: readonly Flat[]): T {
  const values = new FlatValues(flat);
  return type.flat.length > FLAT_PARAMETERS ? type.load(passage, values.i32() >>> 0) : type.lift(passage, values);
}

/** Gives the result of a call back: flat where it is one value, else at the address that came behind the parameters. */
export function giveResult<T>(
  passage: Passage,
  parameters: ValueType<unknown>,
  type: ValueType<T> | undefined,
  value: T,
  flat: readonly Flat[],
): Flat | undefined {
  if (type === undefined) return undefined;
  if (type.flat.length > 1) {
    const place = parameters.flat.length > FLAT_PARAMETERS ? 1 : parameters.flat.length;
    type.store(passage, Number(flat[place] ?? 0) >>> 0, value);
    return undefined;
  }
  const out: Flat[] = [];
  type.lower(passage, value, out);
  return out[0];
}
