// Builds dist/: the Http component, the guest of the conformance suite, the engine of TypeScript hooks, the host and the command line, and their types.
import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildHook } from "../host/compile/hook.ts";
import { buildHttpComponent } from "../host/compile/http-component.ts";
import { buildEngine, bundleUrl } from "./engine/build.ts";

const run = promisify(execFile);

await rm("dist", { recursive: true, force: true });
await mkdir("dist/conformance", { recursive: true });
await Promise.all([
  component(),
  guest("assemblyscript", "guest.wasm"),
  engine(),
  bundle(),
  types("tsconfig.build.json"),
  types("sdk/typescript"),
]);

async function component(): Promise<void> {
  await writeFile("dist/http.wasm", await buildHttpComponent());
}

/** The guest of the conformance suite, for hosts in every language. */
async function guest(language: "assemblyscript" | "typescript", file: string): Promise<void> {
  const { component } = await buildHook(`test/conformance/guest/${language}.ts`, { language });
  await writeFile(`dist/conformance/${file}`, component);
}

async function engine(): Promise<void> {
  await writeFile("dist/typescript-engine.wasm", await buildEngine());
  await writeFile("dist/hook-url.js", await bundleUrl());
  await guest("typescript", "guest-typescript.wasm");
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: {
      index: "host/index.ts",
      compile: "host/compile/index.ts",
      testing: "host/testing/index.ts",
      bin: "host/bin.ts",
      thread: "host/threads/worker.ts",
      hook: "sdk/typescript/outside.ts",
    },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node18",
    packages: "external",
    logLevel: "warning",
  });
  await chmod("dist/bin.js", 0o755);
}

async function types(project: string): Promise<void> {
  await run("tsc", ["-p", project], { encoding: "utf8" }).catch((error: { stdout?: string }) => {
    throw new Error(`tsc: ${error.stdout ?? String(error)}`);
  });
}
