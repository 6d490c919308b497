import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hook } from "../../host/index.ts";
import { buildTestHook, loadProbe, probe, type ProbeCall } from "../support/probe.ts";
import { body, json, openScene, ORIGIN, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

// What a call is in TypeScript beyond the contract that every language keeps.

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ secrets: { api_key: "sk_live_1" } });
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.requests.length = 0;
  scene.answer = json({ data: 1 });
});

/** Runs `code`, the body of a hook that has the library, against the server. */
async function run(code: string, event?: unknown): Promise<unknown> {
  const { component } = await buildTypeScript(`import * as sdk from "@backfill/http/hook";
    const { Clock, Crypto, Http, HttpError, Log, Random, Secrets } = sdk;
    export function run(event: any) { ${code} }`);
  return (await scene.runtime.load(component, { name: "hook" })).run(event);
}

describe("both languages", () => {
  let hooks: Hook[];
  beforeAll(async () => {
    const components = await Promise.all([buildTestHook("probe"), buildTestHook("typescript/probe")]);
    hooks = await Promise.all(components.map((component) => loadProbe(scene.runtime, component)));
  });

  test.each<ProbeCall>([
    { url: `${ORIGIN}/v1?a=%20b` },
    {
      url: `${ORIGIN}/v1`,
      headers: [
        ["X-One", "é"],
        ["Accept", "text/csv"],
      ],
    },
    { url: `${ORIGIN}/v1`, method: "POST", body: { a: [1, "é\u2028\u{1F600}", null, true, -0.5] } },
    { url: `${ORIGIN}/v1`, method: "PUT", body: [] },
    { url: `${ORIGIN}/v1`, method: "PATCH", body: "text é \u{1F600}" },
    { url: `${ORIGIN}/v1`, method: "POST" },
    { url: `${ORIGIN}/v1`, method: "POST", body: "" },
    { url: `${ORIGIN}/v1`, method: "DELETE", jsonInOptions: { a: 1 } },
    { url: `${ORIGIN}/v1`, method: "POST", bytesInOptions: [0, 255] },
    { url: `${ORIGIN}/v1`, method: "POST", body: {}, headers: [["content-TYPE", "application/x+json"]] },
    { url: `${ORIGIN}/v1`, auth: { bearer: "token" } },
    { url: `${ORIGIN}/v1`, auth: { basic: { user: "ü", pass: "" } } },
  ])("send the same bytes for %j", async (call) => {
    for (const hook of hooks) expect(await probe(hook, call)).toMatchObject({ status: 200 });
    const [first, second] = scene.requests;
    expect(second).toEqual(first);
  });

  test.each<ProbeCall>([
    { url: `${ORIGIN}/v1`, timeout: 0 },
    { url: `${ORIGIN}/v1`, timeout: -3 },
    { url: `${ORIGIN}/v1`, timeout: "NaN" },
    { url: `${ORIGIN}/v1`, responseType: "xml" },
    { url: `${ORIGIN}/v1`, auth: { bearer: "a", basic: { user: "b", pass: "c" } } },
    { url: `${ORIGIN}/v1`, auth: { bearerSecret: "none" } },
    { url: `${ORIGIN}/v1`, auth: { oauth: { minTtlSeconds: -1 } } },
    { url: `${ORIGIN}/v1`, auth: { oauth: true } },
    { url: `${ORIGIN}/v1`, method: "POST", body: "a", bodyInOptions: "b" },
    { url: `${ORIGIN}/v1`, headers: [["Host", "x"]] },
    { url: `${ORIGIN}/v1`, headers: [["a b", "x"]] },
    { url: "http://api.example.com/" },
    { url: "https://other.example.com/v1?key=hidden" },
    { url: "" },
  ])("fail with the same code, phase and words for %j", async (call) => {
    const [assemblyscript, typescript] = await Promise.all(hooks.map((hook) => probe(hook, call)));
    const { message, ...same } = assemblyscript ?? {};
    expect(typescript).toMatchObject(same);
    // AssemblyScript writes a whole number of type f64 with its point.
    expect(typescript?.message).toContain(`${same.code} (${same.phase}): ${message?.replace(/\.0;/, ";")}`);
    expect(typescript?.message).not.toContain("hidden");
  });
});

