import { Option } from "commander";
import type { BuiltHook } from "../compile/hook.ts";
import { LANGUAGES, type Language } from "../compile/language.ts";
import { warn } from "./output.ts";
import { readInput } from "./setup.ts";

/** Builds a hook and prints the compiler's warnings. Throws `CompileError`. */
export async function buildSource(file: string, language?: Language): Promise<BuiltHook> {
  // The compiler takes longer to load than most commands to run.
  const { buildHook, formatDiagnostic } = await import("../compile/index.ts");
  const built = await buildHook(file, { language });
  warn(built.warnings.map(formatDiagnostic));
  return built;
}

/** The component in a file, or of a hook that is built first. Throws `CompileError` and `BackfillError`. */
export async function componentOf(file: string, language?: Language): Promise<Uint8Array> {
  return file.endsWith(".ts") ? (await buildSource(file, language)).component : readInput(file);
}

/** `--language`, of every command that builds. */
export function languageOption(): Option {
  return new Option(
    "--language <language>",
    "the hook's language (default: that of the library it imports, @backfill/http/hook or @backfill/http/assembly)",
  ).choices(LANGUAGES);
}
