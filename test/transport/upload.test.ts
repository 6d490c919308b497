import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Outbound, OutboundHook } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { busyPoll } from "../../host/transport/busy-poll.ts";
import { failureOf, HOST, openHook, openTo, send, textOf } from "../support/outbound.ts";
import { createAuthority } from "../support/tls.ts";

/** What is written at once. */
const PIECE = 1024 * 1024;

let server: Server;
let outbound: Outbound;
let hook: OutboundHook;
let connections = 0;
/** The bodies as they came, and the fields that tell their length. */
const received: { readonly body: Buffer; readonly framing: Record<string, unknown> }[] = [];

beforeAll(async () => {
  const authority = await createAuthority();
  server = createServer(await authority.issue([HOST]), (request, response) => {
    if (request.url === "/early") return void response.end("early");
    if (request.url === "/half")
      return void response.writeHead(200, { "content-length": 8 }).write("half", () => request.resume());
    if (request.url === "/hint") {
      response.writeEarlyHints({ link: "</style.css>" });
      return void setTimeout(() => request.socket.destroy(), 100);
    }
    if (request.url === "/zipped")
      return void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("early"));
    if (request.url === "/break") return void request.once("data", () => request.socket.destroy());
    void buffer(request).then((body) => {
      const { "content-length": length, "transfer-encoding": coding } = request.headers;
      received.push({ body, framing: { length, coding } });
      response.end(String(body.length));
    });
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  outbound = openTo((server.address() as AddressInfo).port, authority, { limits: { requestBodyBytes: 16 * PIECE } });
  hook = openHook(outbound);
});
afterAll(async () => {
  await outbound.close();
  server.closeAllConnections();
  server.close();
});

/** Bytes that are not the same in any two pieces. */
function patterned(length: number): Buffer {
  const body = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) body.writeUInt32LE(at, at);
  return body;
}

test.each([PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 10 * PIECE + 7])(
  "a body of %i bytes arrives whole, with its length, and its connection is kept",
  async (length) => {
    const body = patterned(length);
    await send(hook, { method: "POST", body });
    const before = connections;
    const response = await send(hook, { method: "PUT", body });
    expect(textOf(response)).toBe(String(length));
    expect(connections).toBe(before);
    for (const each of received.splice(0)) {
      expect(each.framing).toEqual({ length: String(length), coding: undefined });
      expect(each.body.equals(body)).toBe(true);
    }
  },
);

test.each([
  [PIECE, [PIECE]],
  [PIECE + 1, [PIECE - 1023, 1024]],
  [PIECE + 1024, [PIECE, 1024]],
  [PIECE + 1025, [PIECE, 1, 1024]],
  [2 * PIECE + 1024, [PIECE, PIECE, 1024]],
])("a body of %i bytes is written in pieces of %j bytes", async (length, pieces) => {
  const lengths: number[] = [];
  const listener = (message: unknown): void => void lengths.push((message as { chunk: Uint8Array }).chunk.length);
  subscribe("undici:request:bodyChunkSent", listener);
  try {
    await send(hook, { method: "DELETE", body: Buffer.alloc(length) });
  } finally {
    unsubscribe("undici:request:bodyChunkSent", listener);
  }
  expect(lengths).toEqual(pieces);
  expect(received.splice(0).map(({ body }) => body.length)).toEqual([length]);
});

test("a response that begins before the body was sent whole is timed as a body", async () => {
  const slow = { method: "POST", url: `https://${HOST}/half`, body: Buffer.alloc(16 * PIECE), timeout: 1000 } as const;
  expect(await failureOf(send(hook, slow))).toMatchObject({ code: "timeout", phase: "body" });
});

test("an informational response does not end the phase in which the body is sent", async () => {
  const url = `https://${HOST}/hint`;
  const failure = await failureOf(send(hook, { method: "POST", url, body: Buffer.alloc(16 * PIECE) }));
  expect(failure).toMatchObject({ code: "connection-error", phase: "send", requestMayHaveBeenSent: true });
});

