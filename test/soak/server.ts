import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { createServer } from "node:tls";
import { startDnsServer } from "../support/dns.ts";
import { HOST } from "../support/outbound.ts";
import { closedPort } from "../support/raw-server.ts";
import type { Identity } from "../support/tls.ts";
import { createAuthority } from "../support/tls.ts";
import {
  CERTIFICATE_FAULTS,
  CLOSED_AFTER_HANDSHAKE,
  HANGING_TCP_FAULT,
  hostOf,
  REFUSED,
  TCP_FAULTS,
  ZONE,
} from "./connection-faults.ts";
import type { Fault } from "./fault.ts";
import type { Bearings } from "./fault-server.ts";
import { SPOILED_HOST } from "./fault-server.ts";
import type { Peer } from "./http-faults.ts";
import { HANGING_FAULTS, HTTP_FAULTS, SPOILING_FAULTS } from "./http-faults.ts";

// A process of its own: what it holds open, and its work, are not the client's.

const open = new Set<Socket>();
const answers = new Map([...HTTP_FAULTS, ...HANGING_FAULTS, ...SPOILING_FAULTS].map(({ name, act }) => [name, act]));

async function listen(server: Server): Promise<number> {
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function listenTls(identity: Identity, onSecure: (socket: TLSSocket, tcp: Socket) => void): Promise<number> {
  const byPort = new Map<number, Socket>();
  const server = createServer({ ...identity, ALPNProtocols: ["http/1.1"] }, (socket) => {
    socket.on("error", () => {});
    const tcp = byPort.get(socket.remotePort ?? 0);
    if (tcp !== undefined) onSecure(socket, tcp);
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    byPort.set(port, socket);
    socket.on("close", () => byPort.delete(port));
  });
  return listen(server);
}

/** Answers every request as its path says: `/fault/id`. */
function serve(socket: TLSSocket, tcp: Socket): void {
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? "0";
    if (received.length < head + 4 + Number(length)) return;
    const [, name = "", id = ""] = /^[A-Z]+ \/([^/]+)\/(\d+) /.exec(received) ?? [];
    received = "";
    answer(name, { socket, tcp, id });
  });
}

function answer(name: string, peer: Peer): void {
  const act = answers.get(name);
  if (act === undefined) throw new Error(`no such fault: ${name}`);
  act(peer);
}

async function start(): Promise<Bearings> {
  const authority = await createAuthority();
  const stranger = await createAuthority();
  const identities: readonly Identity[] = [
    await authority.issue(["other.example.com"]),
    await authority.issue(CERTIFICATE_FAULTS.map(hostOf), { days: -1 }),
    await stranger.issue(CERTIFICATE_FAULTS.map(hostOf)),
  ];
  const identity = await authority.issue([HOST, SPOILED_HOST, hostOf(CLOSED_AFTER_HANDSHAKE)]);
  const dns = await startDnsServer(ZONE);

  const resolve: string[] = [];
  const map = (host: string, port: number): number => resolve.push(`${host}:443:127.0.0.1:${port}`);
  const mapFault = (fault: Fault, port: number): number => map(hostOf(fault), port);
  const port = await listenTls(identity, serve);
  map(HOST, port);
  map(SPOILED_HOST, port);
  mapFault(REFUSED, await closedPort());
  mapFault(CLOSED_AFTER_HANDSHAKE, await listenTls(identity, (socket) => socket.destroy()));
  for (const fault of [...TCP_FAULTS, HANGING_TCP_FAULT]) mapFault(fault, await listen(createTcpServer(fault.act)));
  for (const [index, fault] of CERTIFICATE_FAULTS.entries()) {
    mapFault(fault, await listenTls(identities[index] ?? identity, serve));
  }
  return { ca: authority.ca, resolve, dnsServers: [dns.address] };
}

process.on("message", () => process.send?.(open.size));
process.on("disconnect", () => process.exit());
process.send?.(await start());
