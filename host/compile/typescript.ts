import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type BuildFailure, type Message } from "esbuild";
import type { Diagnostic } from "./diagnostic.ts";
import { ownFiles } from "./own-files.ts";
import { hookModules, LIBRARY_NAME, NAMESPACE, URL_MODULE } from "./hook-modules.ts";

/** A hook and all that it imports, as one script. */
export interface Bundle {
  /** An expression: a function that takes the guest library, runs the hook's modules and returns what the hook exports. */
  readonly text: string;
  /** JSON (ECMA-426). The sources are paths relative to the hook's folder, and null for what is not the hook's. */
  readonly sourceMap: string;
}

/** What became of a hook's source. */
export interface Bundling {
  /** Undefined where there are errors. */
  readonly bundle: Bundle | undefined;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

const ENTRY = "<entry>";

/** Bundles a hook in TypeScript. Types are not checked: that is for the editor and for tsc. */
export async function bundle(path: string): Promise<Bundling> {
  const folder = dirname(path);
  const diagnostics = (messages: readonly Message[]): Diagnostic[] => messages.map((one) => diagnosticOf(one, path));
  try {
    const { outputFiles, metafile, warnings } = await build({
      stdin: {
        contents: `export { run } from ${JSON.stringify(`./${basename(path)}`)};`,
        sourcefile: ENTRY,
        resolveDir: folder,
      },
      absWorkingDir: folder,
      outfile: join(folder, "bundle.js"),
      write: false,
      bundle: true,
      platform: "browser",
      format: "iife",
      globalName: "hook",
      target: "es2023",
      charset: "utf8",
      sourcemap: "external",
      sourcesContent: false,
      banner: { js: `((${LIBRARY_NAME}) => { "use strict";` },
      footer: { js: "return hook; })" },
      define: { "process.env.NODE_ENV": '"production"' },
      inject: [URL_MODULE],
      plugins: [hookModules, ownFiles(folder)],
      metafile: true,
      logLevel: "silent",
    });
    // A file that is no module has nothing to export, which the bundler lets pass.
    if (metafile.inputs[basename(path)]?.format === undefined) {
      return { bundle: undefined, errors: [noHandler(path)], warnings: [] };
    }
    const output = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text as string;
    const made = { text: output(".js"), sourceMap: withOwnSources(output(".js.map"), folder) };
    return { bundle: made, errors: [], warnings: diagnostics(warnings) };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    return { bundle: undefined, errors: diagnostics(errors), warnings: [] };
  }
}

/** The map with the paths of files as they are spelt, and without the names of what is not the hook's. */
function withOwnSources(text: string, folder: string): string {
  const { version, sources, mappings } = JSON.parse(text) as { version: 3; sources: string[]; mappings: string };
  const own = sources.map((source) => {
    const path = decodeURIComponent(source);
    return path === ENTRY || path.startsWith(`${NAMESPACE}:`) || resolve(folder, path) === URL_MODULE ? null : path;
  });
  return JSON.stringify({ version, sources: own, names: [], mappings });
}

function noHandler(path: string): Diagnostic {
  const message = "a hook exports its handler as: export function run(event) { … }";
  return { file: relative(process.cwd(), path), line: 0, column: 0, code: "HANDLER", message };
}

function diagnosticOf({ text, location, detail }: Message, path: string): Diagnostic {
  const code = typeof detail === "string" ? detail : "ESBUILD";
  if (location === null) return { file: relative(process.cwd(), path), line: 0, column: 0, code, message: text };
  const { file, line, column, lineText } = location;
  // The entry only takes `run` from the hook.
  if (file === ENTRY) return noHandler(path);
  return {
    file: relative(process.cwd(), resolve(dirname(path), file)),
    line,
    // esbuild counts bytes, editors count characters.
    column: Buffer.from(lineText).toString("utf8", 0, column).length + 1,
    code,
    message: text.replace(`"${NAMESPACE}:hook"`, "@backfill/http/hook"),
  };
}
