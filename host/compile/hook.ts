import { readFile, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BackfillError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { languageOf, type Language } from "./language.ts";

/** What a compiler makes of a hook. */
export interface HookBuild {
  /** The component, of world `linked-hook` (AssemblyScript) or `hook` (TypeScript). */
  readonly component: Uint8Array;
  /** The size of its core module in bytes. */
  readonly coreSize: number;
  readonly warnings: readonly Diagnostic[];
}

/** A built hook. */
export interface BuiltHook extends HookBuild {
  readonly language: Language;
}

/** How to build a hook. */
export interface BuildOptions {
  /** Default: that of the library which the hook imports, `@backfill/http/hook` or `@backfill/http/assembly`. */
  readonly language?: Language | undefined;
  /** False for development: a hook in AssemblyScript builds ten times as fast, is larger and runs slower. Default true. */
  readonly optimize?: boolean | undefined;
  /** More options of the AssemblyScript compiler. */
  readonly compilerOptions?: readonly string[] | undefined;
}

/** Builds a hook from its source. Throws `CompileError` with every place where it is wrong. */
export async function buildHook(
  source: string | URL,
  { language, optimize = true, compilerOptions = [] }: BuildOptions = {},
): Promise<BuiltHook> {
  const path = source instanceof URL ? fileURLToPath(source) : resolve(source);
  const file = relative(process.cwd(), path);
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new BackfillError("BACKFILL_NO_FILE", `${file}: there is no such file`);
  }
  const chosen = language ?? languageOf(await readFile(path, "utf8"), file);
  const options = optimize ? compilerOptions : [...UNOPTIMIZED, ...compilerOptions];
  return { language: chosen, ...(await build(chosen, path, options)) };
}

const UNOPTIMIZED = ["--optimizeLevel", "0", "--shrinkLevel", "0"] as const;

/** A compiler takes longer to load than a hook takes to build, so only the one that is needed is loaded. */
async function build(language: Language, path: string, compilerOptions: readonly string[]): Promise<HookBuild> {
  if (language === "typescript") return (await import("./typescript-hook.ts")).buildTypeScript(path);
  return (await import("./assemblyscript-hook.ts")).buildAssemblyScript(path, compilerOptions);
}
