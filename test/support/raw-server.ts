import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { createServer } from "node:tls";
import type { Identity } from "./tls.ts";

/** What a raw server does with one request, once its header section and declared body have come. */
export type Answer = (socket: TLSSocket, request: string, count: number) => void;

/** A TLS server that writes what its test says, byte for byte. */
export interface RawServer {
  readonly port: number;
  /** Every request as it came, Latin-1, over all connections. */
  readonly requests: readonly string[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** The server names the clients asked for. */
  readonly servernames: readonly (string | false | null)[];
  answer: Answer;
  /** Set to false before a connection, its requests stay unread. */
  reading: boolean;
  /** Breaks every open connection off with a TCP reset. */
  reset(): void;
  /** Resolves when no connection is open. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export async function startRawServer(identity: Identity, answer: Answer): Promise<RawServer> {
  const requests: string[] = [];
  const servernames: (string | false | null)[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let waiting: (() => void)[] = [];
  const server = createServer({ ...identity, ALPNProtocols: ["http/1.1"] }, (socket) => {
    servernames.push(socket.servername);
    let received = "";
    socket.on("error", () => {});
    if (!raw.reading) return;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      received += chunk;
      for (let end = endOfRequest(received); end > 0; end = endOfRequest(received)) {
        const request = received.slice(0, end);
        received = received.slice(end);
        requests.push(request);
        raw.answer(socket, request, requests.length);
      }
    });
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    // Else a second write waits for the first one's acknowledgement, which comes with the next request.
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const raw: RawServer = {
    port: (server.address() as AddressInfo).port,
    requests,
    servernames,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    answer,
    reading: true,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    drained: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return raw;
}

function endOfRequest(received: string): number {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? "0";
  const end = head + 4 + Number(length);
  return received.length >= end ? end : 0;
}

/** A TCP port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
