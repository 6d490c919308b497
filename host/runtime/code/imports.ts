import { limits, outside, tableElements, valueType } from "./confine.ts";
import { IMPORT, type ModuleSections } from "./module.ts";
import { isReserved } from "./names.ts";

/** How many of each kind a module imports; of functions, the types. */
export interface Imported {
  readonly functions: readonly number[];
  readonly tables: number;
  readonly memories: number;
  readonly globals: number;
  readonly mutableGlobal: boolean;
}

const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;
const TAG = 4;

export function readImports(sections: ModuleSections): Imported {
  const counts = [0, 0, 0, 0, 0];
  const functions: number[] = [];
  let mutableGlobal = false;
  sections.each(IMPORT, (reader) => {
    reader.name();
    const name = reader.name();
    if (isReserved(name)) throw outside(`the name ${name}`);
    const kind = reader.byte();
    if (kind === FUNCTION) {
      functions.push(reader.u32());
    } else if (kind === TABLE) {
      tableElements(reader);
      limits(reader);
    } else if (kind === MEMORY) {
      limits(reader);
    } else if (kind === GLOBAL) {
      valueType(reader);
      if (reader.byte() === 1) mutableGlobal = true;
    } else if (kind === TAG) {
      reader.byte();
      reader.u32();
    } else {
      throw outside(`imports of kind ${kind}`);
    }
    counts[kind] = (counts[kind] as number) + 1;
  });
  const [, tables = 0, memories = 0, globals = 0] = counts;
  return { functions, tables, memories, globals, mutableGlobal };
}
