import { ComponentError } from "../../errors.ts";
import { type Arity, confineMemory, confineTable, functionType, outside, valueType } from "./confine.ts";
import { skipConstant } from "./constant.ts";
import { type DataSegment, splitData } from "./data.ts";
import { appendBody, Helpers, type IndexSpaces } from "./helpers.ts";
import { readImports } from "./imports.ts";
import type { Marks } from "./marks.ts";
import { Meter } from "./meter.ts";
import { CODE, Entries, EXPORT, FUNCTION, GLOBAL, MEMORY, ModuleSections, TABLE, TYPE } from "./module.ts";
import { FUEL, GRANT, isReserved, memoryName, METER, REFUSED, RESTORE, SAVE, TICK, writtenName } from "./names.ts";
import { MarkedParts } from "./parts.ts";
import { type Twins, writeCopies, zero } from "./twins.ts";
import type { CodeFacts, Surroundings } from "./walk.ts";
import { Writer } from "./writer.ts";

/** What a module is prepared with. */
export interface PrepareOptions {
  /** The most bytes of each memory. */
  readonly memoryBytes: number;
  /**
   * Fuel that an instance begins with, below 2 ** 31: what its start function may use, before the host can give any.
   * Default 0.
   */
  readonly fuel?: number | undefined;
}

/** A core module that is confined, pays for what it runs, and can be set back. */
export interface PreparedModule {
  readonly code: Uint8Array;
  /** Data that is no longer in `code`: to be written, in this order, as soon as an instance is made. */
  readonly segments: readonly DataSegment[];
  /** How many memories it defines. */
  readonly memories: number;
  /** Whether it writes memories of other modules, whose marks say nothing of that. */
  readonly writesImported: boolean;
  /** Whether it has `FUEL`, `METER` and `TICK`. One that can neither loop nor call has not. */
  readonly metered: boolean;
  /** Whether it has `SAVE` and `RESTORE`. One without memories and globals that can change has not. */
  readonly saves: boolean;
  /** Why an instance cannot be set back by `RESTORE` and the bytes of its memories, or undefined where it can. */
  readonly notRestorable: string | undefined;
}

const FUNCTION_KIND = 0;
const TABLE_KIND = 1;
const MEMORY_KIND = 2;
const GLOBAL_KIND = 3;

const I32 = 0x7f;
const EXTERNAL_REFERENCE = 0x6f;
const FUNCTION_REFERENCE = 0x70;
const MUTABLE = 1;
const I32_CONST = 0x41;
const REF_NULL = 0xd0;
const END = 0x0b;

/**
 * Prepares a core module of a component once, when the component is loaded: confines what its instances can allocate,
 * has its code pay for what it runs, gives it functions that set its globals back, and takes its data apart from its
 * code. Throws `ComponentError` for one that is not valid or uses what this host does not offer.
 */
