import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testHook, type Answer, type TestHook, type TestHookOptions } from "../../host/testing/index.ts";
import { folderOf } from "../support/cli.ts";
import { CONNECTOR } from "../support/connector-scene.ts";
import { buildTestHook, type ProbeReport } from "../support/probe.ts";

const ORIGIN = "https://api.example.com";
const URL_A = `${ORIGIN}/v1/a`;
const permissions = { http: [`${ORIGIN}/v1/*`] };

let component: Uint8Array;
const open: TestHook[] = [];

beforeAll(async () => {
  component = await buildTestHook("probe");
});
afterAll(() => Promise.all(open.map((hook) => hook.close())));

async function load(
  answers: TestHookOptions["answers"],
  more: Partial<TestHookOptions> = {},
  source: Uint8Array | string = component,
): Promise<TestHook> {
  const hook = await testHook(source, { permissions, answers, ...more });
  open.push(hook);
  return hook;
}

function call(hook: TestHook, more: object = {}): Promise<ProbeReport> {
  return hook.run({ method: "GET", url: URL_A, ...more }) as Promise<ProbeReport>;
}

describe("what a request is answered with", () => {
  test("an answer's JSON, text or bytes are the body, with its status and headers", async () => {
    const bytes = Uint8Array.of(0, 0xff, 0x80, 10);
    const hook = await load([
      { url: URL_A, status: 201, headers: { "X-One": ["1", "2"] }, json: { n: [1] } },
      { url: URL_A, body: "é" },
      { url: URL_A, headers: { "content-type": "application/octet-stream" }, bytes },
      { url: URL_A, status: 204 },
    ]);
    expect(await call(hook)).toMatchObject({
      status: 201,
      body: { n: [1] },
      headerList: expect.arrayContaining([
        ["x-one", "1"],
        ["x-one", "2"],
      ]),
    });
    expect(await call(hook)).toMatchObject({ status: 200, kind: "text", text: "é" });
    expect(await call(hook)).toMatchObject({ bytes: [...bytes] });
    expect(await call(hook)).toMatchObject({ status: 204, bytes: [] });
    expect(hook.unused).toEqual([]);
  });

  test("requests of one URL take its answers in order, each as often as it says", async () => {
    const hook = await load([
      { url: `${ORIGIN}/v1/*`, body: "one" },
      { url: URL_A, body: "two", times: 2 },
    ]);
    const texts = [];
    for (let i = 0; i < 3; i += 1) texts.push((await call(hook)).text);
    expect(texts).toEqual(["one", "two", "two"]);
    await expect(call(hook)).rejects.toThrow(
      "GET https://api.example.com/v1/a has no answer: the answers for it are used up.",
    );
  });

  test("an answer is for its method, for a pattern of paths, or for one query", async () => {
    const hook = await load([
      { url: `${URL_A}?page=2`, body: "page 2" },
      { url: URL_A, method: "POST", body: "posted" },
      { url: `${ORIGIN}/v1/*`, body: "any", times: Infinity },
    ]);
    expect((await call(hook)).text).toBe("any");
    expect((await call(hook, { url: `${URL_A}?page=1` })).text).toBe("any");
    expect((await call(hook, { url: `${URL_A}?page=2` })).text).toBe("page 2");
    expect((await call(hook, { method: "POST", body: "x" })).text).toBe("posted");
  });

  test("a function sees the request as it is sent", async () => {
    const hook = await load(
      ({ method, url, headers, text }) => ({ json: { method, url, auth: headers["authorization"], text } }),
      {
        secrets: { key: "sk_plain_value" },
      },
    );
    const report = await call(hook, { method: "POST", body: { a: 1 }, auth: { bearerSecret: "key" } });
    expect(report.body).toEqual({ method: "POST", url: URL_A, auth: "Bearer sk_plain_value", text: '{"a":1}' });
  });

  test("one answer given twice is whole both times, though secrets are masked in what comes back", async () => {
    const value = "sealed-value-of-a-test";
    const bytes = Buffer.from(`it is ${value}`);
    const hook = await load([{ url: URL_A, bytes, times: 2 }], {
      secrets: { key: { value, for: [`${ORIGIN}/v1/*`] } },
    });
    expect(Buffer.from((await call(hook)).bytes ?? []).toString()).toBe(`it is ${"*".repeat(value.length)}`);
    await call(hook);
    expect(bytes.toString()).toBe(`it is ${value}`);
  });

  test("a connector's hook gets a token that nobody issued, and it is bound as ever", async () => {
    const hook = await load([{ url: URL_A, body: "ok" }], {
      connector: CONNECTOR,
      permissions: { http: [`${ORIGIN}/*`] },
    });
    expect(await call(hook, { auth: { oauth: {} } })).toMatchObject({ status: 200 });
    expect(hook.requests[0]?.headers["authorization"]).toBe("REDACTED");
    expect(hook.calls[0]?.auth?.kind).toBe("oauth");
    expect(await call(hook, { url: `${ORIGIN}/v2`, auth: { oauth: {} } })).toMatchObject({ code: "auth-unavailable" });
  });
});

