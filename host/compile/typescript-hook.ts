import { relative } from "node:path";
import { CompileError } from "./diagnostic.ts";
import { BundleError, putInEngine } from "./engine.ts";
import type { HookBuild } from "./hook.ts";
import { bundle } from "./typescript.ts";

/** A source map that is larger is left out: the places of errors are then those of the bundle. */
const SOURCE_MAP_LIMIT = 8 * 1024 * 1024;

/** Builds a hook in TypeScript. Throws `CompileError` with every place where it is wrong. */
export async function buildTypeScript(path: string): Promise<HookBuild> {
  const { bundle: made, errors, warnings } = await bundle(path);
  if (made === undefined) throw new CompileError(errors);
  const { text, sourceMap } = made;
  try {
    return { ...(await putInEngine(text, sourceMap.length > SOURCE_MAP_LIMIT ? "" : sourceMap)), warnings };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new CompileError([
      { file: relative(process.cwd(), path), line: 0, column: 0, code: "ENGINE", message: error.message },
    ]);
  }
}
