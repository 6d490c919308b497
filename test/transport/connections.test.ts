import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { RawServer } from "../support/raw-server.ts";
import { closedPort, startRawServer } from "../support/raw-server.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, ok, openHook, openScene, openTo, send, sendNext, textOf } from "../support/outbound.ts";
import type { Identity } from "../support/tls.ts";
import { createAuthority } from "../support/tls.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const greet = (socket: TLSSocket): void => void socket.write(ok("hello"));

test("calls one after the other ride on one connection", async () => {
  const own = await openScene();
  for (let i = 0; i < 5; i++) await send(own.hook);
  expect(own.server.connections).toBe(1);
  expect(own.server.servernames).toEqual([HOST]);
  await own.close();
});

test("calls at once have a connection each, as many as the limit", async () => {
  const own = await openScene({ limits: { connectionsPerOrigin: 3 } });
  const bodies = await Promise.all(Array.from({ length: 12 }, () => send(own.hook)));
  expect(bodies.map(textOf)).toEqual(Array.from({ length: 12 }, () => "hello"));
  expect(own.server.connections).toBe(3);
  await own.close();
});

test("two hooks never share a connection", async () => {
  const own = await openScene();
  const other = openHook(own.outbound, "other");
  await send(own.hook);
  await send(other);
  await send(own.hook);
  await send(other);
  expect(own.server.connections).toBe(2);
  await own.close();
});

test("two credentials never share a connection, however they are given", async () => {
  const own = await openScene();
  const requests = [
    {},
    { authorization: { kind: "bearer", token: "one" } },
    { authorization: { kind: "bearer", token: "two" } },
    { authorization: { kind: "basic", user: "one", password: "" } },
    { headers: ["Authorization", "Bearer three"] },
  ] as const;
  for (const request of [...requests, ...requests]) await send(own.hook, request);
  expect(own.server.connections).toBe(requests.length);
  await send(own.hook, { headers: ["authorization", "Bearer one"] });
  expect(own.server.connections).toBe(requests.length);
  await own.close();
});

test("connections over the idle limit are not kept", async () => {
  const own = await openScene({ limits: { idleConnectionsPerHook: 1 } });
  await Promise.all([send(own.hook), send(own.hook), send(own.hook)]);
  await vi.waitFor(() => expect(own.server.open).toBe(1));
  await own.close();
});

test("a kept connection closes after its idle time", async () => {
  const own = await openScene({ limits: { idleMilliseconds: 50 } });
  await send(own.hook);
  await own.server.drained();
  expect(await sendNext(own)).toBe("next");
  await own.close();
});

test("a server's connection: close is kept to", async () => {
  const own = await openScene({}, (socket) => socket.write(ok("hello", "Connection: close")));
  await send(own.hook);
  await send(own.hook);
  expect(own.server.connections).toBe(2);
  await own.close();
});

test("a connection that the server closed while it was kept costs no call", async () => {
  const own = await openScene({}, (socket) => {
    socket.write(ok("hello"));
    setTimeout(() => socket.destroy(), 10);
  });
  await send(own.hook);
  await own.server.drained();
  expect(textOf(await send(own.hook))).toBe("hello");
  await own.close();
});

test("a call that finds its kept connection reset before its first byte is made on another", async () => {
  for (let i = 0; i < 20; i++) {
    await sendNext(scene);
    // From a timer, so that the reset is read before undici has written the next request.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const next = sendNext(scene);
    scene.server.reset();
    expect(await next).toBe("next");
  }
});

const PHASES_OF_THE_LOOP: readonly (readonly [phase: string, enter: () => Promise<void>])[] = [
  ["a microtask", () => Promise.resolve()],
  ["a timer", () => new Promise((resolve) => setTimeout(resolve, 1))],
  ["an immediate", () => new Promise((resolve) => setImmediate(resolve))],
];

// A small answer is worked off in the check phase, a large one in the poll phase, whose microtasks come before any poll.
const SIZES: readonly (readonly [what: string, length: number])[] = [
  ["a small answer", 5],
  ["a large answer", 100_000],
];

