// Packs the package, installs it alone beside its dependencies, and uses it as a customer would.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const folder = await mkdtemp(join(tmpdir(), "backfill-package-"));
const ALLOWED =
  /^(dist\/|docs\/|wit\/|assembly\/|adapter\/|sdk\/(assembly|c|go|python|rust)\/|templates\/|asconfig\.json$|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$|SECURITY\.md$)/;
const NEEDED = [
  "dist/bin.js",
  "dist/index.js",
  "dist/compile.js",
  "dist/thread.js",
  "dist/testing.js",
  "dist/http.wasm",
  "dist/typescript-engine.wasm",
  "dist/hook-url.js",
  "dist/hook.js",
  "dist/types/hook/index.d.ts",
  "dist/types/index.d.ts",
  "dist/types/testing/index.d.ts",
  "assembly/index.ts",
  "adapter/wasi.wit",
  "sdk/assembly/index.d.ts",
  "sdk/c/hook.h",
  "sdk/go/wasi/adapter.wat",
  "sdk/python/backfill_http/component.py",
  "sdk/rust/Cargo.toml",
  "templates/common/_gitignore",
  "templates/typescript/package.json",
  "templates/assemblyscript/package.json",
  "templates/assemblyscript/hooks/tsconfig.json",
  "wit/types.wit",
];

try {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>);
  if (packed === undefined) throw new Error("npm pack gave nothing");
  check(packed.files.map(({ path }) => path));
  await install(join(folder, packed.filename.replaceAll("/", "-").replace("@", "")));
  await use();
  console.log(`package: ${packed.files.length} files, ${packed.size} bytes packed`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function check(files: readonly string[]): void {
  const foreign = files.filter((file) => !ALLOWED.test(file));
  const missing = NEEDED.filter((file) => !files.includes(file));
  if (foreign.length + missing.length > 0) {
    throw new Error(`the package holds ${JSON.stringify(foreign)} and lacks ${JSON.stringify(missing)}`);
  }
}

/** Unpacks it where an installer would put it; the dependencies are those of this checkout. */
async function install(tarball: string): Promise<void> {
  const modules = join(folder, "node_modules");
  const own = join(modules, "@backfill", "http");
  await run("mkdir", ["-p", own]);
  await run("tar", ["-xzf", tarball, "-C", own, "--strip-components=1"]);
  for (const name of await readdir(join(root, "node_modules"))) {
    if (!name.startsWith(".")) await symlink(join(root, "node_modules", name), join(modules, name));
  }
}

async function use(): Promise<void> {
  await writeFile(
    join(folder, "hook.ts"),
    `import { Http, Json } from "@backfill/http/assembly";
export function run(event: Json): Json {
  return Json.from(Http.tryGet("https://nowhere.example.com/").error!.code);
}
`,
  );
  await writeFile(
    join(folder, "hook-ts.ts"),
    `import { Http, HttpError } from "@backfill/http/hook";
export function run(event: { readonly url: string }): string {
  try {
    return String(Http.get(new URL(event.url).href).status);
  } catch (error) {
    if (error instanceof HttpError) return error.code;
    throw error;
  }
}
`,
  );
  await types();
  await writeFile(
    join(folder, "main.mjs"),
    `import { createHookRuntime } from "@backfill/http";
import { buildHook } from "@backfill/http/compile";
const runtime = await createHookRuntime({ permissions: { http: ["https://api.stripe.com/*"] } });
const hook = await runtime.load((await buildHook("hook.ts")).component);
const threaded = await createHookRuntime({ permissions: { http: ["https://api.stripe.com/*"] }, threads: 1 });
const typescript = await threaded.load((await buildHook("hook-ts.ts")).component);
console.log(await hook.run({}), await typescript.run({ url: "https://nowhere.example.com" }));
await Promise.all([runtime.close(), threaded.close()]);
`,
  );
  const embedded = await run(process.execPath, ["main.mjs"], { cwd: folder });
  if (embedded.stdout.trim() !== "not-allowed not-allowed")
    throw new Error(`the embedded hook gave ${embedded.stdout}${embedded.stderr}`);
  await writeFile(
    join(folder, "hook.test.mjs"),
    `import assert from "node:assert/strict";
import { test } from "node:test";
import { testHook } from "@backfill/http/testing";
test("the hook is answered, and denied where the policy says so", async () => {
  const answers = [{ url: "https://nowhere.example.com/", body: "ok" }];
  const failure = { code: "dns-error", phase: "dns" };
  const denied = await testHook("hook.ts", { answers });
  const failing = await testHook("hook.ts", {
    permissions: { http: ["https://nowhere.example.com/*"] },
    answers: [{ url: "https://nowhere.example.com/", failure }],
  });
  assert.equal(await denied.run(), "not-allowed");
  assert.equal(await failing.run(), "dns-error");
  failing.assertUsed();
  await Promise.all([denied.close(), failing.close()]);
});
`,
  );
  const tested = await run(process.execPath, ["--test", "hook.test.mjs"], { cwd: folder });
  if (!/^. pass 1$/m.test(tested.stdout)) throw new Error(`the hook's test gave ${tested.stdout}${tested.stderr}`);
  const bin = join(folder, "node_modules", "@backfill", "http", "dist", "bin.js");
  const built = await run(process.execPath, [bin, "build", "hook.ts", "-o", "hook.wasm"], { cwd: folder });
  const called = await run(process.execPath, [bin, "call", "hook.wasm"], { cwd: folder });
  if (called.stdout.trim() !== '"not-allowed"')
    throw new Error(`the command gave ${built.stdout}${called.stdout}${called.stderr}`);
  for (const language of ["typescript", "assemblyscript"]) await project(bin, language);
}

/** A project that the command makes, which finds the package in the folder above. */
async function project(bin: string, language: string): Promise<void> {
  const name = `made-${language}`;
  await run(process.execPath, [bin, "new", name, "--language", language], { cwd: folder });
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env["PATH"]}`;
  const options = { cwd: join(folder, name), env: { ...process.env, PATH: path } };
  for (const script of ["types", "test"]) {
    await run("npm", ["run", "--silent", script], options).catch((error: { stdout?: string }) => {
      throw new Error(`npm run ${script} of ${name}: ${error.stdout ?? String(error)}`);
    });
  }
}

/** The hook's types alone, in a project that has no library but the language's own and checks what it imports. */
async function types(): Promise<void> {
  const compilerOptions = { strict: true, noEmit: true, target: "es2024", module: "nodenext", types: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
  await writeFile(
    join(folder, "types.ts"),
    `import { Crypto, Http, type HttpResponse, Log, Secrets } from "@backfill/http/hook";
export function run(): HttpResponse {
  Log.info(Crypto.hex(Crypto.hmac("sha256", Secrets.get("key") ?? "", "data")));
  return Http.get("https://api.example.com/", { timeout: 5 });
}
`,
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [tsc, "-p", folder]).catch((error: { stdout?: string }) => {
    throw new Error(`the types of a hook: ${error.stdout ?? String(error)}`);
  });
}
