/** A server in a process of its own, which answers while its test's thread is busy. */
import { HOST, ok } from "../support/outbound.ts";
import { startRawServer } from "../support/raw-server.ts";
import { createAuthority } from "../support/tls.ts";

/** How to reach it. */
export interface RemoteServer {
  readonly port: number;
  readonly ca: string;
}

const FORGERY_MS = 20;

const authority = await createAuthority();
const server = await startRawServer(await authority.issue([HOST]), (socket, request) => {
  socket.write(ok(String(server.connections)));
  if (request.startsWith("GET /forge ")) setTimeout(() => socket.write(ok("forged")), FORGERY_MS);
});
const address: RemoteServer = { port: server.port, ca: authority.ca };
process.send?.(address);