test.each(
  SIZES.flatMap(([what, length]) => PHASES_OF_THE_LOOP.map(([phase, enter]) => [what, phase, length, enter] as const)),
)(
  "an answer that came before its request was written is nobody's: after %s, also when the loop was blocked in %s",
  async (_what, _phase, length, enter) => {
    for (let i = 0; i < 10; i++) {
      let kept: TLSSocket | undefined;
      scene.server.answer = (socket) => {
        kept = socket;
        socket.write(ok("h".repeat(length)));
      };
      await send(scene.hook);
      await enter();
      kept?.write(ok("forged"));
      for (const started = performance.now(); performance.now() < started + 5;);
      expect(await sendNext(scene)).toBe("next");
    }
  },
);

test.each([
  ["no body", undefined],
  ["a body of 10 bytes", 10],
  ["a body of 2 MiB", 2 * 1024 * 1024],
])("the same for a call with %s that is made while the answer before is being parsed", async (_what, size) => {
  let atCallEnd: (() => void) | undefined;
  const own = await openScene({ onCall: () => atCallEnd?.() });
  for (let i = 0; i < 5; i++) {
    let kept: TLSSocket | undefined;
    own.server.answer = (socket) => {
      kept = socket;
      socket.write(ok("hello"));
    };
    const next = new Promise<string>((resolve, reject) => {
      atCallEnd = () => {
        atCallEnd = undefined;
        own.server.answer = (socket) => socket.write(ok("next"));
        const body = size === undefined ? undefined : new Uint8Array(size);
        send(own.hook, { method: "POST", body, timeout: 5000 }).then((response) => resolve(textOf(response)), reject);
        kept?.write(ok("forged"));
        for (const started = performance.now(); performance.now() < started + 3;);
      };
    });
    await send(own.hook);
    expect(await next).toBe("next");
  }
  await own.close();
});

test("a line end that comes while a connection is kept closes it too", async () => {
  let kept: TLSSocket | undefined;
  scene.server.answer = (socket) => {
    kept = socket;
    socket.write(ok("hello"));
  };
  await send(scene.hook);
  const { connections } = scene.server;
  kept?.write("\r\n");
  expect(await sendNext(scene)).toBe("next");
  expect(scene.server.connections).toBe(connections + 1);
});

