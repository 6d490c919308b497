// The server that every peer calls, in a process of its own. It writes answers made beforehand, for the least cost.
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { answerParent } from "./messages.ts";

/** What the server can be asked for. */
export interface ServerOperations {
  /** Starts it, with a certificate and its key in PEM, and gives its port. */
  readonly listen: (identity: { readonly cert: string; readonly key: string }) => Promise<number>;
  /** Whether so many requests wait for `/hold` before the time is over. */
  readonly held: (wanted: { readonly count: number; readonly milliseconds: number }) => Promise<boolean>;
  /** Answers every request that waits. */
  readonly release: () => void;
}

const HEAD_END = "\r\n\r\n";
const HOLD = "/hold";
const waiting: TLSSocket[] = [];
const answers = new Map<string, Buffer>();

/** `/<n>` answers with n bytes of text. */
function answerOf(target: string): Buffer {
  let answer = answers.get(target);
  if (answer === undefined) {
    const length = Number(target.slice(1));
    const head = `HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${length}\r\n\r\n`;
    const line = "The quick brown fox jumps over the lazy dog, 0123456789 times.\n";
    answer = Buffer.from(head + line.repeat(Math.ceil(length / line.length)).slice(0, length), "latin1");
    answers.set(target, answer);
  }
  return answer;
}

function respond(socket: TLSSocket, target: string): void {
  if (target === HOLD) waiting.push(socket);
  else socket.write(answerOf(target));
}

/** Reads requests, one after the other; a body is only counted. */
function serve(socket: TLSSocket): void {
  let received = "";
  let target = "";
  let left = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    if (left > 0) {
      left -= chunk.length;
      if (left <= 0) respond(socket, target);
      return;
    }
    received += chunk.toString("latin1");
    const end = received.indexOf(HEAD_END);
    if (end < 0) return;
    target = received.slice(received.indexOf(" ") + 1, received.indexOf(" HTTP/"));
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
    left = length - (received.length - end - HEAD_END.length);
    received = "";
    if (left <= 0) respond(socket, target);
  });
}

const operations: ServerOperations = {
  async listen(identity) {
    const server = createServer({ ...identity, ALPNProtocols: ["http/1.1"], noDelay: true }, serve);
    server.on("tlsClientError", () => {});
    // 1000 peers connect at once.
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, resolve));
    return (server.address() as AddressInfo).port;
  },
  async held({ count, milliseconds }) {
    const end = performance.now() + milliseconds;
    while (waiting.length < count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    return waiting.length >= count;
  },
  release() {
    for (const socket of waiting.splice(0)) if (socket.writable) socket.write(answerOf("/200"));
  },
};
answerParent(operations);
