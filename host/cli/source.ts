import { Option } from "commander";
import type { BuildOptions, BuiltHook } from "../compile/hook.ts";
import { LANGUAGES } from "../compile/language.ts";
import { warn } from "./output.ts";
import { readInput } from "./setup.ts";

/** Builds a hook and prints the compiler's warnings. Throws `CompileError`. */
export async function buildSource(file: string, options: Omit<BuildOptions, "compilerOptions">): Promise<BuiltHook> {
  // The compiler takes longer to load than most commands to run.
  const { buildHook, formatDiagnostic } = await import("../compile/index.ts");
  const built = await buildHook(file, options);
  warn(built.warnings.map(formatDiagnostic));
  return built;
}

/** The component in a file, or of a hook that is built first. Throws `CompileError` and `BackfillError`. */
export async function componentOf(file: string, options: Omit<BuildOptions, "compilerOptions">): Promise<Uint8Array> {
  return file.endsWith(".ts") ? (await buildSource(file, options)).component : readInput(file);
}

/** `--language`, of every command that builds. */
export function languageOption(): Option {
  return new Option(
    "--language <language>",
    "the hook's language (default: that of the library it imports, @backfill/http/hook or @backfill/http/assembly)",
  ).choices(LANGUAGES);
}
