import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scene } from "../support/outbound.ts";
import { failureOf, ok, openScene, send, sendNext, textOf } from "../support/outbound.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

function answer(...lines: readonly string[]): string {
  return lines.join("\r\n");
}

const CHUNKED = ["3", "abc", "0", "", ""];

const REFUSED: readonly (readonly [title: string, text: string])[] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["a status of two digits", answer("HTTP/1.1 99 Odd", "Content-Length: 0", "", "")],
  ["a status of four digits", answer("HTTP/1.1 1000 Odd", "Content-Length: 0", "", "")],
  ["status 000", answer("HTTP/1.1 000 Odd", "Content-Length: 0", "", "")],
  ["status 099", answer("HTTP/1.1 099 Odd", "Content-Length: 0", "", "")],
  ["a switch of protocols", answer("HTTP/1.1 101 Switching", "", "")],
  ["a 100 Continue that no request asked for", answer("HTTP/1.1 100 Continue", "", ok(""))],
  ["an upgrade", answer("HTTP/1.1 101 Switching", "Upgrade: websocket", "Connection: upgrade", "", "")],
  ["two lengths that differ", answer("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", "", "abc")],
  ["two lengths that agree", answer("HTTP/1.1 200 OK", "Content-Length: 3", "Content-Length: 3", "", "abc")],
  ["a list of lengths", answer("HTTP/1.1 200 OK", "Content-Length: 3, 3", "", "abc")],
  ["a signed length", answer("HTTP/1.1 200 OK", "Content-Length: +3", "", "abc")],
  ["an empty length", answer("HTTP/1.1 200 OK", "Content-Length: ", "", "abc")],
  ["a length over 64 bits", answer("HTTP/1.1 200 OK", "Content-Length: 99999999999999999999", "", "abc")],
  [
    "a length before chunked",
    answer("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked", "", ...CHUNKED),
  ],
  [
    "a length after chunked",
    answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Length: 3", "", ...CHUNKED),
  ],
  ["a transfer coding beside chunked", answer("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked", "", ...CHUNKED)],
  ["a transfer coding after chunked", answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked, gzip", "", ...CHUNKED)],
  [
    "chunked twice",
    answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "", ...CHUNKED),
  ],
  ["an unknown transfer coding", answer("HTTP/1.1 200 OK", "Transfer-Encoding: xchunked", "", ...CHUNKED)],
  ["a negative chunk", answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "-3", "abc", "0", "", "")],
  ["a chunk size over 64 bits", answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "fffffffffffffffff", "a")],
  [
    "a chunk longer than its size",
    answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "3", "abcdef", "0", "", ""),
  ],
  ["a folded field", answer("HTTP/1.1 200 OK", "X-A: b", " c", "Content-Length: 0", "", "")],
  ["a NUL in a value", answer("HTTP/1.1 200 OK", "X-A: b\0c", "Content-Length: 0", "", "")],
  ["a bare CR in a value", answer("HTTP/1.1 200 OK", "X-A: b\rX-B: c", "Content-Length: 0", "", "")],
  ["a bare LF after a field", answer("HTTP/1.1 200 OK", "X-A: b\nX-B: c", "Content-Length: 0", "", "")],
  ["a space in a name", answer("HTTP/1.1 200 OK", "X A: b", "Content-Length: 0", "", "")],
  ["a space before the colon", answer("HTTP/1.1 200 OK", "Content-Length : 0", "", "")],
  ["an empty name", answer("HTTP/1.1 200 OK", ": b", "Content-Length: 0", "", "")],
  ["an unknown content coding", answer("HTTP/1.1 200 OK", "Content-Encoding: compress", "Content-Length: 1", "", "a")],
  ["two content codings", answer("HTTP/1.1 200 OK", "Content-Encoding: gzip, br", "Content-Length: 1", "", "a")],
  [
    "two fields of content codings",
    answer("HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Encoding: gzip", "Content-Length: 1", "", "a"),
  ],
];

test.each(REFUSED)("%s is a protocol-error, and the next call works", async (_title, text) => {
  scene.server.answer = (socket) => socket.write(Buffer.from(text, "latin1"));
  const failure = await failureOf(send(scene.hook));
  expect(failure).toMatchObject({ code: "protocol-error", requestMayHaveBeenSent: true });
  expect(await sendNext(scene)).toBe("next");
});

