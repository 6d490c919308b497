import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { closedPort } from "../../support/raw-server.ts";
import { createAuthority, type Identity, type TestAuthority } from "../../support/tls.ts";
import { bytesOf, responseBytes, type ServerScript, type Step } from "./script.ts";

/** A server of a case that runs. */
export interface CaseServer {
  readonly port: number;
  /** Each request as it came, in Latin-1. */
  readonly requests: readonly string[];
  readonly connections: number;
  close(): Promise<void>;
}

/** Certificates, made once for a run and name. */
export class Identities {
  readonly ca: string;
  readonly #trusted: TestAuthority;
  readonly #unknown: TestAuthority;
  readonly #made = new Map<string, Promise<Identity>>();

  private constructor(trusted: TestAuthority, unknown: TestAuthority) {
    this.#trusted = trusted;
    this.#unknown = unknown;
    this.ca = trusted.ca;
  }

  static async create(): Promise<Identities> {
    return new Identities(await createAuthority(), await createAuthority());
  }

  of(host: string, fault: ServerScript["tls"]): Promise<Identity> {
    const key = `${fault} ${host}`;
    const made = this.#made.get(key) ?? this.#issue(host, fault);
    this.#made.set(key, made);
    return made;
  }

  #issue(host: string, fault: ServerScript["tls"]): Promise<Identity> {
    if (fault === "expired") return this.#trusted.issue([host], { days: -1 });
    if (fault === "wrong-host") return this.#trusted.issue(["other.example.com"]);
    return (fault === "unknown-authority" ? this.#unknown : this.#trusted).issue([host]);
  }
}

const PLAIN = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

export async function startServer(script: ServerScript, identities: Identities): Promise<CaseServer> {
  if (script.closed === true) {
    return { port: await closedPort(), requests: [], connections: 0, close: () => Promise.resolve() };
  }
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = await createServer(script, identities, requests);
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function createServer(script: ServerScript, identities: Identities, requests: string[]): Promise<Server> {
  const { host = "api.example.com", tls = "ok", answers = [] } = script;
  if (tls === "silent") return createTcpServer(() => {});
  if (tls === "not-tls") return createTcpServer((socket) => socket.once("data", () => socket.end(PLAIN)));
  if (tls === "cut-in-handshake") return createTcpServer((socket) => socket.once("data", () => socket.destroy()));
  const identity = await identities.of(host, tls);
  const server = createTlsServer({ ...identity, ALPNProtocols: ["http/1.1"] }, (socket) => {
    // Who does not say whom it calls would not reach a server of many names.
    if (socket.servername !== host) socket.destroy();
    serve(socket, (request) => {
      requests.push(request);
      return answers[requests.length - 1] ?? [{ close: true }];
    });
    socket.on("reset", () => raw.get(socket.remotePort ?? 0)?.resetAndDestroy());
  });
  // Only the socket under TLS can be reset.
  const raw = new Map<number, Socket>();
  server.on("connection", (socket: Socket) => raw.set(socket.remotePort ?? 0, socket));
  server.on("tlsClientError", () => {});
  return server;
}

/** Reads requests and plays their answers, in order, without waiting for one before the next is read. */
function serve(socket: Socket, answerTo: (request: string) => readonly Step[]): void {
  let received = "";
  socket.setEncoding("latin1");
  socket.on("error", () => {});
  socket.on("data", (chunk: string) => {
    received += chunk;
    for (let end = endOfRequest(received); end > 0; end = endOfRequest(received)) {
      const request = received.slice(0, end);
      received = received.slice(end);
      // What is left to play when the peer has gone is nobody's loss.
      play(socket, answerTo(request)).catch(() => {});
    }
  });
}

async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (typeof step === "string") socket.write(step, "latin1");
    else if ("respond" in step) socket.write(responseBytes(step.respond));
    else if ("send" in step) socket.write(bytesOf(step.send));
    else if ("wait" in step) await pause(step.wait);
    else if ("close" in step) socket.end();
    else if ("reset" in step) socket.emit("reset");
    else await repeat(socket, step.repeat);
  }
}

async function repeat(
  socket: Socket,
  { send, times, wait: between }: { readonly send: string; readonly times: number; readonly wait?: number },
): Promise<void> {
  for (let i = 0; i < times && !socket.destroyed; i++) {
    if (between !== undefined) await pause(between);
    await new Promise((resolve) => socket.write(send, "latin1", resolve));
  }
}

function endOfRequest(received: string): number {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? "0";
  const end = head + 4 + Number(length);
  return received.length >= end ? end : 0;
}

/** Keeps no process alive. */
function pause(milliseconds: number): Promise<void> {
  return wait(milliseconds, undefined, { ref: false });
}
