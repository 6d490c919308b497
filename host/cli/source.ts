import type { BuiltHook } from "../compile/hook.ts";
import { warn } from "./output.ts";

/** Builds an AssemblyScript hook and prints the compiler's warnings. Throws `CompileError`. */
export async function buildSource(file: string): Promise<BuiltHook> {
  // The compiler takes longer to load than most commands to run.
  const { buildHook, formatDiagnostic } = await import("../compile/hook.ts");
  const built = await buildHook(file);
  warn(built.warnings.map(formatDiagnostic));
  return built;
}
