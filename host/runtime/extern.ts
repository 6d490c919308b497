import { ComponentError } from "../errors.ts";
import { malformed, type Reader } from "./reader.ts";
import type { Item } from "./scope.ts";

// How names, sorts and descriptions of what is imported and exported are written.

/** The sort of core definitions. */
export const CORE = 0;
const CORE_MODULE = 0x11;
const FUNCTION = 1;
const VALUE = 2;
const TYPE = 3;
const COMPONENT = 4;
const INSTANCE = 5;
const SORTS = new Map<number, Item["sort"]>([
  [FUNCTION, "function"],
  [TYPE, "type"],
  [COMPONENT, "component"],
  [INSTANCE, "instance"],
]);

/** The sort of an index space; undefined for core definitions that stand for themselves alone. */
export function itemSort(sort: number, coreSort: number): Item["sort"] | undefined {
  return sort === CORE && coreSort === CORE_MODULE ? "module" : SORTS.get(sort);
}

/** Reads a sort. As {@link itemSort}. */
export function sortOf(reader: Reader): Item["sort"] | undefined {
  const sort = reader.byte();
  return itemSort(sort, sort === CORE ? reader.byte() : -1);
}

/** Reads the name of an import or an export. */
export function externName(reader: Reader): string {
  const kind = reader.byte();
  const name = reader.name();
  if (kind === 2) reader.name();
  else if (kind > 2) throw malformed(reader.offset, `name kind ${kind} is unknown`);
  return name;
}

/** Reads an `externdesc` and returns its sort. */
export function externDescription(reader: Reader): Item["sort"] | undefined {
  const sort = reader.byte();
  const coreSort = sort === CORE ? reader.byte() : -1;
  if (sort === VALUE) {
    throw new ComponentError("the component imports or exports a value, which this host does not offer");
  }
  if (sort !== TYPE || reader.byte() !== 1) reader.u32();
  return itemSort(sort, coreSort);
}
