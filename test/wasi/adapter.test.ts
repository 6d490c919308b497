import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAdapter } from "../../host/compile/adapter.ts";
import { ConfigError } from "../../host/errors.ts";
import type { BackfillConfig, Hook } from "../../host/index.ts";
import { packageRoot } from "../../host/package-root.ts";
import { composedOnWasi } from "../support/compose.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

// Hook, Http component and adapter are one component that imports WASI alone. Here this host runs it, which offers
// wasi:http under a policy of its own that allows more: what is refused is refused by the adapter.

const HOOK = `
import { Clock, Http, HttpError, Log, Random, Secrets } from "@backfill/http/hook";
export function run({ calls = [], secret, length, sleep, log }) {
  if (log) Log.warn(log, { a: 1 });
  const before = Clock.now();
  if (sleep) Clock.sleep(sleep);
  const slept = Clock.now() - before;
  return {
    secret: secret && Secrets.get(secret),
    random: length && new Set(Random.bytes(length)).size,
    slept,
    outcomes: calls.map(({ method = "get", url, body, options }) => {
      try {
        const { status, body: text, headers } = body === undefined ? Http[method](url, options) : Http[method](url, body, options);
        return { status, body: text, type: headers["content-type"] };
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return { code: error.code, phase: error.phase, sent: error.requestMayHaveBeenSent };
      }
    }),
  };
}`;

let scene: Scene;
let component: Uint8Array;
let hook: Hook;

beforeAll(async () => {
  scene = await openScene({
    permissions: { http: ["https://api.example.com/*", "https://nowhere.example.com/*"] },
    limits: { responseBodyBytes: 2_000_000 },
  });
  const adapter = await buildAdapter({
    permissions: { http: ["https://api.example.com/v1/*", "https://nowhere.example.com/*"] },
    secrets: { key: { env: "A_VARIABLE_THAT_IS_NOT_SET" } },
    limits: { requestBodyBytes: 100_000, responseBodyBytes: 1_000_000, callsPerEvent: 5 },
  });
  component = await composedOnWasi(
    (await buildTypeScript(HOOK)).component,
    await readFile(join(packageRoot, "dist", "http.wasm")),
    adapter,
  );
  hook = await scene.runtime.load(component, { name: "adapted" });
}, 180_000);
afterAll(() => scene.close());

interface Outcome {
  readonly status?: number;
  readonly code?: string;
  readonly body?: unknown;
}

async function outcomes(...calls: readonly unknown[]): Promise<readonly Outcome[]> {
  const { outcomes } = (await hook.run({ calls })) as { readonly outcomes: readonly Outcome[] };
  return outcomes;
}

const URL_TEXT = "https://api.example.com/v1/things?a=b";

