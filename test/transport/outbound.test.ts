import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallRecord } from "../../host/outbound.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, ok, openScene, send, textOf } from "../support/outbound.ts";

const records: CallRecord[] = [];
let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ onCall: (record) => records.push(record) });
});
afterAll(() => scene.close());

function lastRequest(): readonly string[] {
  return scene.server.requests.at(-1)?.split("\r\n") ?? [];
}

test("a request has the host's fields and none else", async () => {
  await send(scene.hook, { url: `https://${HOST}/v1/a%2Fb?c=d%20e#f` });
  expect(lastRequest()).toEqual([
    "GET /v1/a%2Fb?c=d%20e HTTP/1.1",
    `host: ${HOST}`,
    "connection: keep-alive",
    "accept: */*",
    "accept-encoding: gzip, deflate, br",
    "user-agent: backfill-http/0.1.0",
    "",
    "",
  ]);
});

test("the guest's fields come in their order and take the place of the host's", async () => {
  const headers = [
    "X-B",
    "1",
    "ACCEPT",
    "text/html",
    "x-a",
    "2",
    "Accept-Encoding",
    "identity",
    "User-Agent",
    "me",
    "X-B",
    "\xe9",
  ];
  await send(scene.hook, { headers });
  expect(lastRequest().slice(3)).toEqual([
    "X-B: 1",
    "ACCEPT: text/html",
    "x-a: 2",
    "Accept-Encoding: identity",
    "User-Agent: me",
    "X-B: \xe9",
    "",
    "",
  ]);
});

test.each(["GET", "POST", "PUT", "PATCH", "DELETE"] as const)("%s sends a body where there is one", async (method) => {
  await send(scene.hook, { method, body: Buffer.from("héllo") });
  const lines = lastRequest();
  expect(lines[0]).toBe(`${method} / HTTP/1.1`);
  expect(lines).toContain("content-length: 6");
  expect(lines.at(-1)).toBe(Buffer.from("héllo").toString("latin1"));
  expect(lines.join("\n")).not.toMatch(/content-type|transfer-encoding/i);
});

test("POST, PUT and PATCH without a body say so, GET and DELETE do not", async () => {
  for (const method of ["POST", "PUT", "PATCH"] as const) {
    await send(scene.hook, { method });
    expect(lastRequest()).toContain("content-length: 0");
  }
  for (const method of ["GET", "DELETE"] as const) {
    await send(scene.hook, { method });
    expect(lastRequest().join("\n")).not.toContain("content-length");
  }
});

test("bearer and basic become the Authorization field", async () => {
  await send(scene.hook, { authorization: { kind: "bearer", token: "sk_live_1" } });
  expect(lastRequest()).toContain("authorization: Bearer sk_live_1");
  await send(scene.hook, { authorization: { kind: "basic", user: "kéy", password: "p:w" } });
  const encoded = Buffer.from("kéy:p:w", "utf8").toString("base64");
  expect(lastRequest()).toContain(`authorization: Basic ${encoded}`);
});

test.each([
  ["invalid-url", "policy", { url: "http://api.example.com/" }],
  ["not-allowed", "policy", { url: "https://other.example.com/" }],
  ["forbidden-header", undefined, { headers: ["Host", "evil.example"] }],
  ["invalid-header", undefined, { headers: ["X-A", "a\r\nX-B: b"] }],
  ["auth-collision", undefined, { headers: ["Authorization", "a"], authorization: { kind: "bearer", token: "b" } }],
  ["auth-unavailable", "auth", { authorization: { kind: "oauth", minTtlSeconds: undefined } }],
  ["invalid-request", "validate", { timeout: 0 }],
  ["invalid-request", "auth", { authorization: { kind: "basic", user: "a:b", password: "" } }],
] as const)("%s fails before a socket is opened", async (code, phase, request) => {
  const { connections, requests } = scene.server;
  const before = requests.length;
  const failure = await failureOf(send(scene.hook, request));
  expect(failure).toMatchObject({ code, requestMayHaveBeenSent: false });
  if (phase !== undefined) expect(failure.phase).toBe(phase);
  expect([scene.server.connections, requests.length]).toEqual([connections, before]);
});

