import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { backfill, folderOf, jsonLines, type RunningCli, startBackfill } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

const HOOK = `import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const res = Http.get("https://${HOST}/" + event["path"].toString());
  return Json.object().set("status", res.status).set("seen", res.body);
}
`;
const CONFIG = `export default { permissions: { http: ["https://${HOST}/v1/*"] } };\n`;
const CONNECTOR = `export default { name: "crm", routes: { customers: { hook: "customers.wasm" } } };\n`;
const SLOW_HOOKS = 200;
const KEY = "a-key-of-more-than-22-characters";

let api: Server;
let waiting: ServerResponse[];
let component: Uint8Array;
let folder: string;
let served: RunningCli | undefined;

beforeAll(async () => {
  api = await openServer((response, { target }) => {
    if (target?.startsWith("/v1/slow") === true) waiting.push(response);
    else response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  });
  const built = await folderOf({ "customers.ts": HOOK });
  expect(await backfill(["build", "customers.ts"], { folder: built })).toMatchObject({ code: 0 });
  component = await readFile(join(built, "customers.wasm"));
});
afterAll(() => api.close());

beforeEach(async () => {
  waiting = [];
  folder = await folderOf({
    "customers.wasm": component,
    "backfill.config.ts": CONFIG,
    "connector.config.ts": CONNECTOR,
    "ca.pem": api.ca,
  });
});
afterEach(async () => {
  served?.child.kill("SIGKILL");
  await served?.ended;
  served = undefined;
});

function sending(): readonly string[] {
  return ["--resolve", `${HOST}:443:127.0.0.1:${api.port}`, "--cacert", "ca.pem"];
}

/** Starts `backfill serve` and returns where the hook is. */
async function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<string> {
  served = await startBackfill(["serve", "--port", "0", ...args, ...sending()], { folder, env });
  const [, url = ""] = await served.said(/POST (http\S+\/hooks\/customers)/);
  return url;
}

function post(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ path }),
  });
}

/** Resolves when so many requests wait at the API. */
async function arrived(count: number): Promise<void> {
  while (waiting.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

function answerAll(): void {
  for (const response of waiting.splice(0)) {
    response.writeHead(200, { "content-type": "application/json" }).end('{"slow":true}');
  }
}

async function stop(): Promise<{ readonly code: number | null; readonly lines: unknown[] }> {
  served?.child.kill("SIGTERM");
  const { code, stdout } = (await served?.ended) ?? { code: null, stdout: "" };
  return { code, lines: jsonLines(stdout) };
}

test("an event goes to the route's hook, and each event and call is a line of the log", async () => {
  const response = await post(await serve(), "v1/a?token=hidden");
  expect([response.status, await response.json()]).toEqual([200, { status: 200, seen: { ok: true } }]);
  const { code, lines } = await stop();
  expect(lines).toMatchObject([
    { msg: "listening", hooks: ["customers"] },
    { msg: "call", hook: "customers", decision: "allowed", method: "GET", template: "/v1/*", status: 200 },
    { msg: "event", hook: "customers", connection: "default", status: 200, id: response.headers.get("backfill-event") },
    { msg: "stopping" },
    { msg: "stopped" },
  ]);
  expect(JSON.stringify(lines)).not.toContain("hidden");
  expect(code).toBe(0);
});

test.each(["0", "2"])("with --threads %s events, calls and a hook's own words come out the same", async (threads) => {
  const url = await serve(["--threads", threads]);
  expect(await (await post(url, "v1/a")).json()).toEqual({ status: 200, seen: { ok: true } });
  expect(await (await post(url, "v2/a")).json()).toMatchObject({
    type: "urn:backfill:problem:hook-trapped",
    detail: expect.stringContaining("https://api.example.com/v2/a"),
  });
  const { code, lines } = await stop();
  // A line of level fatal may overtake those before it, which are written behind the server's back.
  expect((lines as { readonly msg: string }[]).map(({ msg }) => msg.split(" ")[0]).toSorted()).toEqual([
    "Http.get",
    "call",
    "call",
    "event",
    "event",
    "listening",
    "stopped",
    "stopping",
  ]);
  expect(code).toBe(0);
});

test("a hook that ends without a result is a problem that says why", async () => {
  const response = await post(await serve(), "v2/a");
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({
    type: "urn:backfill:problem:hook-trapped",
    title: "Internal Server Error",
    status: 500,
    detail: expect.stringContaining("https://api.example.com/v2/a"),
  });
});

test("200 slow hooks at once hold neither each other nor a quick one, and a stop in the middle loses none", async () => {
  const url = await serve();
  const slow = Array.from({ length: SLOW_HOOKS }, (_, i) => post(url, `v1/slow/${i}`));
  // All have reached the API, so none waits for another.
  await arrived(SLOW_HOOKS);
  expect((await post(url, "v1/quick")).status).toBe(200);
  served?.child.kill("SIGTERM");
  await untilRefused(url);
  answerAll();
  const responses = await Promise.all(slow);
  expect(responses.map(({ status }) => status)).toEqual(Array(SLOW_HOOKS).fill(200));
  expect(await Promise.all(responses.map((response) => response.json()))).toEqual(
    responses.map(() => ({ status: 200, seen: { slow: true } })),
  );
  expect(await served?.ended).toMatchObject({ code: 0 });
});

async function untilRefused(url: string): Promise<void> {
  for (;;) {
    const refused = await fetch(new URL("/healthz", url)).then(
      () => false,
      () => true,
    );
    if (refused) return;
  }
}

test("a second signal ends the events under way", async () => {
  const url = await serve();
  const slow = post(url, "v1/slow/1");
  await arrived(1);
  served?.child.kill("SIGTERM");
  await untilRefused(url);
  served?.child.kill("SIGTERM");
  expect(await (await slow).json()).toMatchObject({ type: "urn:backfill:problem:hook-cancelled", status: 503 });
  expect(await served?.ended).toMatchObject({ code: 0 });
});

test("an address that others can reach needs a key, and the key opens the hooks", async () => {
  const refused = await backfill(["serve", "--port", "0", "--host", "0.0.0.0", ...sending()], { folder });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    "error: --host 0.0.0.0 can be reached by others and needs a key: set BACKFILL_SERVE_KEY to what this prints: openssl rand -base64 32\n",
  ]);
  const url = (await serve(["--host", "0.0.0.0"], { BACKFILL_SERVE_KEY: KEY })).replace("0.0.0.0", "127.0.0.1");
  expect((await post(url, "v1/a")).status).toBe(401);
  expect((await post(url, "v1/a", { authorization: `Bearer ${KEY}` })).status).toBe(200);
});

test.each<[what: string, args: readonly string[], env: Readonly<Record<string, string>>, message: RegExp]>([
  ["a key that can be guessed", [], { BACKFILL_SERVE_KEY: "short" }, /BACKFILL_SERVE_KEY is no key: use 22 or more/],
  ["a folder without a connector", [".."], {}, /connector\.config\.ts.*no such file/],
])("%s is refused with one line", async (_, args, env, message) => {
  const { code, stderr, stdout } = await backfill(["serve", ...args, "--port", "0", ...sending()], { folder, env });
  expect(stderr).toMatch(message);
  expect([code, stdout]).toEqual([1, ""]);
});

test("metrics count events and calls", async () => {
  const url = await serve();
  await post(url, "v1/a");
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  expect(metrics.split("\n")).toContain('backfill_events_total{hook="customers",outcome="ok"} 1');
  expect(metrics.split("\n")).toContain(
    `backfill_calls_total{hook="customers",entry="https://${HOST}/v1/*",outcome="2xx"} 1`,
  );
});
