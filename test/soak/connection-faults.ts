import type { Socket } from "node:net";
import type { Zone } from "../support/dns.ts";
import type { Act, Fault } from "./fault.ts";
import { acts } from "./fault.ts";

/** What a server does with a connection before any TLS. Each has a host of its own. */
export const TCP_FAULTS: readonly Act<Socket>[] = [
  ...acts<Socket>(["connection-error"], {
    "reset-at-once": (socket) => socket.resetAndDestroy(),
    "reset-in-handshake": (socket) => onHello(socket, () => socket.resetAndDestroy()),
    "close-in-handshake": (socket) => onHello(socket, () => socket.end()),
    "close-at-once": (socket) => socket.resume().end(),
  }),
  ...acts<Socket>(["tls-error"], {
    // TLS 1.2 record, fatal, handshake_failure (RFC 8446, section 6).
    "tls-alert": (socket) => onHello(socket, () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
    "no-tls": (socket) => onHello(socket, () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "half-a-record": (socket) => onHello(socket, () => socket.write(Buffer.from([22, 3, 9, 255, 255, 1, 2, 3]))),
  }),
];

/** A connection that is taken and left alone. */
export const HANGING_TCP_FAULT: Act<Socket> = {
  name: "no-handshake",
  outcomes: ["timeout"],
  act: (socket) => void socket.resume(),
};

/** Certificates that must not be taken. */
export const CERTIFICATE_FAULTS: readonly Fault[] = ["wrong-name", "expired", "unknown-authority"].map((name) => ({
  name,
  outcomes: ["tls-error"],
}));

/** A port on which nobody listens, and a server that shakes hands and closes. */
export const REFUSED: Fault = { name: "refused", outcomes: ["connection-error"] };
export const CLOSED_AFTER_HANDSHAKE: Fault = { name: "close-after-handshake", outcomes: ["connection-error"] };

/** Names without a usable address. */
export const DNS_FAULTS: readonly Fault[] = [
  { name: "no-address", outcomes: ["dns-error"] },
  { name: "name-server-fails", outcomes: ["dns-error"] },
  { name: "private-address", outcomes: ["address-prohibited"] },
];

/** A name whose server stays silent. A call may share the look-up of an earlier one, which gives up first. */
export const HANGING_DNS_FAULT: Fault = { name: "name-server-silent", outcomes: ["timeout", "dns-error"] };

/** What the name server says to the faults' hosts. */
export const ZONE: Zone = (host) => {
  const [name] = host.split(".");
  if (name === "private-address") return ["127.0.0.1"];
  if (name === "name-server-fails") return "servfail";
  return name === "name-server-silent" ? "silent" : [];
};

/** The host that a fault has to itself. */
export function hostOf({ name }: Fault): string {
  return `${name}.example.com`;
}

function onHello(socket: Socket, act: () => void): void {
  socket.once("data", () => {
    socket.resume();
    act();
  });
}