test("the first rule that is broken is the one that is told", async () => {
  const broken = {
    url: "https://other.example.com/",
    headers: ["Host", "evil.example"],
    body: Buffer.alloc(11 * 1024 * 1024),
    authorization: { kind: "bearer", token: "" },
  } as const;
  const codes: string[] = [];
  for (const request of [
    { ...broken, timeout: 0 },
    broken,
    { ...broken, url: `https://${HOST}/` },
    { ...broken, url: `https://${HOST}/`, headers: [] },
    { ...broken, url: `https://${HOST}/`, headers: [], body: undefined },
  ]) {
    codes.push((await failureOf(send(scene.hook, request))).code);
  }
  expect(codes).toEqual(["invalid-request", "not-allowed", "forbidden-header", "too-large", "invalid-request"]);
});

test("a denial names the entry that would allow the call", async () => {
  const failure = await failureOf(send(scene.hook, { url: "https://other.example.com/v1" }));
  expect(failure.message).toContain("https://other.example.com/v1");
  expect(failure.message).toContain("permissions.http");
});

test("each call is told to the audit once, without anything secret", async () => {
  records.length = 0;
  scene.server.answer = (socket) => socket.write(ok("hello"));
  await send(scene.hook, {
    method: "POST",
    url: `https://${HOST}/v1?token=hidden`,
    body: Buffer.from("hidden"),
    headers: ["X-Secret", "hidden"],
    authorization: { kind: "bearer", token: "hidden" },
  });
  scene.server.answer = (socket) => socket.end();
  await failureOf(send(scene.hook, { url: `https://${HOST}/v2?token=hidden` }));
  await failureOf(send(scene.hook, { url: "https://other.example.com/?token=hidden" }));
  const unknown = {
    id: expect.stringMatching(/^[0-9a-f]{16}-[0-9]+$/),
    hook: "test",
    milliseconds: expect.any(Number),
    phases: expect.any(Object),
  };
  const address = { ip: "127.0.0.1", port: scene.server.port };
  expect(records).toEqual([
    {
      ...unknown,
      decision: "allowed",
      method: "POST",
      origin: `https://${HOST}`,
      template: "/*",
      host: HOST,
      path: "/v1",
      entry: `https://${HOST}/*`,
      address,
      status: 200,
      failure: undefined,
      auth: { kind: "bearer", tokenAge: undefined },
      requestBytes: 6,
      responseBytes: 5,
    },
    {
      ...unknown,
      decision: "allowed",
      method: "GET",
      origin: `https://${HOST}`,
      template: "/*",
      host: HOST,
      path: "/v2",
      entry: `https://${HOST}/*`,
      address,
      status: undefined,
      failure: { code: "connection-error", phase: "headers", detail: "UND_ERR_SOCKET" },
      requestBytes: 0,
      responseBytes: 0,
    },
    {
      ...unknown,
      decision: "denied",
      method: "GET",
      origin: "https://other.example.com",
      host: "other.example.com",
      path: "/",
      entry: `https://${HOST}/*`,
      suggestion: "https://other.example.com/",
      status: undefined,
      failure: { code: "not-allowed", phase: "policy", detail: undefined },
      requestBytes: 0,
      responseBytes: 0,
    },
  ]);
  expect(JSON.stringify(records)).not.toContain("hidden");
});

test("an audit that throws harms no call", async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", onWarning);
  const own = await openScene({
    onCall: () => {
      throw new Error("full disk");
    },
  });
  expect(textOf(await send(own.hook))).toBe("hello");
  await own.close();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  expect(String(warnings[0])).toContain("full disk");
});

test("many calls at once each get their own answer", async () => {
  scene.server.answer = (socket, request) => {
    const path = /^GET (\S+)/.exec(request)?.[1] ?? "";
    setTimeout(() => socket.write(ok(path)), Math.random() * 20);
  };
  const paths = Array.from({ length: 200 }, (_, index) => `/${index}`);
  const bodies = await Promise.all(
    paths.map(async (path) => textOf(await send(scene.hook, { url: `https://${HOST}${path}` }))),
  );
  expect(bodies).toEqual(paths);
});
