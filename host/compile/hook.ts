import { stat } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BackfillError } from "../errors.ts";
import { compile, type Diagnostic } from "./assemblyscript.ts";
import { componentize } from "./componentize.ts";

/** A hook that does not compile: `diagnostics` say where and why. */
export class CompileError extends BackfillError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super("BACKFILL_COMPILE", diagnostics.map(formatDiagnostic).join("\n"));
    this.diagnostics = diagnostics;
  }
}

/** `file:line:column: message (code)`, as editors and terminals make it a link. */
export function formatDiagnostic({ file, line, column, code, message }: Diagnostic): string {
  return `${line === 0 ? file : `${file}:${line}:${column}`}: ${message} (${code})`;
}

/** A built hook. */
export interface BuiltHook {
  /** The component, of world `linked-hook`. */
  readonly component: Uint8Array;
  /** The size of its core module in bytes. */
  readonly coreSize: number;
  readonly warnings: readonly Diagnostic[];
}

const ENTRY = "backfill-entry.ts";
const LIBRARY = "~lib/@backfill/http/assembly";

/** Builds an AssemblyScript hook. Throws `CompileError` with every place where it is wrong. `options` are the compiler's. */
export async function buildHook(source: string | URL, options: readonly string[] = []): Promise<BuiltHook> {
  const path = source instanceof URL ? fileURLToPath(source) : resolve(source);
  const file = relative(process.cwd(), path);
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new BackfillError("BACKFILL_NO_FILE", `${file}: there is no such file`);
  }
  const name = basename(path).replace(/\.ts$/, "");
  const { core, errors, warnings } = await compile({
    folder: dirname(path),
    entry: ENTRY,
    entryText: entryOf(name),
    abort: `${LIBRARY}/abi/abort/abort`,
    seed: `${LIBRARY}/abi/abort/seed`,
    options,
  });
  if (core === undefined) throw new CompileError(errors.map((error) => explain(error, file)));
  refuseForeignImports(core, file);
  return { component: await componentize(core, "linked-hook"), coreSize: core.length, warnings };
}

function entryOf(hook: string): string {
  return `import { run as hook } from "./${hook}";
import { handle } from "@backfill/http/assembly/abi/hook";
export { cabi_realloc } from "@backfill/http/assembly/abi/memory";
import { abort, seed } from "@backfill/http/assembly/abi/abort";
export function run(event: usize, eventLength: u32): usize {
  return handle(hook, event, eventLength);
}
`;
}

/** The generated entry is no place for a person to look. */
function explain(error: Diagnostic, file: string): Diagnostic {
  if (!error.file.endsWith(ENTRY)) return error;
  if (!error.message.includes("'run'")) return { ...error, file, line: 0, column: 0 };
  const message = "a hook exports its handler: export function run(event: Json): Json { … }";
  return { file, line: 0, column: 0, code: error.code, message };
}

/** What the language would take from a browser or from Node is not there. Found here, it has a name. */
function refuseForeignImports(core: Uint8Array, file: string): void {
  const foreign = WebAssembly.Module.imports(new WebAssembly.Module(core)).filter(
    (item) => !item.module.startsWith("backfill:http/"),
  );
  if (foreign.length === 0) return;
  const diagnostics = foreign.map(({ module, name }) => {
    const instead = INSTEAD.get(name.split(".")[0] ?? "");
    const message = `${module}.${name} does not exist in a sandbox${instead === undefined ? "" : `; use ${instead}`}`;
    return { file, line: 0, column: 0, code: "IMPORT", message };
  });
  throw new CompileError(diagnostics);
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["console", "Log"],
  ["Date", "Clock.now()"],
  ["crypto", "Random"],
  ["performance", "Clock.now()"],
]);
