import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOST, openServer, type Server } from "../cli/server.ts";
import { backfill, folderOf } from "../support/cli.ts";
import { harFaults } from "./har-spec.ts";

const HOOK = `import { Http, Json, Secrets } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const res = Http.tryGet("https://${HOST}/" + event.toString() + "?q=" + Secrets.get("key")!);
  const error = res.error;
  return error == null ? res.response!.body : Json.from(error.code);
}
`;
const CONFIG = `export default { permissions: { http: ["https://${HOST}/v1/*"] }, secrets: { key: { env: "KEY" } } };
`;
const SECRET = "a-secret-of-the-shell";

let server: Server;
let folder: string;
let sending: readonly string[];

beforeAll(async () => {
  server = await openServer((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(`{"n":1,"key":"${SECRET}"}`),
  );
  folder = await folderOf({
    "hook.ts": HOOK,
    "backfill.config.ts": CONFIG,
    "strict.config.ts": CONFIG.replace("/v1/", "/v2/"),
    "ca.pem": server.ca,
    "text.har": "no JSON",
    "list.har": "[]",
    "old.har": '{"log":{"version":"1.1","entries":[]}}',
  });
  await backfill(["build", "hook.ts", "-o", "hook.wasm"], { folder });
  sending = ["--resolve", `${HOST}:443:127.0.0.1:${server.port}`, "--cacert", "ca.pem"];
});
afterAll(() => server.close());

function call(path: string, ...args: readonly string[]): ReturnType<typeof backfill> {
  return backfill(["call", "hook.wasm", "--event", JSON.stringify(path), ...args], { folder, env: { KEY: SECRET } });
}

test("--record writes what --replay answers from, without a network and without the secret", async () => {
  const recorded = await call("v1/a", "--record", "calls.har", ...sending);
  expect(recorded).toMatchObject({ code: 0, stdout: `{"n":1,"key":"${SECRET}"}\n` });
  expect(recorded.stderr).toContain("calls.har: 1 exchange recorded");
  const text = await readFile(join(folder, "calls.har"), "utf8");
  expect((await stat(join(folder, "calls.har"))).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(SECRET);
  expect(harFaults(JSON.parse(text))).toEqual([]);

  const received = server.received.length;
  // No --resolve: on a network this name has no address.
  const replayed = await call("v1/a", "--replay", "calls.har");
  expect(replayed).toMatchObject({ code: 0, stdout: '{"n":1,"key":"REDACTED"}\n' });
  expect(server.received).toHaveLength(received);
});

test("a hook that fails leaves its recording, and a call that was denied is in none", async () => {
  const { code, stdout } = await call("v2", "--record", "denied.har", ...sending);
  expect([code, stdout]).toEqual([0, '"not-allowed"\n']);
  const { log } = JSON.parse(await readFile(join(folder, "denied.har"), "utf8")) as { log: { entries: unknown[] } };
  expect(log.entries).toEqual([]);
});

test("--replay fails for a request that is not in the file, though the hook takes its failure", async () => {
  await call("v1/b", "--record", "b.har", ...sending);
  const { code, stdout, stderr } = await call("v1/c", "--replay", "b.har");
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(`error: GET https://${HOST}/v1/c?q=REDACTED has no answer: it is not in the recording.`);
  expect(stderr).toContain(`GET https://${HOST}/v1/b?q=REDACTED`);
  const asJson = await call("v1/c", "--replay", "b.har", "--json");
  expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: "BACKFILL_UNSCRIPTED" } });
});

test("--replay keeps the policy on", async () => {
  await call("v1/d", "--record", "d.har", ...sending);
  const { stdout } = await call("v1/d", "--replay", "d.har", "--config", "strict.config.ts");
  expect(stdout).toBe('"not-allowed"\n');
});

describe("what cannot be recorded or replayed is said before a call is made", () => {
  const cases: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
    [
      ["--record", "a.har", "--replay", "b.har"],
      2,
      "option '--record <file>' cannot be used with option '--replay <file>'",
    ],
    [["--replay", "none.har"], 1, "none.har: there is no such file"],
    [["--replay", "."], 1, "cannot be read (EISDIR)"],
    [["--replay", "text.har"], 1, "text.har: the file is not JSON, which HAR is"],
    [["--replay", "list.har"], 1, "list.har: got an array, wanted a HAR recording"],
    [["--replay", "old.har"], 1, 'old.har: log.version: got "1.1", wanted "1.2"'],
    [["--record", "none/a.har"], 1, "none/a.har cannot be written: ENOENT"],
    [["--record", "."], 1, ". cannot be written: not a file"],
  ];
  test.concurrent.each(cases)("%j", async (args, code, message) => {
    const result = await call("v1/never", ...args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: "" });
  });
  test("and nothing was sent", () => {
    expect(server.received.filter(({ target }) => target?.includes("never"))).toEqual([]);
  });
});
