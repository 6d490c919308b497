import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, createHookRuntime, type Hook } from "../../host/index.ts";
import { buildHook } from "../../host/compile/hook.ts";
import { buildTestHook, loadProbe, probe, type ProbeReport } from "../support/probe.ts";
import { body, json, openScene, ORIGIN, type ReceivedRequest, type Scene } from "../support/scene.ts";

// Each title is a sentence of the public contract in the present tense, shown over a built component, this host
// and a real HTTPS server, for hooks in each language.

describe.each([
  { language: "AssemblyScript", probeHook: "probe", examples: "stripe" },
  { language: "TypeScript", probeHook: "typescript/probe", examples: "typescript" },
])("$language:", ({ probeHook, examples }) => {
  let scene: Scene;
  let component: Uint8Array;
  let hook: Hook;

  beforeAll(async () => {
    component = await buildTestHook(probeHook, { optimize: true });
    scene = await openScene({ secrets: { api_key: "sk_live_1" } });
    hook = await loadProbe(scene.runtime, component);
  });
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.requests.length = 0;
    scene.logs.length = 0;
    scene.answer = json({ data: [1, 2] });
  });

  async function buildExample(name: string): Promise<Uint8Array> {
    return (await buildHook(new URL(`../../examples/${examples}/${name}`, import.meta.url))).component;
  }

  function lastRequest(): ReceivedRequest {
    const request = scene.requests.at(-1);
    if (request === undefined) throw new Error("no request arrived");
    return request;
  }

  describe("permissions", () => {
    test("an outbound call that matches an entry in permissions.http leaves", async () => {
      expect((await probe(hook, { url: `${ORIGIN}/v1` })).status).toBe(200);
    });

    test("an outbound call that matches no entry in permissions.http is blocked", async () => {
      const runtime = await scene.open({ permissions: { http: [`${ORIGIN}/v1/*`] } });
      const report = await probe(await loadProbe(runtime, component), { url: `${ORIGIN}/v2/a` });
      expect(report).toMatchObject({ code: "not-allowed", phase: "policy", requestMayHaveBeenSent: false });
      expect(report.message).toContain(`${ORIGIN}/v2/a`);
      expect(scene.requests).toEqual([]);
    });

    test("a request to a host not on the allowlist throws at run time", async () => {
      const stripe = await buildExample("hook.ts");
      const runtime = await scene.open({ secrets: { stripe_api_key: "sk" } });
      const error = await (await runtime.load(stripe)).run({}).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "BACKFILL_HOOK_TRAPPED" });
      expect((error as Error).message).toMatch(
        /^Http\.get https:\/\/api\.stripe\.com\/v1\/customers failed: not-allowed .*api\.stripe\.com.*"https:\/\/api\.stripe\.com\/v1\/customers"/,
      );
    });

    test.each([
      ["http://api.example.com/*", "an https:// URL"],
      ["https:///v1", "an explicit host"],
      ["https://*.example.com/*", "no host wildcard"],
    ])("the entry %s is refused when the configuration loads: each entry is %s", async (entry) => {
      await expect(createHookRuntime({ permissions: { http: [entry] } })).rejects.toThrow(ConfigError);
    });

    test("path wildcards are allowed", async () => {
      const runtime = await scene.open({ permissions: { http: [`${ORIGIN}/v1/*/items`] } });
      const own = await loadProbe(runtime, component);
      expect((await probe(own, { url: `${ORIGIN}/v1/a/items` })).status).toBe(200);
      expect((await probe(own, { url: `${ORIGIN}/v1/a/b/items` })).code).toBe("not-allowed");
    });
  });

  describe("signatures", () => {
    test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("Http has a method for %s", async (method) => {
      expect((await probe(hook, { method, url: `${ORIGIN}/v1` })).status).toBe(200);
      expect(lastRequest().method).toBe(method);
      expect(lastRequest().body.length).toBe(0);
    });

    test.each(["POST", "PUT", "PATCH"])("%s takes a body as its second argument", async (method) => {
      await probe(hook, { method, url: `${ORIGIN}/v1`, body: "text" });
      expect(lastRequest().body.toString()).toBe("text");
    });

    test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("%s takes a body in its options", async (method) => {
      await probe(hook, { method, url: `${ORIGIN}/v1`, bodyInOptions: "text" });
      expect(lastRequest().body.toString()).toBe("text");
    });

    test("a body given both as an argument and in the options is an invalid request", async () => {
      const report = await probe(hook, { method: "POST", url: `${ORIGIN}/v1`, body: "a", bodyInOptions: "b" });
      expect(report).toMatchObject({ code: "invalid-request", phase: "validate", requestMayHaveBeenSent: false });
      expect(scene.requests).toEqual([]);
    });

    test("headers of the options are sent", async () => {
      await probe(hook, {
        url: `${ORIGIN}/v1`,
        headers: [
          ["X-Idempotency-Key", "k1"],
          ["Accept", "text/csv"],
        ],
      });
      expect(lastRequest().headers).toMatchObject({ "x-idempotency-key": "k1", accept: "text/csv" });
    });

    test("a response has its status, and its headers by lower-case name", async () => {
      scene.answer = (response) => {
        response.writeHead(
          201,
          [
            ["X-One", "1"],
            ["x-two", "a"],
            ["X-Two", "b"],
            ["Set-Cookie", "a=1"],
            ["Set-Cookie", "b=2"],
          ].flat(),
        );
        response.end();
      };
      const report = await probe(hook, { url: `${ORIGIN}/v1` });
      expect(report.status).toBe(201);
      expect(report.headers).toMatchObject({ "x-one": "1", "x-two": "a, b", "set-cookie": "a=1" });
      expect(report.headerList?.filter(([name]) => name === "set-cookie")).toEqual([
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]);
    });

    test.each([
      [200, true],
      [204, true],
      [299, true],
      [300, false],
      [302, false],
      [404, false],
      [500, false],
    ])("a response of status %i has ok %s: true if 2xx", async (status, ok) => {
      scene.answer = (response) => response.writeHead(status, { location: `${ORIGIN}/elsewhere` }).end();
      expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ status, ok });
      expect(scene.requests.length).toBe(1);
    });
  });

  describe("making a request", () => {
    test("the documented example gives the customers, with the secret as its bearer token", async () => {
      const stripe = await buildExample("hook.ts");
      const { startStripe } = await import("../../examples/stripe/server.ts");
      const server = await startStripe();
      const runtime = await createHookRuntime({
        permissions: { http: ["https://api.stripe.com/*"] },
        secrets: { stripe_api_key: "sk_test_backfill" },
        development: { resolve: [`api.stripe.com:443:127.0.0.1:${server.port}`], ca: server.ca },
      });
      try {
        expect(await (await runtime.load(stripe)).run({})).toEqual([
          { id: "cus_123", name: "Ada" },
          { id: "cus_456", name: "Grace" },
        ]);
      } finally {
        await runtime.close();
        server.close();
      }
    });

    test("a response that is not ok is logged with its fields, and the thrown error ends the hook", async () => {
      const stripe = await buildExample("hook.ts");
      const { startStripe } = await import("../../examples/stripe/server.ts");
      const server = await startStripe();
      const logs: unknown[] = [];
      const runtime = await createHookRuntime({
        permissions: { http: ["https://api.stripe.com/*"] },
        secrets: { stripe_api_key: "wrong" },
        development: { resolve: [`api.stripe.com:443:127.0.0.1:${server.port}`], ca: server.ca },
        onLog: (record) => logs.push(record),
      });
      try {
        await expect((await runtime.load(stripe)).run({})).rejects.toThrow(/^Stripe call failed \(hook\.ts:\d+:\d+\)$/);
        expect(logs[0]).toEqual({
          level: "error",
          message: "Stripe call failed",
          fields: { status: 401, body: { error: { message: "Invalid API key" } } },
        });
      } finally {
        await runtime.close();
        server.close();
      }
    });
  });

  describe("authentication", () => {
    test("auth.bearer is sent as Authorization: Bearer", async () => {
      await probe(hook, { url: `${ORIGIN}/v1`, auth: { bearer: "sk_live_x" } });
      expect(lastRequest().headers.authorization).toBe("Bearer sk_live_x");
    });

    test("Secrets.get gives what the configuration declares", async () => {
      await probe(hook, { url: `${ORIGIN}/v1`, auth: { bearerSecret: "api_key" } });
      expect(lastRequest().headers.authorization).toBe("Bearer sk_live_1");
    });

    test("auth.basic is sent as Authorization: Basic", async () => {
      await probe(hook, { url: `${ORIGIN}/v1`, auth: { basic: { user: "key", pass: "pä:ss" } } });
      expect(lastRequest().headers.authorization).toBe(`Basic ${Buffer.from("key:pä:ss").toString("base64")}`);
    });

    test.each([{ oauth: true }, { oauth: { minTtlSeconds: 300 } }])(
      "auth.oauth %j is unavailable where the manifest declares no connection.oauth",
      async (auth) => {
        const report = await probe(hook, { url: `${ORIGIN}/v1`, auth });
        expect(report).toMatchObject({ code: "auth-unavailable", phase: "auth", requestMayHaveBeenSent: false });
        expect(scene.requests).toEqual([]);
      },
    );

    test("for anything else, the Authorization header is set directly", async () => {
      await probe(hook, { method: "POST", url: `${ORIGIN}/v1`, body: {}, headers: [["Authorization", "Bearer own"]] });
      expect(lastRequest().headers.authorization).toBe("Bearer own");
    });

    test("auth with a secret that is not declared is an invalid request: nothing leaves without its credentials", async () => {
      const report = await probe(hook, { url: `${ORIGIN}/v1`, auth: { bearerSecret: "no_such_key" } });
      expect(report).toMatchObject({ code: "invalid-request", phase: "validate", requestMayHaveBeenSent: false });
      expect(scene.requests).toEqual([]);
    });

    test("two kinds of auth are an invalid request", async () => {
      const report = await probe(hook, { url: `${ORIGIN}/v1`, auth: { bearer: "a", basic: { user: "b", pass: "c" } } });
      expect(report).toMatchObject({ code: "invalid-request", phase: "validate" });
    });
  });

  describe("bodies", () => {
    test.each([[{ a: [1, "é", null] }], [[1, 2]], [12.5], [true]])(
      "the value %j is serialised as JSON, with Content-Type: application/json",
      async (value) => {
        await probe(hook, { method: "POST", url: `${ORIGIN}/v1`, body: value });
        expect(lastRequest().headers["content-type"]).toBe("application/json");
        expect(JSON.parse(lastRequest().body.toString())).toEqual(value);
      },
    );

    test("a Content-Type of the caller stays, in any case of its name", async () => {
      const headers = [["CONTENT-type", "application/vnd.api+json"]];
      await probe(hook, { method: "PUT", url: `${ORIGIN}/v1`, body: { a: 1 }, headers });
      expect(lastRequest().headers["content-type"]).toBe("application/vnd.api+json");
    });

    test("a string is sent as it is, without a Content-Type", async () => {
      await probe(hook, { method: "POST", url: `${ORIGIN}/v1`, body: '{"é":"\u{1F600}"' });
      expect(lastRequest().body.toString()).toBe('{"é":"\u{1F600}"');
      expect(lastRequest().headers["content-type"]).toBeUndefined();
    });

    test("bytes are sent as they are, without a Content-Type", async () => {
      await probe(hook, { method: "POST", url: `${ORIGIN}/v1`, bytesInOptions: [0, 255, 10, 128] });
      expect([...lastRequest().body]).toEqual([0, 255, 10, 128]);
      expect(lastRequest().headers["content-type"]).toBeUndefined();
    });

    const parsed = { a: [1, "é"] };
    test.each([
      "application/json",
      "Application/JSON; charset=UTF-8",
      "text/json",
      "application/problem+json",
      "application/json;charset=utf-8",
    ])("a body of type %s is parsed as JSON", async (type) => {
      scene.answer = body(JSON.stringify(parsed), type);
      expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ kind: "json", body: parsed });
    });

    test.each(["text/plain", "text/html; charset=utf-8", "application/jsonp", "application/json-seq", undefined])(
      "a body of type %s is a string",
      async (type) => {
        scene.answer = body('{"a":1}', type);
        expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ kind: "text", body: '{"a":1}' });
      },
    );

    test("a body of a JSON type that is not well-formed is the raw string", async () => {
      scene.answer = body('{"a":1,}', "application/json");
      expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ kind: "text", body: '{"a":1,}' });
    });

    test("an empty body is the empty string, also of a JSON type", async () => {
      scene.answer = body("", "application/json");
      expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ kind: "text", body: "" });
    });

    test("text is UTF-8 without its byte order mark, with bad bytes as U+FFFD", async () => {
      scene.answer = body(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xc3, 0xa9]), "text/plain");
      expect((await probe(hook, { url: `${ORIGIN}/v1` })).body).toBe("a\uFFFDé");
    });

    test("text is Latin-1 where the charset says so", async () => {
      scene.answer = body(Buffer.from([0x61, 0xe9, 0x80]), 'text/plain; charset="ISO-8859-1"');
      expect((await probe(hook, { url: `${ORIGIN}/v1` })).body).toBe("aé\u0080");
    });

    test("text of another charset is bytes", async () => {
      scene.answer = body(Buffer.from([0x61, 0x00]), "text/plain; charset=utf-16");
      expect(await probe(hook, { url: `${ORIGIN}/v1` })).toMatchObject({ kind: "bytes", body: null, bytes: [0x61, 0] });
    });

    test.each<[string, Partial<ProbeReport>]>([
      ["text", { kind: "text", body: "[1]" }],
      ["bytes", { kind: "bytes", body: null, bytes: [0x5b, 0x31, 0x5d] }],
      ["auto", { kind: "json", body: [1] }],
      ["xml", { code: "invalid-request", phase: "validate" }],
    ])("responseType %s gives %j for JSON", async (responseType, seen) => {
      scene.answer = body("[1]", "application/json");
      expect(await probe(hook, { url: `${ORIGIN}/v1`, responseType })).toMatchObject(seen);
    });
  });

  describe("timeouts", () => {
    test("timeout is in milliseconds: a hung peer does not block the hook for longer", async () => {
      scene.answer = () => {};
      const started = performance.now();
      const report = await probe(hook, { url: `${ORIGIN}/v1`, timeout: 150 });
      expect(report).toMatchObject({ code: "timeout", phase: "headers", requestMayHaveBeenSent: true });
      expect(performance.now() - started).toBeGreaterThanOrEqual(149);
      expect(performance.now() - started).toBeLessThan(5000);
    });

    test("the default timeout is the platform's", async () => {
      scene.answer = () => {};
      const runtime = await scene.open({ limits: { defaultDeadline: 120 } });
      const report = await probe(await loadProbe(runtime, component), { url: `${ORIGIN}/v1` });
      expect(report).toMatchObject({ code: "timeout" });
    });

    test("a timeout over the platform's maximum is cut to it", async () => {
      scene.answer = () => {};
      const runtime = await scene.open({ limits: { defaultDeadline: 100, maximumDeadline: 120 } });
      const report = await probe(await loadProbe(runtime, component), { url: `${ORIGIN}/v1`, timeout: 600_000 });
      expect(report).toMatchObject({ code: "timeout" });
    });

    test.each<number | "NaN">([0, -1, "NaN", -Infinity])("a timeout of %s is an invalid request", async (timeout) => {
      const given = timeout === -Infinity ? -1e308 : timeout;
      const report = await probe(hook, { url: `${ORIGIN}/v1`, timeout: given });
      expect(report).toMatchObject({ code: "invalid-request", phase: "validate", requestMayHaveBeenSent: false });
      expect(scene.requests).toEqual([]);
    });

    test.each([0.25, 10_000.5, 1e12])("a timeout of %s is taken", async (timeout) => {
      const report = await probe(hook, { url: `${ORIGIN}/v1`, timeout });
      expect(report.code ?? "timeout").toBe("timeout");
    });
  });

  describe("retries", () => {
    test("Http does not retry, and follows no redirect", async () => {
      for (const status of [301, 307, 429, 503]) {
        scene.requests.length = 0;
        scene.answer = (response) =>
          response.writeHead(status, { location: `${ORIGIN}/elsewhere`, "retry-after": "0" }).end();
        expect((await probe(hook, { url: `${ORIGIN}/v1` })).status).toBe(status);
        expect(scene.requests.length).toBe(1);
      }
    });

    test("a small loop in the hook retries on 503", async () => {
      const retry = await buildExample("retry.ts");
      const { startStripe } = await import("../../examples/stripe/server.ts");
      const server = await startStripe();
      const statuses: (number | undefined)[] = [];
      const runtime = await createHookRuntime({
        permissions: { http: ["https://api.stripe.com/*"] },
        secrets: { stripe_api_key: "sk_test_backfill" },
        development: { resolve: [`api.stripe.com:443:127.0.0.1:${server.port}`], ca: server.ca },
        onCall: ({ status }) => statuses.push(status),
      });
      try {
        expect(await (await runtime.load(retry)).run({ order: 7 })).toEqual({ id: "ch_1", amount: 1200, attempts: 3 });
        expect(statuses).toEqual([503, 503, 200]);
      } finally {
        await runtime.close();
        server.close();
      }
    });
  });
});