describe("a failure", () => {
  test("is an HttpError, which is an Error with code, phase, detail and whether the request may have been sent", async () => {
    const seen = await run(`try { Http.get("${ORIGIN}:444/v1"); } catch (error: any) {
      return [error instanceof HttpError, error instanceof Error, error.name, error.code, error.phase, error.requestMayHaveBeenSent, typeof error.cause, String(error)];
    }`);
    expect(seen).toEqual([
      true,
      true,
      "HttpError",
      "not-allowed",
      "policy",
      false,
      "undefined",
      expect.stringMatching(/^HttpError: Http\.get https:\/\/api\.example\.com:444\/v1 failed: not-allowed/) as string,
    ]);
  });

  test("tells the library's code as its cause", async () => {
    scene.answer = (response) => response.destroy();
    const seen = await run(
      `try { Http.post("${ORIGIN}/v1", {}); } catch (error: any) { return [error.code, error.cause, error.requestMayHaveBeenSent]; }`,
    );
    expect(seen).toEqual(["connection-error", expect.any(String) as string, true]);
  });

  test("can be caught, and the hook goes on", async () => {
    expect(
      await run(`try { Http.get("https://no.example.com/"); } catch {} return Http.get("${ORIGIN}/v1").body.data;`),
    ).toBe(1);
  });
});

