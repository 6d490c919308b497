import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ender } from "../../host/ending.ts";
import type { HttpFailure } from "../../host/errors.ts";
import { startDnsServer } from "../support/dns.ts";
import type { Scene } from "../support/outbound.ts";
import { failureOf, ok, openHook, openScene, openTo, send, sendNext, textOf } from "../support/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";

const TIMEOUT = 200;
/** What the promise may take beyond its deadline; generous, for a machine under load. */
const SLACK = 100;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

async function timed(call: () => Promise<HttpFailure>): Promise<HttpFailure> {
  const started = performance.now();
  const failure = await call();
  const milliseconds = performance.now() - started;
  expect(milliseconds).toBeGreaterThan(TIMEOUT - 5);
  expect(milliseconds).toBeLessThan(TIMEOUT + SLACK);
  return failure;
}

/** Writes forever, a piece every few milliseconds. */
function drip(socket: Socket, piece: string | Buffer): void {
  const timer = setInterval(() => socket.write(piece), 10);
  socket.on("close", () => clearInterval(timer));
}

const GZIP = gzipSync(Buffer.alloc(100_000, "abc"));

const SLOW: readonly (readonly [title: string, phase: string, answer: (socket: Socket) => void])[] = [
  ["that never answers", "headers", () => {}],
  ["that drips informational responses", "headers", (socket) => drip(socket, "HTTP/1.1 103 E\r\n\r\n")],
  [
    "that drips a header field",
    "headers",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nX-A: ");
      drip(socket, "a");
    },
  ],
  [
    "that drips a reason phrase",
    "headers",
    (socket) => {
      socket.write("HTTP/1.1 200 ");
      drip(socket, "a");
    },
  ],
  [
    "that drips a body",
    "body",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      drip(socket, "a");
    },
  ],
  [
    "that drips a chunk extension",
    "body",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
      drip(socket, "a");
    },
  ],
  ["that stops in the body", "body", (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")],
  [
    "that stops in a compressed body",
    "body",
    (socket) =>
      void socket.write(
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${GZIP.length}\r\n\r\n`),
          GZIP.subarray(0, 50),
        ]),
      ),
  ],
];

test.each(SLOW)("a server %s fails in time, in phase %s", async (_title, phase, answer) => {
  const own = await openScene({ limits: { informationalResponses: 1000 } }, answer);
  const failure = await timed(() => failureOf(send(own.hook, { timeout: TIMEOUT })));
  expect(failure).toMatchObject({ code: "timeout", phase, requestMayHaveBeenSent: true });
  expect(failure.message).toContain("200 ms");
  await own.server.drained();
  expect(await sendNext(own)).toBe("next");
  await own.close();
});

test("a server that reads no body fails in time, in phase send", async () => {
  const own = await openScene();
  own.server.reading = false;
  const failure = await timed(() =>
    failureOf(send(own.hook, { method: "POST", body: Buffer.alloc(9_000_000), timeout: TIMEOUT })),
  );
  expect(failure).toMatchObject({ code: "timeout", phase: "send", requestMayHaveBeenSent: true });
  await own.close();
});

test("a server that never shakes hands fails in time, in phase tls, with nothing sent", async () => {
  const sockets: Socket[] = [];
  const server = await listen((socket) => sockets.push(socket));
  const outbound = openTo((server.address() as AddressInfo).port, undefined);
  const failure = await timed(() => failureOf(send(openHook(outbound), { timeout: TIMEOUT })));
  expect(failure).toMatchObject({ code: "timeout", phase: "tls", requestMayHaveBeenSent: false });
  await outbound.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("a name server that never answers fails in time, in phase dns", async () => {
  const dns = await startDnsServer(() => "silent");
  const outbound = createOutbound({ dnsServers: [dns.address] });
  const failure = await timed(() => failureOf(send(openHook(outbound), { timeout: TIMEOUT })));
  expect(failure).toMatchObject({ code: "timeout", phase: "dns", requestMayHaveBeenSent: false });
  await outbound.close();
  await dns.close();
});

test("a call that waits for a place fails in time, in phase queue, and the others go on in turn", async () => {
  const own = await openScene({ limits: { callsInFlightPerHook: 1 } });
  const held: Socket[] = [];
  own.server.answer = (socket) => held.push(socket);
  const first = send(own.hook);
  const waiting = failureOf(send(own.hook, { timeout: TIMEOUT }));
  const second = send(own.hook);
  const third = send(own.hook);
  const failure = await timed(() => waiting);
  expect(failure).toMatchObject({ code: "timeout", phase: "queue", requestMayHaveBeenSent: false });
  own.server.answer = (socket, _request, count) => socket.write(ok(`answer ${count}`));
  held[0]?.write(ok("first"));
  expect(textOf(await first)).toBe("first");
  expect(textOf(await second)).toBe("answer 2");
  expect(textOf(await third)).toBe("answer 3");
  await own.close();
});

test("an event's own deadline cancels its call", async () => {
  scene.server.answer = () => {};
  const failure = await timed(() => failureOf(send(scene.hook, {}, { deadline: performance.now() + TIMEOUT })));
  expect(failure).toMatchObject({ code: "cancelled", phase: "headers" });
  expect(await sendNext(scene)).toBe("next");
});

test("an event whose deadline has passed makes no call", async () => {
  const { length } = scene.server.requests;
  const failure = await failureOf(send(scene.hook, {}, { deadline: performance.now() - 1 }));
  expect(failure).toMatchObject({ code: "cancelled", requestMayHaveBeenSent: false });
  expect(scene.server.requests.length).toBe(length);
});

test("the end of the event cancels the call in flight and every later one of the event", async () => {
  const ending = new Ender();
  scene.server.answer = () => ending.end();
  const failure = await failureOf(send(scene.hook, {}, { ending }));
  expect(failure).toMatchObject({ code: "cancelled", requestMayHaveBeenSent: true });
  const later = await failureOf(send(scene.hook, {}, { ending }));
  expect(later).toMatchObject({ code: "cancelled", requestMayHaveBeenSent: false });
  expect(await sendNext(scene)).toBe("next");
});

test("a timeout over the maximum is cut to it", async () => {
  const own = await openScene({ limits: { maximumDeadline: TIMEOUT, defaultDeadline: TIMEOUT } }, () => {});
  for (const timeout of [undefined, 1e9, Number.POSITIVE_INFINITY]) {
    const failure = await timed(() => failureOf(send(own.hook, { timeout })));
    expect(failure.code).toBe("timeout");
  }
  await own.close();
});

test.each([0, -1, -0, Number.NaN, Number.NEGATIVE_INFINITY])("a timeout of %d is invalid-request", async (timeout) => {
  expect(await failureOf(send(scene.hook, { timeout }))).toMatchObject({
    code: "invalid-request",
    phase: "validate",
    requestMayHaveBeenSent: false,
  });
});

function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(onSocket);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
