import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Act } from "./fault.ts";
import { acts } from "./fault.ts";

/** The one who asked. */
export interface Peer {
  readonly socket: TLSSocket;
  /** What the TLS runs over: only it can be reset. */
  readonly tcp: Socket;
  /** What every answer repeats, so that an answer to another call shows. */
  readonly id: string;
}

type Answer = (peer: Peer) => void;

/** The caps that the faults pass. */
export const LIMITS = {
  responseBodyBytes: 256 * 1024,
  headerCount: 32,
  headerBytes: 8192,
  informationalResponses: 16,
} as const;

const EARLY = "HTTP/1.1 103 Early\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const BOMB = gzipSync(Buffer.alloc(16 * 1024 * 1024));
const EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
const THREE_OF_NINE = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";

/** What leaves nothing behind for the next call on a kept connection. */
export const HTTP_FAULTS: readonly Act<Peer>[] = [
  ...acts<Peer>(["response"], {
    good: says((id) => whole(id)),
    "good-later": (peer) => void setTimeout(says(whole(peer.id)), 20, peer),
    "good-500": says((id) => whole(id).replace("200 OK", "500 Oops")),
    "good-302": says((id) => whole(id, "Location: /good/0").replace("200 OK", "302 Found")),
    "good-after-103": says((id) => EARLY.repeat(3) + whole(id)),
    "good-chunked": says((id) => chunked(id) + LAST_CHUNK),
    "good-gzip": says((id) => coded("gzip", gzipSync(id))),
    "good-br": says((id) => coded("br", brotliCompressSync(id))),
    "good-zstd": says((id) => coded("zstd", zstdCompressSync(id))),
    "good-to-the-cap": says((id) => whole(id.padEnd(LIMITS.responseBodyBytes))),
    "good-and-close": ends((id) => whole(id, "Connection: close")),
    "good-until-close": ends((id) => `HTTP/1.1 200 OK\r\n\r\n${id}`),
  }),
  ...acts<Peer>(["connection-error"], {
    "close-after-request": ({ socket }) => void socket.end(),
    "cut-after-request": ({ tcp }) => void tcp.destroy(),
    "reset-after-request": ({ tcp }) => void tcp.resetAndDestroy(),
  }),
  // A part of the answer has come: the server broke the protocol, or the connection under it.
  ...acts<Peer>(["protocol-error", "connection-error"], {
    "close-in-status": ends("HTTP/1.1 2"),
    "close-in-headers": ends("HTTP/1.1 200 OK\r\nX-A: b"),
    "close-after-103": ends(EARLY),
    "close-in-body": ends(THREE_OF_NINE),
    "close-in-chunks": ends(chunked("abc")),
    "reset-in-headers": resets("HTTP/1.1 200 OK\r\nX-A: b"),
    "reset-in-body": resets(THREE_OF_NINE),
    "reset-in-chunks": resets(chunked("abc")),
  }),
  ...acts<Peer>(["protocol-error"], {
    garbage: says("\0\x01\x02 what is this?\r\n\r\n"),
    http2: says("\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"),
    "switch-protocols": says("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
    "status-99": says(`${EMPTY.replace("200", "099")}\r\n`),
    "bad-header-name": says(`${EMPTY}X A: b\r\n\r\n`),
    "nul-in-header": says(`${EMPTY}X-A: \0\r\n\r\n`),
    "two-lengths": says(`${EMPTY}Content-Length: 4\r\n\r\n`),
    "length-and-chunks": says(`${EMPTY}Transfer-Encoding: chunked\r\n\r\n${LAST_CHUNK}`),
    "chunk-nonsense": says(`${chunked("abc")}zz\r\nabc\r\n`),
    "chunk-length-overflow": says(`${chunked("abc")}${"f".repeat(20)}\r\nabc\r\n`),
    "chunk-longer-than-said": says(`${chunked("abc")}3\r\nabcdef\r\n`),
    "bad-gzip": says(coded("gzip", Buffer.from("this is no gzip"))),
    "cut-gzip": says((id) => coded("gzip", gzipSync(id).subarray(0, -3))),
    "gzip-and-more": says((id) => coded("gzip", Buffer.concat([gzipSync(id), Buffer.from("more")]))),
    "unknown-coding": says(coded("lzma", Buffer.from("abc"))),
    "two-codings": says((id) => coded("gzip, gzip", gzipSync(gzipSync(id)))),
  }),
  ...acts<Peer>(["too-large"], {
    "flood-of-103": says(EARLY.repeat(1000)),
    "long-header": says(`${EMPTY}X-A: ${"a".repeat(100_000)}\r\n\r\n`),
    "many-headers": says(`${EMPTY}${"X-A: b\r\n".repeat(100)}\r\n`),
    "body-said-too-large": says("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"),
    "chunks-too-large": says(chunked("a".repeat(LIMITS.responseBodyBytes + 1))),
    "gzip-bomb": says(coded("gzip", BOMB)),
  }),
];

/** What only a deadline ends. */
export const HANGING_FAULTS: readonly Act<Peer>[] = acts<Peer>(["timeout"], {
  "no-answer": () => {},
  "drip-103": drips("", EARLY),
  "drip-headers": drips("HTTP/1.1 200 OK\r\nX-A: ", "a"),
  "drip-body": drips("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", "a"),
  "drip-chunks": drips("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"),
  "stop-in-body": says(THREE_OF_NINE),
  "stop-in-gzip": says(coded("gzip", BOMB).subarray(0, 200)),
});

/** What spoils its connection for a later call, which ends as these do or well. */
export const SPOILING_FAULTS: readonly Act<Peer>[] = acts<Peer>(["response", "connection-error", "protocol-error"], {
  "surplus-answer": says((id) => whole(id) + whole("an answer to nobody")),
  "surplus-bytes": says((id) => `${whole(id)}\r\n\r\nsurplus`),
  "surplus-later": (peer) => (says(whole(peer.id))(peer), void setTimeout(says("surplus"), 2, peer)),
  "close-when-kept": ends((id) => whole(id)),
  "close-when-kept-later": (peer) => (says(whole(peer.id))(peer), void setTimeout(() => peer.socket.end(), 2)),
  "reset-when-kept": (peer) => (says(whole(peer.id))(peer), void setTimeout(() => peer.tcp.resetAndDestroy(), 2)),
});

type Text = string | Buffer | ((id: string) => string | Buffer);

function says(text: Text): Answer {
  return ({ socket, id }) => {
    if (socket.writable) socket.write(typeof text === "function" ? text(id) : text, "latin1");
  };
}

function ends(text: Text): Answer {
  return (peer) => {
    says(text)(peer);
    peer.socket.end();
  };
}

function resets(text: Text): Answer {
  return (peer) => {
    says(text)(peer);
    setTimeout(() => peer.tcp.resetAndDestroy(), 2);
  };
}

function drips(first: string, drop: string): Answer {
  return (peer) => {
    says(first)(peer);
    const timer = setInterval(says(drop), 50, peer);
    peer.socket.on("close", () => clearInterval(timer));
  };
}

function whole(body: string, ...fields: readonly string[]): string {
  return ["HTTP/1.1 200 OK", ...fields, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

/** A chunked response without its last chunk. */
function chunked(body: string): string {
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`;
}

function coded(coding: string, body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
