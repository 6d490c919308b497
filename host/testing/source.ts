import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** An import of another file of the hook's own. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*["'](\.{1,2}\/[^"']+)["']/g;

const built: Map<string, Promise<Uint8Array>> = new Map();

/**
 * The component that a test is of: a file or its bytes, or a hook's source, which is built once a process for as long
 * as neither it nor a file that it imports has changed. Throws `CompileError` and `BackfillError`.
 */
export async function componentFor(source: string | URL | Uint8Array): Promise<string | URL | Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const path = source instanceof URL ? fileURLToPath(source) : resolve(source);
  if (!path.endsWith(".ts")) return source;
  const key = `${path} ${await fingerprint(path)}`;
  let component = built.get(key);
  if (component === undefined) {
    component = build(path);
    built.set(key, component);
    component.catch(() => built.delete(key));
  }
  return component;
}

/** The compiler is loaded by tests of sources alone. */
async function build(path: string): Promise<Uint8Array> {
  const { buildHook } = await import("../compile/hook.ts");
  return (await buildHook(path, { optimize: false })).component;
}

/** Of the source and of every file it leads to. */
async function fingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  const paths = new Set([path]);
  for (const file of paths) {
    // What is not there is for the compiler to tell.
    const text = await readFile(file, "utf8").catch(() => "");
    hash.update(`${file}\0${text}\0`);
    for (const [, to = ""] of text.matchAll(RELATIVE_IMPORT)) {
      const target = resolve(dirname(file), to.replace(/\.ts$/, ""));
      paths.add(`${target}.ts`).add(resolve(target, "index.ts"));
    }
  }
  return hash.digest("hex");
}
