import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** The addresses of a name; an empty list is a name without any. */
export type Zone = (name: string, type: "A" | "AAAA") => readonly string[] | "silent" | "servfail" | "nxdomain";

/** A name server on loopback that answers from a function. */
export interface DnsServer {
  /** As `dnsServers` takes it. */
  readonly address: string;
  /** Every question so far, as `name type`. */
  readonly questions: readonly string[];
  zone: Zone;
  close(): Promise<void>;
}

export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, peer) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${name} ${type}`);
    const found = dns.zone(name, type);
    if (found === "silent") return;
    socket.send(answer(query.subarray(0, end), found), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const dns: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    zone,
    close: () => close(socket),
  };
  return dns;
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function readQuestion(query: Buffer): { name: string; type: "A" | "AAAA"; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return {
    name: labels.join(".").toLowerCase(),
    type: query.readUInt16BE(at + 1) === 28 ? "AAAA" : "A",
    end: at + 5,
  };
}

/** RFC 1035, section 4.1.1. */
const FAULTS = { servfail: 2, nxdomain: 3 } as const;

function answer(question: Buffer, found: readonly string[] | keyof typeof FAULTS): Buffer {
  const addresses = typeof found === "string" ? [] : found;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180 + (typeof found === "string" ? FAULTS[found] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, question.subarray(12), ...addresses.map(record)]);
}

function record(address: string): Buffer {
  const data = isIPv6(address)
    ? Buffer.from(
        expand(address)
          .map((group) => group.padStart(4, "0"))
          .join(""),
        "hex",
      )
    : Buffer.from(address.split(".").map(Number));
  const head = Buffer.from([0xc0, 12, 0, isIPv6(address) ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function expand(address: string): string[] {
  // As the URL standard writes it, without an IPv4 address at its end.
  const [left = "", right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after];
}
