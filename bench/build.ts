import { createHash } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { build } from "esbuild";
import { compile } from "../host/compile/assemblyscript.ts";
import { buildHook, type Language } from "../host/compile/index.ts";
import { packageRoot } from "../host/package-root.ts";
import type { PeerName } from "./peers/list.ts";

type TranspilationOptions = Parameters<typeof transpileBytes>[1];

const SOURCES = import.meta.dirname;
const COMPONENTIZE: string = "@bytecodealliance/componentize-js";
const WASI_WORLD = "package bench:guest; world guest { export run: func(url: string, upload: s32) -> u32; }";
const JSPI = ["backfill:http/outbound@0.1.0#send"];

/** Builds what these peers run into the folder: hooks, guests, and the processes as plain JavaScript. Without optimisation it takes less time. */
export async function buildAll(folder: string, peers: readonly PeerName[], optimize: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const has = (...names: readonly PeerName[]): boolean => names.some((name) => peers.includes(name));
  await processes(folder);
  if (has("backfill", "jco")) await hook(folder, "call.ts", "backfill.wasm", optimize);
  if (has("backfill")) await hook(folder, "spin.ts", "backfill-spin.wasm", optimize);
  if (has("backfill-typescript")) {
    await hook(folder, "typescript/call.ts", "backfill-typescript.wasm", optimize);
    await hook(folder, "typescript/spin.ts", "backfill-typescript-spin.wasm", optimize, "typescript");
  }
  if (has("jco")) {
    const options: TranspilationOptions = {
      name: "hook",
      asyncMode: "jspi",
      asyncImports: JSPI,
      asyncExports: ["run"],
    };
    await transpile(await readFile(join(folder, "backfill.wasm")), join(folder, "jco"), options);
  }
  if (has("worker")) await guest(folder, "worker");
  if (has("extism")) await guest(folder, "extism");
  if (has("wasi-http")) await wasiGuest(join(folder, "wasi-http"));
}

/** The processes start as a built program does, without stripping of types; a peer's module is loaded when it is asked for. */
async function processes(folder: string): Promise<void> {
  await build({
    entryPoints: ["measured", "server", "start", "thread"].map((name) => join(SOURCES, "process", `${name}.ts`)),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node26",
    packages: "external",
    logLevel: "warning",
  });
}

async function hook(
  folder: string,
  source: string,
  file: string,
  optimize: boolean,
  language?: Language,
): Promise<void> {
  const { component } = await buildHook(join(SOURCES, "hooks", source), { optimize, language });
  await writeFile(join(folder, file), component);
}

async function guest(folder: string, name: string): Promise<void> {
  const entry = `bench/guests/${name}.ts`;
  const { core, errors } = await compile({ folder: packageRoot, entry, library: "assembly", abort: "abi/trap/trap" });
  if (core === undefined) throw new Error(errors.map(({ message }) => message).join("\n"));
  await writeFile(join(folder, `${name}.wasm`), core);
}

async function transpile(component: Uint8Array, folder: string, options: TranspilationOptions): Promise<void> {
  const { files } = await transpileBytes(component, { instantiation: "async", outDir: "", ...options });
  for (const [name, bytes] of Object.entries(files)) {
    if (!/\.(wasm|js)$/.test(name)) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

interface Componentize {
  componentize(source: string, world: string): Promise<{ readonly component: Uint8Array }>;
}

/** It takes ten seconds to make, and is kept till its source changes. */
async function wasiGuest(folder: string): Promise<void> {
  const source = await readFile(join(SOURCES, "guests", "wasi-http.js"), "utf8");
  const lock = await readFile(join(SOURCES, "package-lock.json"), "utf8");
  const key = createHash("sha256").update(source).update(WASI_WORLD).update(lock).digest("hex").slice(0, 16);
  const kept = join(SOURCES, "node_modules", ".cache", "backfill-bench", key);
  const isKept = await readFile(join(kept, "done")).then(
    () => true,
    () => false,
  );
  if (!isKept) {
    const { componentize } = (await import(COMPONENTIZE)) as Componentize;
    const { component } = await componentize(source, WASI_WORLD);
    await transpile(component, kept, { name: "guest" });
    await writeFile(join(kept, "done"), "");
  }
  await cp(kept, folder, { recursive: true });
}