test("a connection whose upload is unfinished when the response is complete is not kept", async () => {
  const { authority } = scene;
  const sockets: TLSSocket[] = [];
  const server = createTlsServer(await authority.issue([HOST]), (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.pause().write(ok("early")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const outbound = openTo((server.address() as AddressInfo).port, authority);
  const hook = openHook(outbound);
  for (let i = 1; i <= 3; i++) {
    const response = await send(hook, { method: "POST", body: Buffer.alloc(9_000_000) });
    expect(textOf(response)).toBe("early");
    expect(sockets.length).toBe(i);
  }
  await outbound.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("no request is sent a second time when its connection breaks", async () => {
  for (const method of ["GET", "POST"] as const) {
    await sendNext(scene);
    const { length } = scene.server.requests;
    scene.server.answer = (socket) => socket.destroy();
    const failure = await failureOf(send(scene.hook, { method }));
    expect(failure).toMatchObject({ code: "connection-error", requestMayHaveBeenSent: true });
    expect(scene.server.requests.length).toBe(length + 1);
  }
  expect(await sendNext(scene)).toBe("next");
});

test("a refused connection is a connection-error in phase connect, with nothing sent", async () => {
  const outbound = openTo(await closedPort(), undefined);
  const failure = await failureOf(send(openHook(outbound)));
  expect(failure).toMatchObject({
    code: "connection-error",
    phase: "connect",
    detail: "ECONNREFUSED",
    requestMayHaveBeenSent: false,
  });
  await outbound.close();
});

test("a port that speaks no TLS is a tls-error, with nothing sent", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const outbound = openTo((server.address() as AddressInfo).port, undefined);
  const failure = await failureOf(send(openHook(outbound)));
  expect(failure).toMatchObject({ code: "tls-error", phase: "tls", requestMayHaveBeenSent: false });
  await outbound.close();
  await new Promise((resolve) => server.close(resolve));
});

async function tlsFailure(identity: Identity, ca: string | undefined): Promise<unknown> {
  const server: RawServer = await startRawServer(identity, greet);
  const outbound = createOutbound({
    development: { resolve: [`${HOST}:443:127.0.0.1:${server.port}`], ca },
  });
  const failure = await failureOf(send(openHook(outbound)));
  expect(server.requests).toEqual([]);
  await outbound.close();
  await server.drained();
  await server.close();
  return failure;
}

test("a certificate for another name, out of date or of an unknown authority is a tls-error, with nothing sent", async () => {
  const { authority } = scene;
  const expected = { code: "tls-error", phase: "tls", requestMayHaveBeenSent: false };
  const wrongName = await tlsFailure(await authority.issue(["other.example.com"]), authority.ca);
  expect(wrongName).toMatchObject({ ...expected, detail: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const expired = await tlsFailure(await authority.issue([HOST], { days: -1 }), authority.ca);
  expect(expired).toMatchObject({ ...expected, detail: "CERT_HAS_EXPIRED" });
  const stranger = await createAuthority();
  expect(await tlsFailure(await stranger.issue([HOST]), authority.ca)).toMatchObject(expected);
  expect(await tlsFailure(await authority.issue([HOST]), undefined)).toMatchObject(expected);
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not turn the check off", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    const identity = await scene.authority.issue([HOST]);
    expect(await tlsFailure(identity, undefined)).toMatchObject({ code: "tls-error" });
  } finally {
    vi.unstubAllEnvs();
  }
});

test("proxy variables of the environment are ignored", async () => {
  vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:9");
  vi.stubEnv("https_proxy", "http://127.0.0.1:9");
  vi.stubEnv("ALL_PROXY", "http://127.0.0.1:9");
  try {
    const own = await openScene();
    expect(textOf(await send(own.hook))).toBe("hello");
    await own.close();
  } finally {
    vi.unstubAllEnvs();
  }
});

test("close ends calls in flight and waiting as cancelled, and no socket stays open", async () => {
  const own = await openScene({ limits: { callsInFlightPerHook: 2 } });
  await Promise.all([send(own.hook), send(own.hook)]);
  let asked = 0;
  const both = new Promise<void>((resolve) => {
    own.server.answer = () => {
      if (++asked === 2) resolve();
    };
  });
  const calls = Array.from({ length: 4 }, () => failureOf(send(own.hook)));
  await both;
  await own.outbound.close();
  for (const failure of await Promise.all(calls)) expect(failure.code).toBe("cancelled");
  await own.server.drained();
  expect(await failureOf(send(own.hook))).toMatchObject({
    code: "cancelled",
    requestMayHaveBeenSent: false,
  });
  await own.close();
});

test("a closed hook leaves the others alone", async () => {
  const own = await openScene();
  const other = openHook(own.outbound, "other");
  await send(own.hook);
  await send(other);
  await own.hook.close();
  expect(await failureOf(send(own.hook))).toMatchObject({ code: "cancelled" });
  expect(textOf(await send(other))).toBe("hello");
  await own.close();
});

test("another port of a host is another origin, named in Host", async () => {
  const identity = await scene.authority.issue([HOST]);
  const server = await startRawServer(identity, greet);
  const outbound = createOutbound({
    development: { resolve: [`${HOST}:8443:127.0.0.1:${server.port}`], ca: scene.authority.ca },
  });
  const hook = outbound.openHook({
    name: "port",
    allowlist: Allowlist.compile([`https://${HOST}:8443/*`]),
  });
  await send(hook, { url: `https://${HOST}:8443/a?b=c#d` });
  expect(server.requests[0]).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\nhost: api\.example\.com:8443\r\n/);
  await outbound.close();
  await server.close();
});
