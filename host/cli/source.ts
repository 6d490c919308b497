import type { BuiltHook } from "../compile/hook.ts";
import { warn } from "./output.ts";
import { readInput } from "./setup.ts";

/** Builds an AssemblyScript hook and prints the compiler's warnings. Throws `CompileError`. */
export async function buildSource(file: string): Promise<BuiltHook> {
  // The compiler takes longer to load than most commands to run.
  const { buildHook, formatDiagnostic } = await import("../compile/hook.ts");
  const built = await buildHook(file);
  warn(built.warnings.map(formatDiagnostic));
  return built;
}

/** The component in a file, or of a hook that is built first. Throws `CompileError` and `BackfillError`. */
export async function componentOf(file: string): Promise<Uint8Array> {
  return file.endsWith(".ts") ? (await buildSource(file)).component : readInput(file);
}