export function prepareModule(bytes: Uint8Array, { memoryBytes, fuel = 0 }: PrepareOptions): PreparedModule {
  // From here on no index and no length is wrong, and nothing refers to what is appended below.
  if (!WebAssembly.validate(bytes)) throw invalid(bytes);
  const sections = new ModuleSections(bytes);
  const imported = readImports(sections);
  const memories: number[] = [];
  const mutable = new Map<number, number>();
  const changed = new Set<number>();

  const arities: Arity[] = [];
  const types = sections.entries(TYPE, (reader) => void arities.push(functionType(reader)));
  const called = imported.functions.map((type) => arities[type] as Arity);
  const functions = sections.entries(FUNCTION, (reader) => void called.push(arities[reader.u32()] as Arity));
  const tables = sections.entries(TABLE, confineTable);
  sections.entries(MEMORY, (reader, out) => void memories.push(confineMemory(reader, out, memoryBytes)));
  let global = imported.globals;
  const globals = sections.entries(GLOBAL, (reader) => {
    const type = valueType(reader);
    if (reader.byte() === MUTABLE) mutable.set(global, type);
    skipConstant(reader);
    global++;
  });
  const exports = sections.entries(EXPORT, (reader) => {
    const name = reader.name();
    if (isReserved(name)) throw outside(`the name ${name}`);
    const kind = reader.byte();
    const index = reader.u32();
    if (kind === GLOBAL_KIND) changed.add(index);
  });

  const parts = new MarkedParts(imported.memories, memories.length, imported.globals + globals.count);
  parts.writeGlobals(() => globals.add());
  const own: IndexSpaces = {
    types: types.count,
    functions: called.length,
    tables: imported.tables + tables.count,
    globals: imported.globals + globals.count,
  };
  const helpers = new Helpers(own, parts);
  const { code, facts, marks } = meter(sections, bytes, {
    helpers,
    parts,
    hints: sections.hints,
    types: arities,
    functions: called,
    importedFunctions: imported.functions.length,
  });
  if (facts.metered) {
    helpers.append(types, functions, code);
    tables.add().put(FUNCTION_REFERENCE, 1, 2, 2);
    globals.add().put(I32, MUTABLE, I32_CONST).positive(fuel).put(END);
    globals.add().put(EXTERNAL_REFERENCE, MUTABLE, REF_NULL, EXTERNAL_REFERENCE, END);
    globals.add().put(I32, MUTABLE, I32_CONST, 0, END);
    globals.add().put(I32, MUTABLE, I32_CONST, 1, END);
    exports.add().name(GRANT).put(FUNCTION_KIND).u32(helpers.grantFunction);
    exports.add().name(REFUSED).put(FUNCTION_KIND).u32(helpers.refusedFunction);
    exports.add().name(FUEL).put(GLOBAL_KIND).u32(helpers.fuelGlobal);
    exports.add().name(METER).put(GLOBAL_KIND).u32(helpers.meterGlobal);
    exports.add().name(TICK).put(TABLE_KIND).u32(helpers.tickTable);
  }
  memories.forEach((_, index) => {
    exports
      .add()
      .name(memoryName(index))
      .put(MEMORY_KIND)
      .u32(imported.memories + index);
    exports
      .add()
      .name(writtenName(index))
      .put(FUNCTION_KIND)
      .u32(imported.functions.length + functions.count);
    functions.add().u32(types.count);
    const body = new Writer(16).put(0);
    parts.writeHalf(body, imported.memories + index);
    appendBody(code, body.put(END));
  });
  if (memories.length > 0) types.add().put(0x60, 1, I32, 1, I32);
  for (const written of facts.writtenGlobals) changed.add(written);
  const kept = [...mutable].filter(([index]) => changed.has(index));
  const saves = kept.length > 0 || memories.length > 0;
  if (saves) {
    const twins = kept.map(([index, type]): Twins => {
      const twin = imported.globals + globals.count;
      globals.add().put(type, MUTABLE, ...zero(type), END);
      return { global: index, twin };
    });
    for (const [name, from] of [
      [SAVE, "global"],
      [RESTORE, "twin"],
    ] as const) {
      exports
        .add()
        .name(name)
        .put(FUNCTION_KIND)
        .u32(imported.functions.length + functions.count);
      functions.add().u32(types.count);
      const body = new Writer(64).put(0);
      writeCopies(body, twins, from);
      if (from === "global") parts.writeBegin(body);
      parts.writeClear(body);
      appendBody(code, body.put(END));
    }
    types.add().put(0x60, 0, 0);
  }
  const segments = splitData(sections, facts, imported.memories, memories);
  return {
    code: sections.finish(),
    segments,
    memories: memories.length,
    writesImported: marks.writesImported,
    metered: facts.metered,
    saves,
    notRestorable: imported.mutableGlobal ? "it imports a global that can change" : reasonIn(facts),
  };
}

/** Goes over the code, once. */
function meter(
  sections: ModuleSections,
  bytes: Uint8Array,
  surroundings: Surroundings,
): { readonly code: Entries; readonly facts: CodeFacts; readonly marks: Marks } {
  const code = new Entries(bytes.length * 2);
  const walk = new Meter(bytes, code.content, surroundings);
  sections.entries(
    CODE,
    (reader) => {
      const size = reader.u32();
      const start = reader.offset;
      reader.take(size);
      walk.body(start, reader.offset);
    },
    code,
  );
  return { code, facts: walk.facts, marks: walk.marks };
}

function reasonIn(facts: CodeFacts): string | undefined {
  if (facts.writesTables) return "its code writes tables";
  return facts.dropsSegments ? "its code drops segments" : undefined;
}

function invalid(bytes: Uint8Array): ComponentError {
  let cause: unknown;
  try {
    void new WebAssembly.Module(bytes);
  } catch (error) {
    cause = error;
  }
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new ComponentError(`a core module of the component is not valid${why}`, { cause });
}
