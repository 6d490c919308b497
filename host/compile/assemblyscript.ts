import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import asc from "assemblyscript/asc";
import { packageRoot } from "../package-root.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** What the compiler made of a program. */
export interface Compilation {
  /** Undefined where there are errors. */
  readonly core: Uint8Array | undefined;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** What to compile. */
export interface CompileRequest {
  /** The folder that `entry` and every relative import start from. */
  readonly folder: string;
  /** The entry file, relative to `folder`. */
  readonly entry: string;
  /** The entry's text where no such file exists on disk. */
  readonly entryText?: string;
  /** This package's `assembly` folder, as the compiler names it: files under two names would be two. */
  readonly library: string;
  /** The function that takes the place of `abort`, in `library`. */
  readonly abort: string;
  /** The function that takes the place of `seed`, likewise. */
  readonly seed?: string;
  /** Exports whose names the language cannot spell, each with the exported function that takes the name. */
  readonly exports?: ReadonlyMap<string, string>;
  /** More options of the compiler: tests make it collect at every allocation. */
  readonly options?: readonly string[];
}

/** Stands for this package's own asconfig.json, so that one beside the hook changes nothing. */
const CONFIG = "backfill.asconfig.json";
const PACKAGES = ["node_modules/@backfill/http/", "~lib/@backfill/http/"] as const;
const CATEGORY_ERROR = 3;
const CATEGORY_WARNING = 2;
/** "Expression resolves to unusual type 'usize'": what a bare `null` argument of a generic method gives. */
const NULL_ARGUMENT = "226";

/**
 * Compiles AssemblyScript to a core module. `@backfill/http/assembly` is always this package's own library,
 * wherever the program lies, so that library and host cannot differ in version.
 */
export async function compile(request: CompileRequest): Promise<Compilation> {
  const { folder, entry } = request;
  const diagnostics: Diagnostic[] = [];
  const pending: Promise<void>[] = [];
  let core: Uint8Array | undefined;

  const readSource = async (name: string): Promise<string | null> => {
    if (name === entry && request.entryText !== undefined) return request.entryText;
    const file = name === CONFIG ? join(packageRoot, "asconfig.json") : (ownFile(name) ?? resolve(folder, name));
    return readFile(file, "utf8").catch(() => null);
  };
  const report = async (raw: RawDiagnostic): Promise<void> => {
    if (raw.category !== CATEGORY_ERROR && raw.category !== CATEGORY_WARNING) return;
    if (raw.category === CATEGORY_WARNING && String(raw.code) === NULL_ARGUMENT) return;
    const path = raw.range?.source?.normalizedPath;
    const at = path === undefined ? undefined : await position(path, raw.range?.start ?? 0, readSource);
    diagnostics.push({
      file: path === undefined ? entry : displayPath(folder, path),
      line: at?.line ?? 0,
      column: at?.column ?? 0,
      code: `${raw.category === CATEGORY_ERROR ? "TS" : "AS"}${raw.code}`,
      message: raw.message,
    });
  };

  const options = [
    "--outFile",
    "core.wasm",
    "--baseDir",
    folder,
    "--config",
    CONFIG,
    "--runtime",
    `${request.library}/abi/runtime/index`,
    "--use",
    `abort=${request.library}/${request.abort}`,
    ...(request.options ?? []),
  ];
  if (request.seed !== undefined) options.push("--use", `seed=${request.library}/${request.seed}`);

  const { error, stderr } = await asc.main([entry, ...options], {
    readFile: readSource,
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (typeof contents !== "string") core = contents;
    },
    listFiles: () => [],
    reportDiagnostic: (raw: unknown) => {
      pending.push(report(raw as RawDiagnostic));
    },
    transforms: request.exports === undefined ? [] : [renameExports(request.exports)],
  } as unknown as Parameters<typeof asc.main>[1]);
  await Promise.all(pending);

  const errors = diagnostics.filter((diagnostic) => diagnostic.code.startsWith("TS"));
  const warnings = diagnostics.filter((diagnostic) => !diagnostic.code.startsWith("TS"));
  if (error !== null && errors.length === 0) {
    const message = `${error.message}\n${stderr.toString()}`.trim();
    return { core: undefined, errors: [{ file: entry, line: 0, column: 0, code: "ASC", message }], warnings };
  }
  return { core: error === null ? core : undefined, errors, warnings };
}

interface RawDiagnostic {
  readonly message: string;
  readonly code: number;
  readonly category: number;
  readonly range: { readonly start: number; readonly source: { readonly normalizedPath: string } | null } | null;
}

/** The file of this package that the compiler asks for, or undefined for any other. */
function ownFile(name: string): string | undefined {
  const path = name.replaceAll("\\", "/");
  for (const folder of PACKAGES) {
    const at = path.lastIndexOf(folder);
    if (at >= 0) return join(packageRoot, path.slice(at + folder.length));
  }
  return undefined;
}

function displayPath(folder: string, path: string): string {
  return path.startsWith("~lib/") ? path : relative(process.cwd(), resolve(folder, path));
}

async function position(
  path: string,
  offset: number,
  readSource: (name: string) => Promise<string | null>,
): Promise<{ line: number; column: number } | undefined> {
  const text = await readSource(path.startsWith("~lib/") ? `node_modules/${path.slice("~lib/".length)}` : path);
  if (text === null) return undefined;
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

interface BinaryenModule {
  getExport(name: string): number;
  removeExport(name: string): void;
  addFunctionExport(internalName: string, externalName: string): number;
}

interface Binaryen {
  getExportInfo(ref: number): { readonly value: string };
}

/** A compiler pass: the language has no spelling for an export such as `backfill:http/client@0.1.0#get`. */
function renameExports(names: ReadonlyMap<string, string>): new () => object {
  return class {
    declare binaryen: Binaryen;

    afterCompile(module: BinaryenModule): void {
      for (const [name, spelt] of names) {
        module.addFunctionExport(this.binaryen.getExportInfo(module.getExport(spelt)).value, name);
      }
      for (const spelt of new Set(names.values())) module.removeExport(spelt);
    }
  };
}
