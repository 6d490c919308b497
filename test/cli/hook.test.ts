import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backfill, type CliResult, folderOf } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

const HOOK = `import { Http, Json, Log } from "@backfill/http/assembly";

export function run(event: Json): Json {
  Log.info("one\\nline", Json.object().set("a", "b"));
  const path = event["path"].toString();
  const res = Http.get("https://${HOST}/" + path);
  return Json.object().set("status", res.status).set("body", res.body);
}
`;
const CONFIG = `export default { permissions: { http: ["https://${HOST}/v1/*"] } };
`;

let server: Server;
let folder: string;
let built: CliResult;
let sending: readonly string[];

beforeAll(async () => {
  server = await openServer((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"n":1}'),
  );
  folder = await folderOf({
    "hook.ts": HOOK,
    "typescript.ts": 'import "@backfill/http/hook";\nexport function run() {}\n',
    "backfill.config.ts": CONFIG,
    "ca.pem": server.ca,
    "event.json": '{"path":"v1/a"}',
    "broken.ts": "import '@backfill/http/assembly'; export function run(event: string): string {\n  return 5;\n}\n",
    "throws.ts":
      'import "@backfill/http/assembly"; export function run(event: string): string {\n  throw new Error("no such customer");\n}\n',
  });
  // Compiling is what takes long: what is no matter of it is shown with one component.
  built = await backfill(["build", "hook.ts"], { folder });
  await copyFile(join(folder, "hook.wasm"), join(folder, "built.wasm"));
  sending = ["--resolve", `${HOST}:443:127.0.0.1:${server.port}`, "--cacert", join(folder, "ca.pem")];
});

afterAll(() => server.close());

describe("build", () => {
  test("writes the component beside the hook and prints its sizes", async () => {
    const { code, stdout } = built;
    const component = await readFile(join(folder, "hook.wasm"));
    expect(stdout).toMatch(new RegExp(`^hook\\.wasm: component ${component.length} bytes, core module \\d+ bytes\\n$`));
    expect(component.subarray(0, 8)).toEqual(Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]));
    expect(code).toBe(0);
  });

  test("-o says where the component goes", async () => {
    const { stdout } = await backfill(["build", "typescript.ts", "-o", "other.wasm", "--json"], { folder });
    const { length } = await readFile(join(folder, "other.wasm"));
    expect(JSON.parse(stdout)).toEqual({
      output: "other.wasm",
      language: "typescript",
      componentBytes: length,
      coreBytes: expect.any(Number) as number,
    });
  });

  test("an output that cannot be written is a failure that names it", async () => {
    const { code, stderr } = await backfill(["build", "typescript.ts", "-o", "none/hook.wasm"], { folder });
    expect(stderr).toContain("error: none/hook.wasm cannot be written: ENOENT");
    expect(code).toBe(1);
  });

  test("a fault of the hook is printed with file, line and column, and as data with --json", async () => {
    const { code, stderr } = await backfill(["build", "broken.ts"], { folder });
    expect(stderr).toMatch(/^error: broken\.ts:2:10: .+\n$/);
    expect(code).toBe(1);
    const { stdout } = await backfill(["build", "broken.ts", "--json"], { folder });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "BACKFILL_COMPILE", diagnostics: [{ file: "broken.ts", line: 2, column: 10 }] },
    });
  });
});

describe("call", () => {
  test("prints the result as JSON, and log and calls on stderr, one line each", async () => {
    const { code, stdout, stderr } = await backfill(["call", "hook.ts", "--event", '{"path":"v1/a"}', ...sending], {
      folder,
    });
    expect(stdout).toBe('{"status":200,"body":{"n":1}}\n');
    const [log, call, ...others] = stderr.split("\n");
    expect(log).toBe('info: one\\nline {"a":"b"}');
    expect(call).toMatch(/^GET api\.example\.com\/v1\/a 200 \d+ ms by https:\/\/api\.example\.com\/v1\/\*$/);
    expect(others).toEqual([""]);
    expect(code).toBe(0);
  });

  test("takes a component, and the configuration beside it", async () => {
    const { stdout } = await backfill(["call", join(folder, "built.wasm"), "--event", '{"path":"v1/a"}', ...sending]);
    expect(JSON.parse(stdout)).toMatchObject({ status: 200 });
  });

  test("reads the event from a file, and from stdin", async () => {
    const args = ["call", "built.wasm", ...sending];
    const fromFile = await backfill([...args, "--event", "@event.json"], { folder });
    const fromStdin = await backfill([...args, "--event", "@-"], { folder, input: '{"path":"v1/a"}' });
    expect([fromFile.code, fromStdin.code]).toEqual([0, 0]);
  });

  test("--json gives result, log and calls", async () => {
    const { stdout } = await backfill(["call", "built.wasm", "--event", "@event.json", "--json", ...sending], {
      folder,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      result: { status: 200 },
      log: [{ level: "info", message: "one\nline", fields: { a: "b" } }],
      calls: [{ method: "GET", host: HOST, path: "/v1/a", status: 200 }],
    });
  });

  test("a hook that throws ends with one message with its place, and exits with 1", async () => {
    const { code, stdout, stderr } = await backfill(["call", "throws.ts"], { folder });
    expect(stderr).toMatch(/^error: no such customer \(throws\.ts:2:\d+\)$/m);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("a denied call is one line on stderr and ends the hook that does not handle it", async () => {
    const { code, stderr } = await backfill(["call", "built.wasm", "--event", '{"path":"v2/a"}', ...sending], {
      folder,
    });
    expect(stderr).toMatch(/^GET .* not-allowed \(policy\) \d+ ms nearest https:\/\/api\.example\.com\/v1\/\*$/m);
    expect(stderr).toMatch(/^error: .*https:\/\/api\.example\.com\/v2\/a/m);
    expect(code).toBe(1);
  });

  test("without a configuration a denial says that there is none", async () => {
    const alone = await folderOf({ "hook.wasm": await readFile(join(folder, "built.wasm")) });
    const { code, stderr } = await backfill(["call", "hook.wasm", "--event", '{"path":"v1/a"}'], { folder: alone });
    expect(stderr).toMatch(
      /^warning: there is no backfill\.config\.ts beside the hook or in the current folder: nothing may leave$/m,
    );
    expect(stderr).toMatch(/^GET .* not-allowed .* there is no backfill\.config\.ts/m);
    expect(code).toBe(1);
  });
});

describe("inspect", () => {
  test("shows imports, exports, sizes and string encoding", async () => {
    const { code, stdout } = await backfill(["inspect", "built.wasm"], { folder });
    const { length } = await readFile(join(folder, "built.wasm"));
    expect(stdout).toMatch(new RegExp(`^component +${length} bytes\\ncore module 0 +\\d+ bytes\\n`));
    expect(stdout).toContain("string encoding  utf16\n");
    expect(stdout).toContain("imports:\n");
    expect(stdout).toContain("  backfill:http/outbound@0.1.0\n");
    expect(stdout).toMatch(/exports:\n {2}run\n$/);
    expect(code).toBe(0);
    const { stdout: json } = await backfill(["inspect", "built.wasm", "--json"], { folder });
    expect(JSON.parse(json)).toMatchObject({ size: length, stringEncodings: ["utf16"], exports: ["run"] });
  });

  test("a core module is refused, with what to do", async () => {
    const core = await folderOf({ "core.wasm": new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) });
    const { code, stderr } = await backfill(["inspect", "core.wasm"], { folder: core });
    expect(stderr).toContain("error: core.wasm: the file is a core module, not a component");
    expect(code).toBe(1);
  });
});
