// Makes a component of what the Go compiler has made: node component.mjs core.wasm hook.wasm
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const wit = join(import.meta.dirname, "..", "..", "wit");
const adapter = join(import.meta.dirname, "wasi", "adapter.wat");
const merge = createRequire(join(process.cwd(), "package.json")).resolve("binaryen/bin/wasm-merge");
const FEATURES = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"];

const [core, component] = process.argv.slice(2);
if (component === undefined) throw new Error("usage: node component.mjs core.wasm hook.wasm");

const binary = withWasi(core);
const embedded = await componentEmbed({ binary, witSource: worlds(), world: "hook", stringEncoding: "utf8" });
writeFileSync(component, await componentNew(embedded, []));

/** The module with the adapter in it, which has WASI preview 1 on the imports of the world. */
function withWasi(module) {
  const folder = mkdtempSync(join(tmpdir(), "backfill-go-"));
  try {
    const merged = join(folder, "merged.wasm");
    const features = FEATURES.map((feature) => `--enable-${feature}`);
    const modules = [adapter, "wasi_snapshot_preview1", module, "main"];
    execFileSync(process.execPath, [merge, ...modules, "--rename-export-conflicts", ...features, "-o", merged]);
    return readFileSync(merged);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The WIT package as one text. The file that names it comes first. */
function worlds() {
  const files = readdirSync(wit).filter((name) => name.endsWith(".wit") && name !== "types.wit");
  return ["types.wit", ...files].map((name) => readFileSync(join(wit, name), "utf8")).join("\n");
}
