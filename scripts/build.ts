// Builds dist/: the Http component, the host and the command line, and their types.
import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildHttpComponent } from "../host/compile/http-component.ts";

const run = promisify(execFile);

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
await Promise.all([component(), bundle(), types()]);

async function component(): Promise<void> {
  await writeFile("dist/http.wasm", await buildHttpComponent());
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: {
      index: "host/index.ts",
      compile: "host/compile/index.ts",
      testing: "host/testing/index.ts",
      bin: "host/bin.ts",
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

async function types(): Promise<void> {
  await run("tsc", ["-p", "tsconfig.build.json"], { encoding: "utf8" }).catch((error: { stdout?: string }) => {
    throw new Error(`tsc: ${error.stdout ?? String(error)}`);
  });
}
