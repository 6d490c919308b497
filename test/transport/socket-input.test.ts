import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import { setImmediate as immediate, setTimeout as wait } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { Client, type Dispatcher } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SocketInput, type Handing } from "../../host/transport/socket-input.ts";
import type { Answer } from "../support/raw-server.ts";
import type { Scene } from "../support/outbound.ts";
import { openScene, send, textOf } from "../support/outbound.ts";

const MIB = 1024 * 1024;
const AT_ONCE = 12;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ limits: { responseBodyBytes: 16 * MIB } });
});
afterAll(() => scene.close());

interface Written {
  readonly head: string;
  readonly body: Buffer;
}

/** Calls at once, of which each has a body of its own, by the number in its path; what each was given, and what it should be. */
async function callAll(writtenOf: (body: Buffer) => Written, size: number, answer: WriteAnswer): Promise<void> {
  const bodies = Array.from({ length: AT_ONCE }, () => randomBytes(size));
  scene.server.answer = (socket, request) => {
    const number = Number(/^GET \/(\d+)/.exec(request)?.[1]);
    void answer(socket, writtenOf(bodies[number] as Buffer));
  };
  const given = await Promise.all(
    bodies.map((_body, i) => send(scene.hook, { url: `https://api.example.com/${i}`, timeout: 20_000 })),
  );
  given.forEach((response, i) => {
    expect(response.headers).toContain("x-last");
    expect(response.headers).toContain(`value ${"v".repeat(40)}`);
    // No `toEqual`: it would print megabytes.
    expect(Buffer.concat(response.body).equals(bodies[i] as Buffer)).toBe(true);
  });
}

type WriteAnswer = (socket: TLSSocket, written: Written) => Promise<void> | void;

const FIELDS = `X-First: a\r\nX-Last: value ${"v".repeat(40)}`;

function withLength(body: Buffer): Written {
  return { head: `HTTP/1.1 200 OK\r\n${FIELDS}\r\nContent-Length: ${body.length}\r\n\r\n`, body };
}