describe("a hook on the adapter", () => {
  test("imports WASI alone", async () => {
    const { Engine } = await import("../../host/runtime/engine.ts");
    const { imports, exports } = await new Engine().compile(component);
    expect(imports.filter((name) => !name.startsWith("wasi:"))).toEqual(["backfill:http/types@0.1.0"]);
    expect(exports).toEqual(["run"]);
  });

  test.each(["get", "post", "put", "patch", "delete"])("sends %s and has the response", async (method) => {
    scene.answer = json({ data: 1 }, 201);
    const [outcome] = await outcomes({ method, url: URL_TEXT });
    expect(outcome).toEqual({ status: 201, body: { data: 1 }, type: "application/json" });
    const request = scene.requests.at(-1);
    expect([request?.method, request?.target]).toEqual([method.toUpperCase(), "/v1/things?a=b"]);
    expect(request?.headers["accept-encoding"]).toBe("identity");
    expect(request?.headers["content-type"]).toBeUndefined();
  });

  test("sends a body with its length, and fields and credentials as the host writes them", async () => {
    await outcomes({
      method: "post",
      url: URL_TEXT,
      body: { text: "ä€😀".repeat(10_000) },
      options: { headers: { "X-One": " a " }, auth: { basic: { user: "ä", pass: "b:c" } } },
    });
    const request = scene.requests.at(-1);
    expect(JSON.parse(String(request?.body))).toEqual({ text: "ä€😀".repeat(10_000) });
    expect(request?.headers).toMatchObject({
      "x-one": "a",
      authorization: `Basic ${Buffer.from("ä:b:c").toString("base64")}`,
      "content-length": String(request?.body.length),
      "content-type": "application/json",
    });
  });

  test("reads a body of many pieces", async () => {
    const text = "0123456789".repeat(90_000);
    scene.answer = (response) => response.writeHead(200, { "content-type": "text/plain" }).end(text);
    const [outcome] = await outcomes({ url: URL_TEXT });
    expect(outcome?.body === text).toBe(true);
  });

  test("is refused by the adapter's own list, though the host's would allow the call", async () => {
    const before = scene.calls.length;
    expect(await outcomes({ url: "https://api.example.com/v2" }, { url: "http://api.example.com/v1/" })).toEqual([
      { code: "not-allowed", phase: "policy", sent: false },
      { code: "invalid-url", phase: "policy", sent: false },
    ]);
    expect(scene.calls.length).toBe(before);
  });

  test("fails as the contract has it", async () => {
    scene.answer = json({});
    const url = URL_TEXT;
    expect(
      await outcomes(
        { url, options: { headers: { Host: "b.example" } } },
        { url, options: { headers: { Authorization: "a" }, auth: { bearer: "b" } } },
        { url, options: { auth: { oauth: true } } },
        { method: "post", url, body: "x".repeat(100_001) },
        { url: "https://nowhere.example.com/" },
      ),
    ).toEqual([
      { code: "forbidden-header", phase: "validate", sent: false },
      { code: "auth-collision", phase: "validate", sent: false },
      { code: "auth-unavailable", phase: "auth", sent: false },
      { code: "too-large", phase: "validate", sent: false },
      { code: "dns-error", phase: "dns", sent: false },
    ]);
  });

  test("has its deadline", async () => {
    scene.answer = () => {};
    expect(await outcomes({ url: URL_TEXT, options: { timeout: 300 } })).toEqual([
      { code: "timeout", phase: "headers", sent: true },
    ]);
  });

  test("is not given a body that is too long", async () => {
    scene.answer = (response) => response.end("x".repeat(1_000_001));
    expect(await outcomes({ url: URL_TEXT })).toEqual([{ code: "too-large", phase: "body", sent: true }]);
  });

  test("makes no more calls than an event may", async () => {
    scene.answer = json({});
    const all = await outcomes(...Array.from({ length: 6 }, () => ({ url: URL_TEXT })));
    expect(all.map(({ status, code }) => status ?? code)).toEqual([200, 200, 200, 200, 200, "limit-exceeded"]);
  });

  test("logs, waits, has random bytes, and no secret whose variable is not set", async () => {
    const result = await hook.run({ secret: "key", length: 64, sleep: 30, log: 'a "line"\nof two' });
    expect(result).toMatchObject({ secret: null });
    const { random, slept } = result as { readonly random: number; readonly slept: number };
    expect(random).toBeGreaterThan(16);
    expect(slept).toBeGreaterThanOrEqual(29);
    const line: unknown = JSON.parse(scene.logs.at(-1)?.message ?? "");
    expect(line).toEqual({ level: "warn", message: 'a "line"\nof two', fields: '{"a":1}' });
  });
});

describe("an adapter is not built", () => {
  test.each<[string, BackfillConfig, RegExp]>([
    ["of an entry that is none", { permissions: { http: ["https://*.example.com/"] } }, /permissions\.http\[0\]/],
    ["of a list that is not enforced", { permissions: { http: [], mode: "report" } }, /nobody to report to/],
    ["of a host that it would not know", { permissions: { http: ["https://bücher.example/*"] } }, /host of ASCII/],
    ["with a secret in its file", { secrets: { key: "the value of the secret" } }, /stand in the component's file/],
    [
      "with a secret that it could not keep sealed",
      {
        permissions: { http: ["https://a.example/*"] },
        secrets: { key: { env: "KEY", for: ["https://a.example/*"] } },
      },
      /gives hooks the secrets themselves/,
    ],
  ])("%s", async (_, config, message) => {
    const built = buildAdapter(config);
    await expect(built).rejects.toThrow(message);
    await expect(built).rejects.toBeInstanceOf(ConfigError);
  });
});