describe("what stays as it is without a network", () => {
  test("a URL that no entry allows is denied, though it is scripted", async () => {
    const hook = await load([{ url: `${ORIGIN}/v2`, body: "ok" }]);
    expect(await call(hook, { url: `${ORIGIN}/v2` })).toMatchObject({ code: "not-allowed", phase: "policy" });
    expect(hook.requests).toEqual([]);
    expect(hook.unused).toHaveLength(1);
    expect(hook.calls).toMatchObject([{ decision: "denied" }]);
  });

  test("a header that hooks may not send, and a secret that is bound elsewhere, are refused", async () => {
    const secrets = { key: { value: "sealed-value-of-a-test", for: ["https://other.example.com/*"] } };
    const hook = await load([{ url: URL_A }], { secrets });
    expect(await call(hook, { headers: [["Host", "x"]] })).toMatchObject({ code: "forbidden-header" });
    expect(await call(hook, { auth: { bearerSecret: "key" } })).toMatchObject({ code: "secret-not-allowed" });
    expect(hook.requests).toEqual([]);
  });

  test("a late answer is a timeout at the call's own deadline", async () => {
    const hook = await load([{ url: URL_A, body: "late", delay: 600_000 }]);
    expect(await call(hook, { timeout: 20 })).toMatchObject({
      code: "timeout",
      phase: "headers",
      requestMayHaveBeenSent: true,
    });
  });

  test("an answer that comes before the deadline is waited for", async () => {
    const hook = await load([{ url: URL_A, body: "soon", delay: 20 }]);
    expect(await call(hook, { timeout: 25_000 })).toMatchObject({ text: "soon" });
  });

  test("closing ends a call that waits for its answer", async () => {
    const hook = await load([{ url: URL_A, delay: 600_000 }]);
    const running = call(hook);
    await expect.poll(() => hook.requests.length).toBe(1);
    await hook.close();
    await expect(running).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
  });

  test("a body at the limit passes and one over it is too large", async () => {
    const hook = await load(
      [
        { url: URL_A, body: "12345678" },
        { url: URL_A, body: "123456789" },
      ],
      { limits: { responseBodyBytes: 8 } },
    );
    expect(await call(hook)).toMatchObject({ text: "12345678" });
    expect(await call(hook)).toMatchObject({ code: "too-large" });
  });

  test("a body in a content coding is decoded, and capped decoded", async () => {
    const coded = (length: number): Answer => ({
      url: URL_A,
      headers: { "content-encoding": "gzip" },
      bytes: gzipSync("x".repeat(length)),
    });
    const hook = await load([coded(100), coded(101)], { limits: { responseBodyBytes: 100 } });
    expect((await call(hook, { responseType: "text" })).text).toBe("x".repeat(100));
    expect(await call(hook)).toMatchObject({ code: "too-large", phase: "decode" });
  });

  test("a scripted failure is the call's", async () => {
    const hook = await load([
      { url: URL_A, failure: { code: "dns-error", phase: "dns" } },
      { url: URL_A, failure: { code: "connection-error", phase: "body", message: "It broke." } },
    ]);
    expect(await call(hook)).toMatchObject({ code: "dns-error", phase: "dns", requestMayHaveBeenSent: false });
    expect(await call(hook)).toMatchObject({
      code: "connection-error",
      phase: "body",
      message: "It broke.",
      requestMayHaveBeenSent: true,
    });
    expect(hook.calls.map(({ failure }) => failure?.code)).toEqual(["dns-error", "connection-error"]);
  });
});

