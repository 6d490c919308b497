import { BackfillError } from "../errors.ts";

/** One line of a compiler. */
export interface Diagnostic {
  /** The file, relative to where the command runs. */
  readonly file: string;
  /** Counted from 1; 0 where the compiler gave no place. */
  readonly line: number;
  /** Counted from 1; 0 where the compiler gave no place. */
  readonly column: number;
  /** The compiler's own code, as `TS2322`. */
  readonly code: string;
  readonly message: string;
}

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