test("large bodies that are sent at the same time each arrive whole", async () => {
  const bodies = [2, 3, 4, 5].map((pieces) => patterned(pieces * PIECE + pieces));
  const answers = await Promise.all(bodies.map((body) => send(hook, { method: "POST", body })));
  expect(answers.map(textOf)).toEqual(bodies.map((body) => String(body.length)));
  const arrived = received.splice(0).toSorted((one, other) => one.body.length - other.body.length);
  expect(arrived.map(({ body }, i) => body.equals(bodies[i] as Buffer))).toEqual([true, true, true, true]);
});

test("a body that was answered before it was sent whole does not reach the next call's connection", async () => {
  const own = openHook(outbound, "early");
  for (let i = 0; i < 3; i++) {
    const before = connections;
    const early = send(own, { method: "POST", url: `https://${HOST}/early`, body: Buffer.alloc(16 * PIECE, "GET / ") });
    expect(textOf(await early)).toBe("early");
    expect(textOf(await send(own, { method: "POST", body: Buffer.from("next") }))).toBe("4");
    expect(received.splice(0).map(({ body }) => body.toString())).toEqual(["next"]);
    expect(connections).toBeGreaterThan(before);
  }
});

test("a call that was answered before its body was sent whole is not polled for, then or later", async () => {
  const begin = vi.spyOn(busyPoll, "begin");
  const end = vi.spyOn(busyPoll, "end");
  await send(hook, { method: "POST", url: `https://${HOST}/early`, body: Buffer.alloc(16 * PIECE) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([begin.mock.calls.length, end.mock.calls.length]).toEqual([0, 0]);
  vi.restoreAllMocks();
});

test("a server that breaks off in a body fails the call, which may have been sent", async () => {
  const url = `https://${HOST}/break`;
  const failure = await failureOf(send(hook, { method: "POST", url, body: Buffer.alloc(16 * PIECE) }));
  expect(failure).toMatchObject({ code: "connection-error", phase: "send", requestMayHaveBeenSent: true });
});

/** What happens to a body of so many bytes, in order: `told` where its exchange is told of, `released` where its memory is given back. */
async function fateOf(path: string, length: number): Promise<string[]> {
  const fate: string[] = [];
  const allowlist = Allowlist.compile([`https://${HOST}/*`]);
  const own = outbound.openHook({ name: "fate", allowlist, onExchange: () => fate.push("told") });
  const release = (): void => void fate.push("released");
  const call = send(own, { method: "POST", url: `https://${HOST}${path}`, body: Buffer.alloc(length), release });
  await call.then(
    () => fate.push("answered"),
    () => fate.push("failed"),
  );
  await own.close();
  return fate;
}

test("a body's memory is given back when its exchange has been told of", async () => {
  expect(await fateOf("/", 0)).toEqual(["told", "released", "answered"]);
  expect(await fateOf("/", 100_000)).toEqual(["told", "released", "answered"]);
});

test("a body's memory is not given back where the call failed, or was answered before it was sent whole", async () => {
  expect(await fateOf("/break", 100_000)).toEqual(["told", "failed"]);
  expect(await fateOf("/early", 16 * PIECE)).toEqual(["told", "answered"]);
  expect(await fateOf("/zipped", 16 * PIECE)).toEqual(["told", "answered"]);
});

test("a body's memory is not given back where somebody listens to undici's pieces of it", async () => {
  const kept: unknown[] = [];
  const listener = (message: unknown): void => void kept.push(message);
  subscribe("undici:request:bodyChunkSent", listener);
  try {
    expect(await fateOf("/", 100_000)).toEqual(["told", "answered"]);
    expect(kept).toHaveLength(1);
  } finally {
    unsubscribe("undici:request:bodyChunkSent", listener);
  }
});
