// Makes one core module of those that componentize-qjs links with one another, with no import but `backfill:http`.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import type { Reader } from "../../host/runtime/reader.ts";
import { leb, rewriteSections, sectionFrom, sectionsOf } from "../../host/runtime/sections.ts";

const run = promisify(execFile);
const tools = join(dirname(createRequire(import.meta.url).resolve("binaryen/package.json")), "bin");

// Sections of a component, then of a core module.
const CORE_MODULE = 1;
const COMPONENT = 4;
const CUSTOM = 0;
const IMPORTS = 2;
const GLOBALS = 6;
const EXPORTS = 7;

/** The parts to link, by the names that they import one another by. */
const PARTS = {
  /** Memory, table and their places, with the snapshot of the engine that has run the library. */
  main: { marker: "__heap_base", library: "", hides: /^(cabi_realloc|wasi_snapshot_preview1:.*)$/ },
  /** The engine. */
  engine: {
    marker: "wit_dylib_export_call",
    library: "componentize_qjs_runtime.wasm",
    hides: /^(cabi_post_)?init$|^__/,
  },
  /** The contract's types, as the engine reads and writes them. */
  bindings: { marker: "cabi_post_run", library: "wit-dylib.wasm", hides: /^(cabi_realloc|__.*)$/ },
} as const;

/** What the linked module gives out. */
const GIVEN = ["memory", "cabi_realloc", "run", "cabi_post_run", "compile", "cabi_post_compile"];

/** Links the modules of a component of componentize-qjs with `glue`, the text of engine.wat. */
export async function linkEngine(component: Uint8Array, glue: string): Promise<Uint8Array> {
  const modules = coreModules(component);
  const parts = Object.entries(PARTS).map(([name, part]): [string, Uint8Array] => {
    const module = modules.find((one) => exportsOf(one).includes(part.marker));
    if (module === undefined) throw new Error(`the component has no module with the export ${part.marker}`);
    return [name, withNames(module, (from, item) => sourceOf(from, item, part.library), part.hides)];
  });
  const main = parts[0]?.[1] as Uint8Array;
  const allocator = globalValue(main, `${PARTS.engine.library}:cabi_realloc`);
  parts.push(["glue", await parse(glue.replace("{allocator}", String(allocator)))]);
  const linked = await merge(parts);
  const foreign = WebAssembly.Module.imports(new WebAssembly.Module(linked)).filter(
    ({ module }) => !module.startsWith("backfill:http/") || module.includes("/engine@"),
  );
  if (foreign.length > 0) throw new Error(`the engine still imports ${JSON.stringify(foreign)}`);
  return linked;
}

/** Which part and export fill an import. */
function sourceOf(from: string, name: string, library: string): [part: string, name: string] {
  if (from === "env" && ["memory", "__indirect_function_table", "__stack_pointer"].includes(name))
    return ["main", name];
  if (from === "env" && name === "__memory_base") return ["main", `${library}:memory_base`];
  if (from === "env" && name === "__table_base") return ["main", `${library}:table_base`];
  if (from === "env") return ["engine", name];
  if (from === "GOT.func") return ["main", `${library}:${name}`];
  if (from === "GOT.mem") return ["main", name];
  const [interfaceName = from] = from.split("@");
  if (interfaceName === "backfill:http/engine") return ["glue", `engine ${name}`];
  return interfaceName.startsWith("backfill:http/") ? [from, name] : ["glue", `${interfaceName} ${name}`];
}

