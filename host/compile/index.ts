/** `@backfill/http/compile`: builds hooks from source. Apart from the runtime, which needs no compiler. */

export { buildAdapter, buildServe } from "./adapter.ts";
export { CompileError, formatDiagnostic, type Diagnostic } from "./diagnostic.ts";
export { buildHook, type BuildOptions, type BuiltHook } from "./hook.ts";
export { LANGUAGES, type Language } from "./language.ts";
