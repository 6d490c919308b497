import { ComponentError } from "../../errors.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "./writer.ts";

const PAGE_BYTES = 65_536;

const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;

/** All that 32 bits address, but for one: no address in memory is near enough to the end to begin again at zero. */
const MOST_PAGES = 65_535;

/** Elements of one table: more functions than any module has. */
const TABLE_ELEMENTS = 1_000_000;

/** How many values functions of one type take and give. */
export interface Arity {
  readonly parameters: number;
  readonly results: number;
}

/** Reads a type, which has to be a function's. */
export function functionType(reader: Reader): Arity {
  if (reader.byte() !== FUNCTION_TYPE) throw outside("garbage-collected types");
  const parameters = reader.vector(() => valueType(reader)).length;
  return { parameters, results: reader.vector(() => valueType(reader)).length };
}

/** i32, i64, f32, f64, v128, funcref. Any other reference holds something of the process's own heap. */
export function valueType(reader: Reader): number {
  const type = reader.byte();
  if ((type < 0x7b || type > 0x7f) && type !== FUNCTION_REFERENCE) throw outside("references to what is no function");
  return type;
}

/** Reads the type of a memory and writes it with a maximum of its own. Gives its initial pages. */
export function confineMemory(reader: Reader, out: Writer, memoryBytes: number): number {
  const most = Math.min(MOST_PAGES, Math.floor(memoryBytes / PAGE_BYTES));
  const { initial, maximum } = limits(reader);
  if (initial > most) throw tooLarge(initial * PAGE_BYTES, most * PAGE_BYTES, "bytes");
  out.put(1).u32(initial).u32(Math.min(maximum, most));
  return initial;
}

/** Reads the type of a table and writes it with a maximum of its own. */
export function confineTable(reader: Reader, out: Writer): void {
  tableElements(reader);
  const { initial, maximum } = limits(reader);
  if (initial > TABLE_ELEMENTS) throw tooLarge(initial, TABLE_ELEMENTS, "elements");
  out.put(FUNCTION_REFERENCE, 1).u32(initial).u32(Math.min(maximum, TABLE_ELEMENTS));
}

export function tableElements(reader: Reader): void {
  if (reader.byte() !== FUNCTION_REFERENCE) throw outside("tables of what are no functions");
}

export function limits(reader: Reader): { readonly initial: number; readonly maximum: number } {
  const flags = reader.byte();
  if (flags > 1) throw outside("shared or 64-bit memories or tables");
  const initial = reader.u32();
  return { initial, maximum: flags === 1 ? reader.u32() : Infinity };
}

function tooLarge(got: number, most: number, unit: string): ComponentError {
  return new ComponentError(`the component starts with ${got} ${unit}; at most ${most} are allowed`);
}

export function outside(what: string): ComponentError {
  return new ComponentError(`the component uses ${what}, which this host does not offer`);
}