describe("a request body", () => {
  test.each<[string, string, string | undefined]>([
    ["new Uint8Array([1, 2, 3]).subarray(1)", "\u0002\u0003", undefined],
    ["new Uint8Array([97, 98]).buffer", "ab", undefined],
    ["new DataView(new Uint8Array([97, 98]).buffer, 1)", "b", undefined],
    [
      'new URLSearchParams({ a: "1 2", b: "é&" })',
      "a=1+2&b=%C3%A9%26",
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    ["new Date(0)", '"1970-01-01T00:00:00.000Z"', "application/json"],
    ["{ a: undefined, b: () => 1, c: NaN }", '{"c":null}', "application/json"],
    ["false", "false", "application/json"],
    ["0", "0", "application/json"],
    ["[undefined]", "[null]", "application/json"],
    ['"a\\ud800"', "a\uFFFD", undefined],
  ])("of %s is sent as %j", async (expression, sent, contentType) => {
    await run(`return Http.post("${ORIGIN}/v1", ${expression}).status;`);
    const [request] = scene.requests;
    expect(request?.body.toString()).toBe(sent);
    expect(request?.headers["content-type"]).toBe(contentType);
  });

  test.each(["null", "undefined"])("of %s is none", async (expression) => {
    await run(`return Http.post("${ORIGIN}/v1", ${expression}).status;`);
    expect(scene.requests[0]?.headers).toMatchObject({ "content-length": "0" });
    expect(scene.requests[0]?.headers["content-type"]).toBeUndefined();
  });

  test("of a form keeps a Content-Type of the caller's", async () => {
    await run(
      `return Http.put("${ORIGIN}/v1", new URLSearchParams("a=1"), { headers: { "CONTENT-Type": "text/x" } }).status;`,
    );
    expect(scene.requests[0]?.headers["content-type"]).toBe("text/x");
  });

  test.each([
    ["() => 1", /the body is a function/],
    ['Symbol("s")', /the body is a symbol/],
    ["1n", /the body is a bigint/],
    ["{ deep: [1n] }", /the body cannot be written as JSON/],
    ["(() => { const a: any = {}; a.a = a; return a; })()", /the body cannot be written as JSON/],
    ["new Map([[1, 2]])", /the body is a Map, which is no JSON/],
    ["new Set([1])", /the body is a Set/],
    ["Promise.resolve(1)", /the body is a promise/],
    ["{ toJSON() {} }", /the body cannot be written as JSON/],
  ])("of %s is an invalid request that says why", async (expression, message) => {
    const seen = await run(
      `try { Http.post("${ORIGIN}/v1", ${expression}); } catch (error: any) { return [error instanceof HttpError, error.code, error.phase, error.message]; }`,
    );
    expect(seen).toEqual([true, "invalid-request", "validate", expect.stringMatching(message) as string]);
    expect(scene.requests).toEqual([]);
  });
});

describe("options", () => {
  test.each([
    ["{ timeuot: 5 }", /there is no option timeuot; there are headers, body, auth, timeout, responseType/],
    ['"text"', /the options are of type string/],
    ['{ headers: { "X-A": undefined } }', /headers\["X-A"\] is undefined; it must be a string/],
    ['{ headers: { "X-A": 5 } }', /headers\["X-A"\] is 5; it must be a string/],
    ['{ headers: [["X-A", "b"]] }', /headers is no object of names and values/],
    ['{ timeout: "5" }', /timeout is "5"; it is in milliseconds/],
    ["{ auth: { bearer: 5 } }", /auth\.bearer is of type number/],
    ['{ auth: { basic: { user: "a" } } }', /auth\.basic\.pass is of type undefined/],
    ["{ auth: {} }", /auth holds none of bearer, basic and oauth/],
    ["{ auth: { oauth: { minTtlSeconds: NaN } } }", /auth\.oauth\.minTtlSeconds is NaN/],
  ])("%s are an invalid request that says why", async (options, message) => {
    const seen = await run(
      `try { Http.get("${ORIGIN}/v1", ${options} as any); } catch (error: any) { return [error.code, error.message]; }`,
    );
    expect(seen).toEqual(["invalid-request", expect.stringMatching(message) as string]);
    expect(scene.requests).toEqual([]);
  });

  test.each([
    "undefined",
    "null",
    "{}",
    "{ headers: undefined, body: null, auth: undefined, timeout: undefined }",
    "{ auth: { oauth: false } }",
  ])("%s are none", async (options) => {
    expect(await run(`return Http.get("${ORIGIN}/v1", ${options} as any).status;`)).toBe(200);
    expect(scene.requests[0]?.headers.authorization).toBeUndefined();
  });

  test.each(["undefined", "5", "null"])("a URL that is %s is an invalid request", async (url) => {
    expect(await run(`try { Http.get(${url} as any); } catch (error: any) { return error.code; }`)).toBe(
      "invalid-request",
    );
  });
});

describe("a response", () => {
  test("has only the fields that the server sent", async () => {
    expect(
      await run(
        `const { headers } = Http.get("${ORIGIN}/v1"); return [headers["constructor"] ?? null, "toString" in headers];`,
      ),
    ).toEqual([null, false]);
  });

  test("of bytes is a Uint8Array", async () => {
    scene.answer = body(Buffer.from([0, 200, 255]), "application/octet-stream");
    expect(
      await run(
        `const { body } = Http.get("${ORIGIN}/v1", { responseType: "bytes" }); return [body instanceof Uint8Array, ...body];`,
      ),
    ).toEqual([true, 0, 200, 255]);
  });

  test("of JSON has its numbers as JSON.parse reads them, and __proto__ as a name like any other", async () => {
    scene.answer = body('{"n":9007199254740993,"__proto__":{"x":1},"e":1e400}', "application/json");
    expect(
      await run(`const { body } = Http.get("${ORIGIN}/v1");
      return [body.n, Object.keys(body), ({} as any).x ?? null, body.e === Infinity];`),
    ).toEqual([9007199254740992, ["n", "__proto__", "e"], null, true]);
  });

  test("of 512 nested arrays is JSON, and of one more the raw string", async () => {
    for (const [depth, type] of [
      [512, "object"],
      [513, "string"],
    ] as const) {
      scene.answer = body("[".repeat(depth) + "]".repeat(depth), "application/json");
      expect(await run(`return typeof Http.get("${ORIGIN}/v1").body;`)).toBe(type);
    }
  });

  test("of several megabytes arrives whole", async () => {
    const text = "é\u{1F600}0123456789".repeat(300_000);
    scene.answer = body(text, "text/plain; charset=utf-8");
    expect(await run(`const { body } = Http.get("${ORIGIN}/v1"); return [body.length, body.slice(-4)];`)).toEqual([
      text.length,
      text.slice(-4),
    ]);
  });
});
