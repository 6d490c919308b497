import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backfill, folderOf, jsonLines } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

const ORIGIN = `https://${HOST}`;
const HOOK = `import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const first = Http.tryGet("${ORIGIN}/v1/hidden?hidden");
  const second = Http.tryGet("${ORIGIN}/v2/hidden");
  return Json.object().set("first", first.error == null).set("second", second.error == null);
}
`;

let server: Server;
let sending: readonly string[];

beforeAll(async () => {
  server = await openServer((response) => response.end("hello"));
  const folder = await folderOf({ "ca.pem": server.ca });
  sending = ["--resolve", `${HOST}:443:127.0.0.1:${server.port}`, "--cacert", join(folder, "ca.pem")];
});
afterAll(() => server.close());

function config(more = ""): string {
  return `export default { permissions: { http: ["${ORIGIN}/v1/*"]${more} } };\n`;
}

describe("--audit", () => {
  test("appends a line for each call of a hook, without path and query", async () => {
    const folder = await folderOf({ "hook.ts": HOOK, "backfill.config.ts": config() });
    const audit = ["--audit", "audit.jsonl", ...sending];
    const { code, stdout } = await backfill(["call", "hook.ts", ...audit], { folder });
    expect([code, stdout]).toEqual([0, '{"first":true,"second":false}\n']);
    await backfill(["fetch", "GET", `${ORIGIN}/v1/hidden`, ...audit], { folder });
    const text = await readFile(join(folder, "audit.jsonl"), "utf8");
    const lines = jsonLines(text);
    expect(text).not.toContain("hidden");
    expect(lines).toHaveLength(3);
    const common = {
      level: 30,
      time: expect.any(Number) as number,
      id: expect.any(String) as string,
      hook: "hook.ts",
      method: "GET",
      origin: ORIGIN,
      entry: `${ORIGIN}/v1/*`,
      milliseconds: expect.any(Number) as number,
      requestBytes: 0,
    };
    expect(lines.slice(0, 2)).toEqual([
      {
        ...common,
        decision: "allowed",
        template: "/v1/*",
        address: { ip: "127.0.0.1", port: server.port },
        status: 200,
        phases: expect.objectContaining({ tls: expect.any(Number) as number }) as object,
        responseBytes: 5,
      },
      {
        ...common,
        decision: "denied",
        failure: { code: "not-allowed", phase: "policy" },
        phases: {},
        responseBytes: 0,
      },
    ]);
    expect(new Set(lines.map((line) => (line as { id: string }).id)).size).toBe(3);
  });

  test("- writes the lines to stderr, beside what is for people", async () => {
    const { stdout, stderr } = await backfill([
      "fetch",
      "GET",
      `${ORIGIN}/v1/a`,
      "--bearer",
      "hidden",
      "--allow",
      `${ORIGIN}/*`,
      "--audit",
      "-",
      ...sending,
    ]);
    expect(stdout).toBe("hello");
    const [line = "", said] = stderr.split("\n").toSorted((a, b) => Number(b[0] === "{") - Number(a[0] === "{"));
    expect(JSON.parse(line)).toMatchObject({ hook: "http", decision: "allowed", auth: { kind: "bearer" } });
    expect(line).not.toContain("hidden");
    expect(said).toMatch(/^GET api\.example\.com\/v1\/a 200 /);
  });

  test("has the calls of fetch --batch, which says nothing of them on stderr", async () => {
    const folder = await folderOf({ "backfill.config.ts": config() });
    const input = ["v1/a", "v2/a", "v1/b"].map((path) => `{"method":"GET","url":"${ORIGIN}/${path}"}\n`).join("");
    const { stderr } = await backfill(["fetch", "--batch", "--audit", "a.jsonl", ...sending], { folder, input });
    expect(stderr).toBe("");
    const lines = jsonLines(await readFile(join(folder, "a.jsonl"), "utf8"));
    expect(lines).toMatchObject([{ decision: "allowed" }, { decision: "denied" }, { decision: "allowed" }]);
  });

  test("a file that cannot be written is a failure that names it, before any call", async () => {
    const folder = await folderOf({ "backfill.config.ts": config() });
    await mkdir(join(folder, "folder"));
    const { length } = server.received;
    for (const [file, code] of [
      ["none/audit.jsonl", "ENOENT"],
      ["folder", "EISDIR"],
    ] as const) {
      const result = await backfill(["fetch", "GET", `${ORIGIN}/v1/a`, "--audit", file, ...sending], { folder });
      expect(result).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toContain(`error: ${file} cannot be written: ${code}\n`);
    }
    expect(server.received).toHaveLength(length);
  });

  test.skipIf(!existsSync("/dev/full"))("a disk that is full costs the lines, and no call", async () => {
    const folder = await folderOf({ "backfill.config.ts": config() });
    const args = ["fetch", "GET", `${ORIGIN}/v1/a`, "--audit", "/dev/full", ...sending];
    const { code, stdout, stderr } = await backfill(args, { folder });
    expect([code, stdout]).toEqual([0, "hello"]);
    expect(stderr).toContain("warning: /dev/full cannot be written: ENOSPC; calls are missing from it\n");
  });
});

describe("report mode", () => {
  const mode = ', mode: "report"';

  test("is warned of once, and a reported call says what to add", async () => {
    const folder = await folderOf({ "backfill.config.ts": config(mode) });
    const args = ["fetch", "GET", `${ORIGIN}/v2/a?b`, "--audit", "audit.jsonl", ...sending];
    const { code, stdout, stderr } = await backfill(args, { folder });
    expect([code, stdout]).toEqual([0, "hello"]);
    const [warning, call, ...others] = stderr.split("\n");
    expect(warning).toMatch(/^warning: permissions\.mode is "report": a call that no entry matches leaves/);
    expect(call).toMatch(/^GET api\.example\.com\/v2\/a 200 \d+ ms reported: to allow it, add "https:.*\/v2\/a" to/);
    expect(others).toEqual([""]);
    const [line] = jsonLines(await readFile(join(folder, "audit.jsonl"), "utf8"));
    expect(line).toMatchObject({ decision: "reported", status: 200 });
    expect(line).not.toHaveProperty("template");
    expect(line).not.toHaveProperty("suggestion");
  });

  test("is not that of a list from the command line", async () => {
    const folder = await folderOf({ "backfill.config.ts": config(mode) });
    const args = ["fetch", "GET", `${ORIGIN}/v2/a`, ...sending, "--allow", `${ORIGIN}/v1/*`];
    const { code, stderr } = await backfill(args, { folder });
    expect(stderr).not.toContain("warning:");
    expect(stderr).toContain("error: not-allowed");
    expect(code).toBe(1);
  });

  test("is refused in production", async () => {
    const folder = await folderOf({ "backfill.config.ts": config(mode) });
    const env = { NODE_ENV: "production" };
    const { code, stderr } = await backfill(["fetch", "GET", `${ORIGIN}/v2/a`, ...sending], { folder, env });
    expect(stderr).toContain('error: backfill.config.ts: permissions.mode: got "report" where NODE_ENV is production');
    expect(code).toBe(1);
  });

  test("is warned of by check, which asks the list alone", async () => {
    const folder = await folderOf({ "backfill.config.ts": config(mode) });
    const { code, stdout, stderr } = await backfill(["check", `${ORIGIN}/v2/a`], { folder });
    expect(stdout).toMatch(/^denied /);
    expect(stderr).toMatch(/^warning: permissions\.mode is "report"/);
    expect(code).toBe(1);
  });
});
