/** `@backfill/http/compile`: builds hooks from source. Apart from the runtime, which needs no compiler. */

export { CompileError, buildHook, formatDiagnostic, type BuiltHook } from "./hook.ts";
export type { Diagnostic } from "./assemblyscript.ts";
