import { basename, dirname, relative } from "node:path";
import { compile } from "./assemblyscript.ts";
import { componentize } from "./componentize.ts";
import { CompileError, type Diagnostic } from "./diagnostic.ts";
import type { HookBuild } from "./hook.ts";

const ENTRY = "backfill-entry.ts";
const LIBRARY = "~lib/@backfill/http/assembly";

/** Builds a hook in AssemblyScript. Throws `CompileError` with every place where it is wrong. */
export async function buildAssemblyScript(path: string, options: readonly string[]): Promise<HookBuild> {
  const file = relative(process.cwd(), path);
  const name = basename(path).replace(/\.ts$/, "");
  const { core, errors, warnings } = await compile({
    folder: dirname(path),
    entry: ENTRY,
    entryText: entryOf(name),
    library: LIBRARY,
    abort: "abi/abort/abort",
    seed: "abi/abort/seed",
    options,
  });
  if (core === undefined) throw new CompileError(explain(errors, file));
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

/**
 * The errors in the words of the hook's author: with what to write in place of what the compiler could not read, and
 * without places in this package, where there is nothing for a person to mend.
 */
function explain(errors: readonly Diagnostic[], file: string): Diagnostic[] {
  const own = errors.filter((error) => !error.file.endsWith(ENTRY) && !error.file.startsWith(LIBRARY));
  if (own.length > 0) return own.map(withHint);
  // What the library itself says of a misuse comes with a string of the errors that follow from it.
  const said = errors.find(({ message }) => message.startsWith(USER_DEFINED)) ?? errors[0];
  if (said === undefined) return [];
  const why = said.message.startsWith(USER_DEFINED) ? said.message.slice(USER_DEFINED.length) : said.message;
  const message = said.file.endsWith(ENTRY) ? `${HANDLER} (the compiler says: ${why})` : why;
  return [{ file, line: 0, column: 0, code: said.code, message }];
}

const USER_DEFINED = "User-defined: ";

function withHint(error: Diagnostic): Diagnostic {
  const hint = HINTS.find(([part]) => error.message.includes(part))?.[1];
  return hint === undefined ? error : { ...error, message: `${error.message} ${hint}` };
}

const HANDLER = "a hook exports its handler as: export function run(event: Json): Json { … }";

const NO_LITERALS =
  'AssemblyScript has no object literals without a class: write Json.object().set("name", value) for JSON, and headers: [["Name", "value"]].';

/** Parts of the compiler's messages that stand for what AssemblyScript lacks. */
const HINTS: readonly (readonly [part: string, hint: string])[] = [
  ["abstract class", NO_LITERALS],
  ["declare a constructor when instantiated from an object literal", NO_LITERALS],
];

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