function inChunks(body: Buffer): Written {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += 1000) {
    const chunk = body.subarray(at, at + 1000);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  const end = Buffer.from("0\r\nX-Trailer: one\r\nX-Other: two\r\n\r\n");
  return {
    head: `HTTP/1.1 200 OK\r\n${FIELDS}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    body: Buffer.concat([...chunks, end]),
  };
}

function zipped(body: Buffer): Written {
  const zip = gzipSync(body);
  return {
    head: `HTTP/1.1 200 OK\r\n${FIELDS}\r\nContent-Encoding: gzip\r\nContent-Length: ${zip.length}\r\n\r\n`,
    body: zip,
  };
}

/** In pieces of a size, each a TLS record, with turns of the event loop between them. */
function inPieces(size: number): WriteAnswer {
  return async (socket, { head, body }) => {
    const all = Buffer.concat([Buffer.from(head), body]);
    for (let at = 0; at < all.length; at += size) {
      socket.write(all.subarray(at, at + size));
      await wait(0);
    }
  };
}

const atOnce: WriteAnswer = (socket, { head, body }) => {
  socket.write(Buffer.concat([Buffer.from(head), body]));
};

const SHAPES = [
  ["with a length", withLength],
  ["in chunks with trailers", inChunks],
  ["compressed", zipped],
] as const;

test.each(SHAPES)("large bodies %s that come at the same time on many connections each stay whole", (_shape, shape) =>
  callAll(shape, 2 * MIB + 17, atOnce),
);

test.each(SHAPES)("a head and a body %s in many records are whole, whatever else is read in between", (_shape, shape) =>
  callAll(shape, 300, inPieces(7)),
);

test.each(SHAPES)("a body %s is whole where the server closes right behind it", async (_shape, shape) => {
  await callAll(shape, MIB, (socket, { head, body }) => {
    socket.end(Buffer.concat([Buffer.from(head), body]));
  });
});

test("a compressed body that is decoded more slowly than it comes is whole where the server closes right behind it", async () => {
  // Where the decoder is behind, the reading stops: what has come by then is kept, and the end comes after it.
  const body = Buffer.alloc(15 * MIB, "a rather long text that compresses well, ");
  const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
  const answer: Answer = (socket) => socket.end(Buffer.concat([Buffer.from(head), gzipSync(body, { level: 0 })]));
  scene.server.answer = answer;
  const response = await send(scene.hook, { timeout: 20_000 });
  expect(Buffer.concat(response.body).equals(body)).toBe(true);
});

test("who listens to undici's pieces of a body may keep them", async () => {
  const pieces: Uint8Array[] = [];
  const keep = (message: unknown): void => void pieces.push((message as { readonly chunk: Uint8Array }).chunk);
  subscribe("undici:request:bodyChunkReceived", keep);
  try {
    const body = randomBytes(MIB);
    const { head } = withLength(body);
    scene.server.answer = (socket) => socket.write(Buffer.concat([Buffer.from(head), body]));
    await send(scene.hook, { timeout: 20_000 });
    expect(Buffer.concat(pieces).equals(body)).toBe(true);
  } finally {
    unsubscribe("undici:request:bodyChunkReceived", keep);
  }
});

test("answers that came before their connections were reset are answers", async () => {
  const answered: TLSSocket[] = [];
  const answer = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  scene.server.answer = (socket) => {
    answered.push(socket);
    if (answered.length < 3) return;
    for (const one of answered.slice(0, 2)) one.write(answer);
    // The client reads them in the next turn, and the reset of their connections in the turn after that.
    setImmediate(() => setImmediate(() => scene.server.reset()));
  };
  const calls = [1, 2, 3].map(() => send(scene.hook, { timeout: 20_000 }));
  const ends = await Promise.allSettled(calls);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(ends[2]).toMatchObject({ reason: { code: "connection-error" } });
});

test("small answers with no length of their own are whole, though their connections end right behind them", async () => {
  const answered: TLSSocket[] = [];
  scene.server.answer = (socket) => {
    answered.push(socket);
    if (answered.length < 3) return;
    for (const one of answered.slice(0, 2)) one.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole");
    setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"), 20);
  };
  const responses = await Promise.all([1, 2, 3].map(() => send(scene.hook, { timeout: 20_000 })));
  expect(responses.map(textOf)).toEqual(["whole", "whole", "late"]);
});

/** What a paused parser of undici is given in pieces, and what comes of it. */
async function resumed(head: string, behind: readonly string[]): Promise<{ events: string[]; isDestroyed: boolean }> {
  // It leads nowhere: what it receives is said here.
  const socket = Object.assign(new Socket() as TLSSocket, { read: () => null, write: () => true });
  const reader = { expectsAnswer: true, onRead: (): Handing => "at once" };
  const input = new SocketInput(reader);
  input.attach(socket);
  const connect = (_options: unknown, callback: (error: null, socket: TLSSocket) => void): void =>
    void setImmediate(() => callback(null, socket));
  const client = new Client("http://api.example.com", { connect, maxHeaderSize: 200 });
  const events: string[] = [];
  let paused: Dispatcher.DispatchController | undefined;
  client.dispatch(
    { method: "GET", path: "/" },
    {
      onRequestStart: () => {},
      onResponseStart: () => {},
      onResponseData(controller) {
        controller.pause();
        paused = controller;
      },
      onResponseEnd: () => void events.push("end"),
      onResponseError: (_controller, error) => void events.push(error.name),
    },
  );
  await wait(5);
  for (const piece of [head, ...behind]) {
    input.buffer.set(Buffer.from(piece));
    input.callback(piece.length);
  }
  paused?.resume();
  await wait(5);
  return { events, isDestroyed: socket.destroyed };
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

test("what lies behind the end of a connection's last answer ends the connection, where its parser was paused", async () => {
  const closing = CHUNKED.replace("\r\n", "\r\nConnection: close\r\n");
  expect(await resumed(closing, ["0\r\n\r\n", "surplus"])).toEqual({ events: ["end"], isDestroyed: true });
});

test("a header section that is too large ends the connection, where its parser was paused", async () => {
  const trailer = `0\r\nX: ${"t".repeat(300)}\r\n`;
  const { events, isDestroyed } = await resumed(CHUNKED, [
    trailer,
    "5\r\nEVIL!\r\n0\r\n\r\n",
    "7\r\nEVIL-2!\r\n0\r\n\r\n",
  ]);
  expect(events).toEqual(["HeadersOverflowError"]);
  expect(isDestroyed).toBe(true);
});

describe("bytes that wait until all sockets were read", () => {
  /** An input whose reader says how; what it was handed, and whether an answer is expected. */
  class Reader {
    handing: Handing = "together";
    expectsAnswer = true;
    readonly handed: string[] = [];
    readonly input: SocketInput = new SocketInput(this);
    readonly socket: Socket = new Socket();

    constructor() {
      this.input.attach(this.socket as TLSSocket);
      this.socket.on("error", () => {});
      this.socket.on("readable", () => {
        for (let piece = this.socket.read(); piece !== null; piece = this.socket.read()) {
          this.handed.push(String(piece));
        }
      });
    }

    onRead(): Handing {
      return this.handing;
    }

    receive(text: string): boolean {
      this.input.buffer.set(Buffer.from(text));
      return this.input.callback(text.length);
    }
  }

  test("are handed on in the check phase, whatever was read into the buffer since", async () => {
    const [one, other] = [new Reader(), new Reader()];
    expect(one.receive("one")).toBe(true);
    expect(other.receive("two")).toBe(true);
    expect([one.handed, other.handed]).toEqual([[], []]);
    await immediate();
    expect([one.handed, other.handed]).toEqual([["one"], ["two"]]);
  });

  test("are handed on with those behind them, once", async () => {
    const reader = new Reader();
    reader.receive("one");
    reader.receive("two");
    expect(reader.handed).toEqual(["one", "two"]);
    reader.receive("three");
    await immediate();
    await immediate();
    expect(reader.handed).toEqual(["one", "two", "three"]);
  });

  test("do not wait where the reader says so, nor where they fill a record", () => {
    const reader = new Reader();
    reader.handing = "at once";
    reader.receive("one");
    expect(reader.handed).toEqual(["one"]);
    reader.handing = "together";
    reader.receive("x".repeat(16_384));
    expect(reader.handed).toHaveLength(2);
    reader.receive("x".repeat(16_383));
    expect(reader.handed).toHaveLength(2);
  });

  test("are handed on before their socket is destroyed, where an answer is expected, and never after", async () => {
    const reader = new Reader();
    reader.receive("one");
    reader.socket.destroy();
    expect(reader.handed).toEqual(["one"]);
    const other = new Reader();
    other.expectsAnswer = false;
    other.receive("one");
    other.socket.destroy();
    await immediate();
    expect(other.handed).toEqual([]);
  });
});