describe("what fails the test", () => {
  test("a request without an answer, though the hook takes its failure; the message lists the script", async () => {
    const hook = await load([{ url: `${ORIGIN}/v1/b`, method: "POST", times: 3 }]);
    const error = await call(hook).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "BACKFILL_UNSCRIPTED" });
    expect((error as Error).message).toBe(
      `GET ${URL_A} has no answer: no answer is for it. The script has:\n  POST ${ORIGIN}/v1/b (given 0 of 3 times)`,
    );
  });

  test("what the test's own function throws, and what it does not answer", async () => {
    const thrown = await load(() => {
      throw new Error("expected 1 to be 2");
    });
    await expect(call(thrown)).rejects.toThrow("expected 1 to be 2");
    await expect(call(await load(() => undefined))).rejects.toMatchObject({ code: "BACKFILL_UNSCRIPTED" });
  });

  test("no message quotes a secret of the request", async () => {
    const hook = await load([], { secrets: { key: "sk_plain_value" } });
    const error = await call(hook, { url: `${URL_A}?q=sk_plain_value&api_key=other` }).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).message).toContain(`${URL_A}?q=REDACTED&api_key=REDACTED`);
  });

  test("an answer that was not asked for, where that is asserted", async () => {
    const hook = await load([
      { url: URL_A, times: 2 },
      { url: `${ORIGIN}/v1/b`, times: Infinity },
    ]);
    await call(hook);
    expect(hook.unused).toEqual([
      `any method ${URL_A} (given 1 of 2 times)`,
      `any method ${ORIGIN}/v1/b (given 0 of any number of times)`,
    ]);
    expect(() => hook.assertUsed()).toThrow("No request has asked for:");
    await call(hook);
    await call(hook, { url: `${ORIGIN}/v1/b` });
    expect(() => hook.assertUsed()).not.toThrow();
  });

  const wrong: readonly (readonly [answer: object, message: string])[] = [
    [{ url: "http://api.example.com/" }, "answers[0].url"],
    [{ url: "http://api.example.com/?a=b" }, "answers[0].url"],
    [{}, "answers[0].url: got undefined"],
    [{ url: URL_A, status: 199 }, "answers[0].status: got 199"],
    [{ url: URL_A, status: 600 }, "answers[0].status: got 600"],
    [{ url: URL_A, json: 1, body: "1" }, "got json and body"],
    [{ url: URL_A, status: 204, body: "1" }, "got body with a status of 204"],
    [{ url: URL_A, delay: -1 }, "answers[0].delay: got -1"],
    [{ url: URL_A, times: 0 }, "answers[0].times: got 0"],
    [{ url: URL_A, method: "HEAD" }, "answers[0].method: got HEAD"],
    [{ url: URL_A, headers: { "a b": "c" } }, "answers[0].headers"],
    [{ url: URL_A, headers: { a: "b\r\nc: d" } }, "answers[0].headers"],
    [{ url: URL_A, failure: { code: "no", phase: "dns" } }, "answers[0].failure.code: got no"],
    [{ url: URL_A, failure: { code: "timeout", phase: "no" } }, "answers[0].failure.phase: got no"],
    [{ url: URL_A, status: 200, failure: { code: "timeout", phase: "dns" } }, "got failure and status"],
    [{ url: URL_A, stats: 200 }, "answers[0].stats: got an unknown key"],
  ];
  test.each(wrong)("an answer that cannot be given: %j", async (answer, message) => {
    await expect(load([answer as Answer])).rejects.toThrow(message);
  });

  test("a configuration that cannot be used", async () => {
    await expect(load([], { permissions: { http: ["api.example.com"] } })).rejects.toMatchObject({
      code: "BACKFILL_CONFIG",
    });
    await expect(load({} as Answer[])).rejects.toThrow("answers: got an object");
  });
});

test("requests are kept as sent, with REDACTED for each secret; logs and calls are kept beside", async () => {
  const hook = await load([{ url: URL_A, times: Infinity }], { secrets: { key: "sk_plain_value" } });
  await call(hook, {
    method: "POST",
    body: { k: "sk_plain_value" },
    headers: [
      ["X-Api-Key", "other"],
      ["X-Two", "2"],
    ],
    auth: { bearerSecret: "key" },
  });
  const [request] = hook.requests;
  expect(request).toMatchObject({
    method: "POST",
    url: URL_A,
    headers: { "x-api-key": "REDACTED", "x-two": "2", authorization: "REDACTED", "content-type": "application/json" },
    text: '{"k":"REDACTED"}',
  });
  expect(hook.calls).toMatchObject([{ status: 200, decision: "allowed", address: undefined }]);
});

test("a source is built, and built again when a file that it imports has changed", async () => {
  const folder = await folderOf({
    "hook.ts": `import { Json, Log } from "@backfill/http/assembly";
import { word } from "./word";
export function run(event: Json): Json { Log.info(word); return Json.from(word); }`,
    "word.ts": 'export const word: string = "one";',
  });
  const file = join(folder, "hook.ts");
  const first = await load([], {}, file);
  expect(await first.run()).toBe("one");
  expect(first.logs).toEqual([{ level: "info", message: "one", fields: undefined }]);
  expect(await (await load([], {}, file)).run()).toBe("one");
  await writeFile(join(folder, "word.ts"), 'export const word: string = "two";');
  expect(await (await load([], {}, file)).run()).toBe("two");
});

test("await using closes it", async () => {
  let kept: TestHook;
  {
    await using hook = await testHook(component, { permissions, answers: [] });
    kept = hook;
  }
  await expect(call(kept)).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
});
