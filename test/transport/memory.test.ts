import { fork } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOST, ok } from "../support/outbound.ts";
import type { RawServer } from "../support/raw-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import type { TestAuthority } from "../support/tls.ts";
import { createAuthority } from "../support/tls.ts";
import type { MemoryTask, MemoryUse } from "./memory-client.ts";

const MIB = 1024 * 1024;
const CAP = MIB;
const FAR_OVER = 256 * MIB;
/** What Node reads of a socket in one turn at the most: 32 times 64 KiB. */
const BUFFERS = 2 * MIB;
/** What a decoder may look back on (RFC 7932, section 9.1; RFC 9659). */
const BROTLI_WINDOW = 16 * MIB;
const ZSTD_WINDOW = 8 * MIB;
/** The default cap on headers lets 64 KiB of fields pass, and the parser makes two buffers a field, which may be of four bytes. */
const FIELDS = 8 * MIB;
/** What may wait for a collection, the decoders' windows included: a quarter of what the server would send. */
const GARBAGE = 64 * MIB;
/** What an engine learns from a call. */
const TRACES = MIB / 8;

const PIECE = 65_536;
/** Up to here, which is past the cap, the client is looked at before each piece. */
const LOOKED_AT_BYTES = 3 * MIB;

const ZEROS = Buffer.alloc(FAR_OVER);
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const TINY_CHUNK = `10\r\n${"a".repeat(16)}\r\n`;
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const ZSTD = { params: { [constants.ZSTD_c_windowLog]: 23 } };

/** What a server sends: a head, a piece as often as makes `bytes`, and an end. */
interface Flood {
  readonly head: string;
  readonly piece: Uint8Array;
  readonly bytes: number;
  readonly end: string;
}

/** How a call ends, and the bytes that it takes. */
interface Bounds {
  /** A failure's code, or the length of the body. */
  readonly end: string | number;
  /** The call must have held this much at some moment, or the measuring sees nothing. */
  readonly least: number;
  readonly most: number;
}

const over = (window = 0): Bounds => ({ end: "too-large", least: CAP / 2, most: CAP + window + BUFFERS });
const noBody = (most = BUFFERS): Bounds => ({ end: "too-large", least: 0, most });

const FLOODS: readonly (readonly [what: string, Bounds, Flood])[] = [
  ["a body without a length", over(), flood(`${OK}\r\n`, "\0")],
  ["a body in tiny chunks", over(), flood(CHUNKED, TINY_CHUNK)],
  ["a gzip bomb", over(), coded("gzip", gzipSync(ZEROS))],
  ["a brotli bomb", over(BROTLI_WINDOW), coded("br", brotliCompressSync(ZEROS, BROTLI))],
  ["a zstd bomb", over(ZSTD_WINDOW), coded("zstd", zstdCompressSync(ZEROS, ZSTD))],
  ["a body of the cap in tiny chunks", { ...over(), end: CAP }, tinyChunks(CAP)],
  ["an endless reason phrase", noBody(), flood("HTTP/1.1 200 ", "a")],
  ["endless header fields", noBody(FIELDS), flood(OK, "X-A: b\r\n")],
  ["endless informational responses", noBody(), flood("", "HTTP/1.1 103 Early\r\nX-A: b\r\n\r\n")],
  ["an endless chunk extension", noBody(), flood(`${CHUNKED}1;`, "a")],
  ["endless trailer fields", noBody(FIELDS), flood(`${CHUNKED}0\r\n`, "X-A: b\r\n")],
];

/** A head, and a text over and over again. */
function flood(head: string, text: string): Flood {
  return { head, piece: Buffer.from(text.repeat(PIECE / text.length)), bytes: FAR_OVER, end: "" };
}

function tinyChunks(bytes: number): Flood {
  const piece = Buffer.from(TINY_CHUNK.repeat(1024));
  return { head: CHUNKED, piece, bytes: (bytes / 16) * TINY_CHUNK.length, end: "0\r\n\r\n" };
}

function coded(coding: string, body: Buffer): Flood {
  const head = `${OK}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return { head, piece: body, bytes: body.length, end: "" };
}

/** Sends as fast as the client takes it, until it has had enough. */
async function send(socket: TLSSocket, { head, piece, bytes, end }: Flood): Promise<void> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    for (let sent = 0; sent < bytes; sent += piece.length) {
      if (sent < LOOKED_AT_BYTES) await look();
      yield piece;
    }
    yield Buffer.from(end);
  }
  await pipeline(Readable.from(pieces()), socket).catch(() => {});
}

/** Has the client look at its memory. */
let look: () => Promise<void>;
let server: RawServer;
let authority: TestAuthority;
beforeAll(async () => {
  authority = await createAuthority();
  server = await startRawServer(await authority.issue([HOST]), (socket, request) => {
    const [, index] = /^GET \/(\d+) /.exec(request) ?? [];
    const [, , hostile] = FLOODS[Number(index)] ?? [];
    if (hostile === undefined) socket.write(ok("small"));
    else void send(socket, hostile);
  });
});
afterAll(() => server.close());

/** Measures in a process of its own, where there is no server and no other test. */
async function measure(path: string, everyTurn: boolean): Promise<MemoryUse> {
  const child = fork(new URL("memory-client.ts", import.meta.url), { execArgv: [] });
  const { promise: measured, resolve, reject } = Promise.withResolvers<MemoryUse>();
  let looked = (): void => {};
  child.on("message", (message: MemoryUse | "looked") => {
    if (message === "looked") looked();
    else resolve(message);
  });
  child.on("exit", () => reject(new Error("the client stopped before it had measured; its message is above")));
  look = () =>
    new Promise((done) => {
      looked = done;
      if (child.connected) child.send("look");
    });
  const task: MemoryTask = { port: server.port, ca: authority.ca, path, cap: CAP, everyTurn };
  child.send(task);
  return measured;
}

test.each(FLOODS.map(([what, bounds], index) => [what, bounds, index] as const))(
  "%s takes no more memory than the caps and some buffers, and leaves none behind",
  async (what, { end, least, most }, index) => {
    const use = await measure(`${index}`, what.endsWith("bomb"));
    expect(use.end).toBe(end);
    expect(use.peak).toBeGreaterThan(least);
    expect(use.peak).toBeLessThan(most);
    expect(use.kept).toBeLessThan(TRACES);
    expect(use.resident).toBeLessThan(GARBAGE);
  },
);
