// Builds the engine of TypeScript hooks: QuickJS in which the library has run, as a component of world `hook` that waits
// for a bundle (host/compile/engine.ts puts it in).
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { componentize } from "componentize-qjs";
import { build, type BuildOptions } from "esbuild";
import { readWit } from "../../host/compile/wit.ts";
import { packageRoot } from "../../host/package-root.ts";
import { linkEngine } from "./link.ts";

const SDK = join(packageRoot, "sdk", "typescript");
const CACHE = join(packageRoot, "node_modules", ".cache", "backfill");

/** The engine, from the cache where nothing that goes into it has changed: linking it takes ten times what all else does. */
export async function buildEngine(): Promise<Uint8Array> {
  const library = await bundleLibrary();
  const wit = await readWit();
  const own = await Promise.all((await readdir(import.meta.dirname)).toSorted().map((file) => readOwn(file)));
  const lock = await readFile(join(packageRoot, "package-lock.json"), "utf8");
  const hash = createHash("sha256");
  for (const text of [library, wit, ...own, lock]) hash.update(text).update("\0");
  const cached = join(CACHE, `engine-${hash.digest("hex").slice(0, 32)}.wasm`);
  const found = await readFile(cached).catch(() => undefined);
  if (found !== undefined) return found;
  const engine = await makeEngine(library, wit);
  await mkdir(CACHE, { recursive: true });
  // Another build may be reading it.
  await writeFile(`${cached}.${process.pid}`, engine);
  await rename(`${cached}.${process.pid}`, cached);
  return engine;
}

async function makeEngine(library: string, wit: string): Promise<Uint8Array> {
  const component = await componentizeLibrary(library, `${wit}\n${await readOwn("engine.wit")}`);
  const core = await linkEngine(component, await readOwn("engine.wat"));
  const embedded = await componentEmbed({ binary: core, witSource: wit, world: "hook", stringEncoding: "utf8" });
  return componentNew(embedded, []);
}

/** The library of the guest and the globals it gives, as one module. */
function bundleLibrary(): Promise<string> {
  return bundle("engine/entry.ts", { external: ["backfill:*"] });
}

/** `URL` and `URLSearchParams`, for the hooks that name one of them. */
export function bundleUrl(): Promise<string> {
  return bundle("web/url.ts", { alias: { tr46: join(SDK, "web", "idna.ts") } });
}

async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [join(SDK, entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2023",
    minifyWhitespace: true,
    logLevel: "warning",
  });
  return outputFiles?.[0]?.text as string;
}

async function componentizeLibrary(library: string, wit: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-wit-"));
  try {
    await writeFile(join(folder, "backfill.wit"), wit);
    const { component } = await componentize({ witPath: folder, world: "engine-hook", jsSource: library, sync: true });
    return component;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readOwn(file: string): Promise<string> {
  return readFile(join(import.meta.dirname, file), "utf8");
}
