import { ComponentError } from "../errors.ts";
import { malformed, type Reader } from "./reader.ts";
import { leb, rewriteSections, sectionFrom, sectionsOf } from "./sections.ts";

const PAGE_BYTES = 65_536;

const TYPE = 1;
const TABLE = 4;
const MEMORY = 5;

const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;

/** Elements of one table: more functions than any module has. */
const TABLE_ELEMENTS = 1_000_000;

/** How many memories a core module defines itself. */
export function memoryCount(module: Uint8Array): number {
  let count = 0;
  for (const { id, body } of sectionsOf(module)) if (id === MEMORY) count += body.u32();
  return count;
}

/**
 * Confines what instances of a core module can allocate: each memory gets this maximum and each table one of its own,
 * where theirs is not smaller, so that the engine refuses a guest that asks for more (a worker's `resourceLimits` do
 * not bound linear memory). What lies outside both is refused: garbage-collected types live in the heap of the
 * process, and a guest that fills it ends the process.
 */
export function confine(module: Uint8Array, memoryBytes: number): Uint8Array {
  return rewriteSections(module, ({ id, body }) => {
    if (id === TYPE) body.vector(() => functionType(body));
    if (id === MEMORY) return limited(MEMORY, body, Math.floor(memoryBytes / PAGE_BYTES), () => []);
    if (id === TABLE) return limited(TABLE, body, TABLE_ELEMENTS, () => [functionReference(body)]);
    return undefined;
  });
}

function functionType(reader: Reader): void {
  if (reader.byte() !== FUNCTION_TYPE) throw outside("garbage-collected types");
  reader.vector(() => valueType(reader));
  reader.vector(() => valueType(reader));
}

/** i32, i64, f32, f64, v128, funcref. Any other reference holds something of the process's own heap. */
function valueType(reader: Reader): void {
  const type = reader.byte();
  if ((type < 0x7b || type > 0x7f) && type !== FUNCTION_REFERENCE) throw outside("references to what is no function");
}

function functionReference(reader: Reader): number {
  const type = reader.byte();
  if (type !== FUNCTION_REFERENCE) throw outside("tables of what are no functions");
  return type;
}

/** Writes a section of memories or tables again, each with a maximum. */
function limited(id: number, reader: Reader, maximum: number, before: () => number[]): Uint8Array {
  const count = reader.u32();
  const body = leb(count);
  for (let left = count; left > 0; left--) {
    body.push(...before());
    const flags = reader.byte();
    if (flags > 1) throw outside("shared or 64-bit memories or tables");
    const initial = reader.u32();
    const own = flags === 1 ? reader.u32() : maximum;
    if (initial > maximum) {
      const [got, most, unit] =
        id === MEMORY ? [initial * PAGE_BYTES, maximum * PAGE_BYTES, "bytes"] : [initial, maximum, "elements"];
      throw new ComponentError(`the component starts with ${got} ${unit}; at most ${most} are allowed`);
    }
    body.push(1, ...leb(initial), ...leb(Math.min(own, maximum)));
  }
  if (!reader.done) throw malformed(reader.offset, "a section is longer than what is in it");
  return sectionFrom(id, body);
}

function outside(what: string): ComponentError {
  return new ComponentError(`the component uses ${what}, which this host does not offer`);
}