const CUT: readonly (readonly [title: string, text: string])[] = [
  ["in the status line", "HTTP/1.1 20"],
  ["in the header section", "HTTP/1.1 200 OK\r\nX-A: b"],
  ["before the declared length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
  ["in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc"],
  ["before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
];

test.each(CUT)("a response cut %s is a protocol-error", async (_title, text) => {
  scene.server.answer = (socket) => socket.end(text);
  const failure = await failureOf(send(scene.hook));
  expect(failure).toMatchObject({ code: "protocol-error", requestMayHaveBeenSent: true });
  expect(await sendNext(scene)).toBe("next");
});

test("a server that closes without a word is a connection-error", async () => {
  scene.server.answer = (socket) => socket.end();
  const failure = await failureOf(send(scene.hook));
  expect(failure).toMatchObject({
    code: "connection-error",
    phase: "headers",
    requestMayHaveBeenSent: true,
  });
  expect(await sendNext(scene)).toBe("next");
});

test.each([
  ["a second response", ok("hello") + ok("forged")],
  ["other bytes", `${ok("hello")}surplus`],
])("%s behind a response closes the connection, and no later call reads it", async (_title, text) => {
  scene.server.answer = (socket) => socket.write(text);
  expect(textOf(await send(scene.hook))).toBe("hello");
  const { connections } = scene.server;
  expect(await sendNext(scene)).toBe("next");
  expect(scene.server.connections).toBe(connections + 1);
});

test("bytes that come while a connection is kept close it", async () => {
  let kept: TLSSocket | undefined;
  scene.server.answer = (socket) => {
    kept = socket;
    socket.write(ok("hello"));
  };
  await send(scene.hook);
  const { connections } = scene.server;
  kept?.write(ok("forged"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await sendNext(scene)).toBe("next");
  expect(scene.server.connections).toBe(connections + 1);
});

test("a body without a length ends with the connection", async () => {
  scene.server.answer = (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nabc");
  expect(textOf(await send(scene.hook))).toBe("abc");
  expect(await sendNext(scene)).toBe("next");
});

test.each(["gzip", "deflate", "br", "zstd"])(
  "a body in %s that no length declares is cut where the connection ends before its first byte",
  async (coding) => {
    scene.server.answer = (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n\r\n`);
    expect(await failureOf(send(scene.hook))).toMatchObject({ code: "protocol-error", phase: "decode" });
    expect(await sendNext(scene)).toBe("next");
  },
);

test.each([
  ["a length of 0", answer("HTTP/1.1 200 OK", "Content-Encoding: gzip", "Content-Length: 0", "", "")],
  ["no chunk", answer("HTTP/1.1 200 OK", "Content-Encoding: gzip", "Transfer-Encoding: chunked", "", "0", "", "")],
  ["a 204", answer("HTTP/1.1 204 No Content", "Content-Encoding: gzip", "", "")],
  ["a 304", answer("HTTP/1.1 304 Not Modified", "Content-Encoding: gzip", "", "")],
])("an empty body is empty in every content coding: %s", async (_title, text) => {
  scene.server.answer = (socket) => socket.write(text);
  expect((await send(scene.hook)).bodyLength).toBe(0);
});

test("trailers are read and dropped", async () => {
  scene.server.answer = (socket) =>
    socket.write(answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "3", "abc", "0", "X-T: v", "", ""));
  const response = await send(scene.hook);
  expect(textOf(response)).toBe("abc");
  expect(response.headers).toEqual(["transfer-encoding", "chunked"]);
});

test("fields keep order, repetition and bytes, and lose case and outer space", async () => {
  scene.server.answer = (socket) =>
    socket.write(
      Buffer.from(
        ok("", "Set-Cookie: a=1", "X-One:  two \t", "set-cookie: b=2", "X-L: \xe9", "__proto__: p"),
        "latin1",
      ),
    );
  const response = await send(scene.hook);
  expect(response.headers).toEqual([
    "set-cookie",
    "a=1",
    "x-one",
    "two",
    "set-cookie",
    "b=2",
    "x-l",
    "\xe9",
    "__proto__",
    "p",
    "content-length",
    "0",
  ]);
});

test.each([
  ["names that look like numbers", ["z", "10", "2", "a"]],
  ["names that objects have", ["z", "__proto__", "constructor", "a"]],
  ["plain names", ["z", "b", "a"]],
])("fields keep their order: %s", async (_title, names) => {
  scene.server.answer = (socket) => socket.write(ok("", ...names.map((name) => `${name.toUpperCase()}: ${name}`)));
  const { headers } = await send(scene.hook);
  expect(headers).toEqual([...names.flatMap((name) => [name, name]), "content-length", "0"]);
});

test.each([301, 302, 303, 307, 308])("a redirect (%i) is returned, not followed", async (status) => {
  const { length } = scene.server.requests;
  scene.server.answer = (socket) =>
    socket.write(`HTTP/1.1 ${status} Moved\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n`);
  const response = await send(scene.hook);
  expect(response.status).toBe(status);
  expect(response.headers).toContain("https://evil.example/");
  expect(scene.server.requests.length).toBe(length + 1);
});

test.each([200, 204, 304, 400, 401, 429, 500, 503, 999])("status %i is a response", async (status) => {
  const length = status === 204 || status === 304 ? "" : "Content-Length: 0\r\n";
  scene.server.answer = (socket) => socket.write(`HTTP/1.1 ${status} X\r\n${length}\r\n`);
  expect((await send(scene.hook)).status).toBe(status);
});
