import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createHookRuntime } from "../../host/index.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

/** Runs a script where the package is not installed. */
async function without(script: string): Promise<string> {
  const hooks = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.startsWith("@opentelemetry/")) throw Object.assign(new Error("none"), { code: "ERR_MODULE_NOT_FOUND" });
        return next(specifier, context);
      },
    });`;
  const preload = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const args = ["--import", preload, "--input-type=module", "-e", script];
  return (await run(process.execPath, args, { cwd: root })).stdout;
}

test("@opentelemetry/api is not needed while all is off, and is named where a part is on", async () => {
  const stdout = await without(`
    import { createHookRuntime } from "./host/index.ts";
    for (const telemetry of [undefined, {}, { spans: false, traceparent: false }, { spans: true }, { traceparent: true }]) {
      await createHookRuntime({ ...(telemetry && { telemetry }) }).then(
        (runtime) => runtime.close().then(() => console.log("made")),
        ({ code, path, message }) => console.log(code, path, message),
      );
    }`);
  const refused =
    "BACKFILL_CONFIG telemetry telemetry: got no package @opentelemetry/api, wanted it installed beside this one: npm install @opentelemetry/api";
  expect(stdout.split("\n")).toEqual(["made", "made", "made", refused, refused, ""]);
});

test("@opentelemetry/api is imported by no file of the host but at run time", async () => {
  const files = await readdir(join(root, "host"), { recursive: true });
  const texts = await Promise.all(
    files.filter((file) => file.endsWith(".ts")).map((file) => readFile(join(root, "host", file), "utf8")),
  );
  expect(texts.length).toBeGreaterThan(50);
  for (const text of texts) expect(text).not.toMatch(/\bfrom "@opentelemetry/);
});

test.each([
  [{ telemetry: { span: true } }, "telemetry.span: got an unknown key, wanted one of spans, traceparent"],
  [{ telemetry: { spans: "yes" } }, "telemetry.spans: got a string, wanted true or false"],
  [{ telemetry: true }, "telemetry: got a boolean, wanted an object"],
])("%j is refused", async (options, message) => {
  await expect(createHookRuntime(options as never)).rejects.toThrow(message);
});
