import { afterEach, expect, test } from "vitest";
import { HttpFailure } from "../../host/errors.ts";
import type { OutboundRequest } from "../../host/message.ts";
import type { CallRecord, OutboundOptions } from "../../host/outbound.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, ok, openScene } from "../support/outbound.ts";

const REQUEST: OutboundRequest = {
  method: "GET",
  url: `https://${HOST}/`,
  headers: [],
  body: undefined,
  authorization: undefined,
  timeout: 5000,
};

let scene: Scene;
afterEach(() => scene.close());

async function open(limits: OutboundOptions["limits"], onCall?: (record: CallRecord) => void): Promise<void> {
  scene = await openScene({ limits, onCall });
}

test("an event may make as many calls as its budget says, and the next event as many again", async () => {
  await open({ callsPerEvent: 2 });
  for (let i = 0; i < 2; i++) {
    const event = scene.hook.beginEvent();
    expect((await event.send(REQUEST)).bodyLength).toBe(5);
    expect((await event.send(REQUEST)).bodyLength).toBe(5);
    expect(await failureOf(event.send(REQUEST))).toMatchObject({
      code: "limit-exceeded",
      phase: "validate",
      requestMayHaveBeenSent: false,
    });
  }
  expect(scene.server.requests.length).toBe(4);
});

const REFUSED: readonly (readonly [code: string, request: Partial<OutboundRequest>])[] = [
  ["invalid-url", { url: "http://api.example.com/" }],
  ["not-allowed", { url: "https://other.example.com/" }],
  ["forbidden-header", { headers: ["Host", "evil.example"] }],
  ["invalid-header", { headers: ["X-A", "a\r\nX-B: b"] }],
  ["too-large", { body: Buffer.alloc(11) }],
  ["invalid-request", { timeout: 0 }],
  ["invalid-request", { authorization: { kind: "bearer", token: "" } }],
  ["auth-unavailable", { authorization: { kind: "oauth", minTtlSeconds: undefined } }],
];

test.each(REFUSED)("a call refused as %s counts as one", async (code, request) => {
  await open({ callsPerEvent: 2, requestBodyBytes: 10 });
  const event = scene.hook.beginEvent();
  for (let i = 0; i < 2; i++) expect((await failureOf(event.send({ ...REQUEST, ...request }))).code).toBe(code);
  for (const next of [{ ...REQUEST, ...request }, REQUEST]) {
    expect((await failureOf(event.send(next))).code).toBe("limit-exceeded");
  }
  expect(scene.server.requests).toEqual([]);
});

test("a call that was refused before it was a whole request counts as one, and the audit is told", async () => {
  const records: CallRecord[] = [];
  await open({ callsPerEvent: 2 }, (record) => records.push(record));
  const failure = new HttpFailure({ code: "too-large", phase: "validate", message: "The request has a large body." });
  const event = scene.hook.beginEvent();
  expect(event.refused("POST", failure)).toBe(failure);
  expect(event.refused("PUT", failure)).toBe(failure);
  expect(event.refused("GET", failure)).toMatchObject({ code: "limit-exceeded", phase: "validate" });
  expect((await failureOf(event.send(REQUEST))).code).toBe("limit-exceeded");
  expect(records.map((record) => [record.method, record.failure?.code])).toEqual([
    ["POST", "too-large"],
    ["PUT", "too-large"],
    ["GET", "limit-exceeded"],
    ["GET", "limit-exceeded"],
  ]);
  expect(records[0]).toMatchObject({
    hook: "test",
    decision: "refused",
    method: "POST",
    host: undefined,
    path: undefined,
    entry: undefined,
    status: undefined,
    failure: { code: "too-large", phase: "validate", detail: undefined },
    phases: {},
    requestBytes: 0,
    responseBytes: 0,
  });
});

test("an event may receive as many bytes as its budget says, over all its calls", async () => {
  for (const [budget, passes] of [
    [9, false],
    [10, true],
    [11, true],
  ] as const) {
    await open({ responseBytesPerEvent: budget });
    const event = scene.hook.beginEvent();
    expect((await event.send(REQUEST)).bodyLength).toBe(5);
    if (passes) expect((await event.send(REQUEST)).bodyLength).toBe(5);
    else expect(await failureOf(event.send(REQUEST))).toMatchObject({ code: "limit-exceeded", phase: "body" });
    await scene.close();
  }
});

test("calls at once share their event's budget of bytes", async () => {
  await open({ responseBytesPerEvent: 12 });
  scene.server.answer = (socket) =>
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  const event = scene.hook.beginEvent();
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () =>
      event.send(REQUEST).then(
        () => "response",
        (error: HttpFailure) => error.code,
      ),
    ),
  );
  expect(outcomes.toSorted()).toEqual(["limit-exceeded", "limit-exceeded", "limit-exceeded", "response", "response"]);
});

test("the bytes of a body that failed are received too", async () => {
  await open({ responseBytesPerEvent: 9 });
  scene.server.answer = (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello");
  const event = scene.hook.beginEvent();
  expect((await failureOf(event.send(REQUEST))).code).toBe("protocol-error");
  scene.server.answer = (socket) => socket.write(ok("hello"));
  expect((await failureOf(event.send(REQUEST))).code).toBe("limit-exceeded");
});