/** The core modules of the component within the component that has the most. */
function coreModules(component: Uint8Array): Uint8Array[] {
  const inner = [...sectionsOf(component)].filter(({ id }) => id === COMPONENT).map(({ body }) => rest(body));
  const modules = inner.map((one) =>
    [...sectionsOf(one)].filter(({ id }) => id === CORE_MODULE).map(({ body }) => rest(body)),
  );
  return modules.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function exportsOf(module: Uint8Array): string[] {
  return WebAssembly.Module.exports(new WebAssembly.Module(module)).map(({ name }) => name);
}

/** The module with its imports under other names, and without those exports that other parts have too. */
function withNames(
  module: Uint8Array,
  rename: (from: string, name: string) => [from: string, name: string],
  hides: RegExp,
): Uint8Array {
  return rewriteSections(module, ({ id, body }) => {
    if (id === IMPORTS) {
      const imports = body.vector(() => {
        const names = rename(body.name(), body.name());
        return Buffer.concat([...names.map(nameBytes), copied(body, importType)]);
      });
      return sectionFrom(IMPORTS, leb(imports.length), ...imports);
    }
    return id === EXPORTS ? exportSection(body, (name) => !hides.test(name)) : undefined;
  });
}

function exportSection(body: Reader, gives: (name: string) => boolean): Uint8Array {
  const kept = body.vector((): [boolean, Uint8Array] => {
    const name = body.name();
    const item = copied(body, () => [body.byte(), body.u32()]);
    return [gives(name), Buffer.concat([nameBytes(name), item])];
  });
  const given = kept.flatMap(([gives, bytes]) => (gives ? [bytes] : []));
  return sectionFrom(EXPORTS, leb(given.length), ...given);
}

/** Reads past the type of an import: a function, a table, a memory or a global. */
function importType(reader: Reader): void {
  const kind = reader.byte();
  if (kind === 0) reader.u32();
  if (kind === 1 || kind === 3) reader.byte();
  if (kind === 3) reader.byte();
  if (kind === 1 || kind === 2) {
    const bounded = reader.byte() === 1;
    reader.u32();
    if (bounded) reader.u32();
  }
}

/** The value that an exported global starts with; all of them are an `i32.const`. */
function globalValue(module: Uint8Array, name: string): number {
  const sections = [...sectionsOf(module)];
  const read = <T>(id: number, item: (body: Reader) => T): T[] => {
    const body = sections.find((one) => one.id === id)?.body;
    return body === undefined ? [] : body.vector(() => item(body));
  };
  const exported = read(EXPORTS, (body) => ({ name: body.name(), kind: body.byte(), index: body.u32() }));
  const values = read(GLOBALS, (body) => {
    body.take(3);
    const value = body.u32();
    body.byte();
    return value;
  });
  const value = values[exported.find((one) => one.name === name)?.index ?? -1];
  if (value === undefined) throw new Error(`the component has no global ${name}`);
  return value;
}

async function merge(parts: readonly [name: string, module: Uint8Array][]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-engine-"));
  const file = (name: string): string => join(folder, `${name}.wasm`);
  try {
    // The glue comes first, so that its segment is segment 0.
    const order = parts.toReversed();
    for (const [name, module] of order) await writeFile(file(name), module);
    const inputs = order.flatMap(([name]) => [file(name), name]);
    await binaryen("wasm-merge", ...inputs, "-o", file("merged"), "--all-features");
    const merged = rewriteSections(await readFile(file("merged")), ({ id, body }) => {
      if (id === CUSTOM) return new Uint8Array(0);
      return id === EXPORTS ? exportSection(body, (name) => GIVEN.includes(name)) : undefined;
    });
    await writeFile(file("given"), merged);
    await binaryen(
      "wasm-opt",
      file("given"),
      "-o",
      file("linked"),
      "--all-features",
      "--remove-unused-module-elements",
    );
    return await readFile(file("linked"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function binaryen(tool: string, ...parameters: string[]): Promise<void> {
  await run(process.execPath, [join(tools, tool), ...parameters]);
}

function nameBytes(name: string): Uint8Array {
  const bytes = Buffer.from(name);
  return Buffer.concat([Uint8Array.from(leb(bytes.length)), bytes]);
}

function copied(reader: Reader, read: (reader: Reader) => unknown): Uint8Array {
  const start = reader.offset;
  read(reader);
  return reader.bytes.subarray(start, reader.offset);
}

function rest(reader: Reader): Uint8Array {
  return reader.take(reader.end - reader.offset);
}
