import type { Bench } from "../bench.ts";
import { type Case, comparePeers, type Comparison } from "../compare.ts";
import { whole } from "../figures.ts";
import type { PeerName } from "../peers/list.ts";
import { KB, MB } from "../plan.ts";
import { median } from "../statistics.ts";

/** Which way a body goes, as the guest sees it. */
export type Direction = "received" | "sent";

/** Bodies of text, read or written as text. */
export async function runBodies(bench: Bench): Promise<void> {
  const { plan, figures } = bench;
  const cases = [
    ...plan.bodies.flatMap((bytes) => plan.bodiesInFlight.map((inFlight) => caseOf("received", bytes, inFlight))),
    ...plan.sent.flatMap((bytes) => plan.bodiesInFlight.map((inFlight) => caseOf("sent", bytes, inFlight))),
  ];
  const results = await comparePeers(bench, "bodies", () => cases);
  for (const { key, title } of cases) {
    const row = results.get(key) ?? new Map<PeerName, Comparison>();
    if (row.size === 0) continue;
    const measure = { key, title: `calls/s, ${title}`, write: whole };
    figures.set(measure, "undici", { value: median([...row.values()].map((each) => each.baseCallsPerSecond)) });
    for (const [peer, { callsPerSecond, share }] of row) figures.set(measure, peer, { value: callsPerSecond, share });
  }
}

function caseOf(direction: Direction, bytes: number, inFlight: number): Case {
  const title = `bodies of ${size(bytes)}${direction === "sent" ? " sent" : ""}, ${inFlight} in flight`;
  const call = direction === "sent" ? { path: "/200", upload: bytes } : { path: `/${bytes}` };
  return { key: keyOf(direction, bytes, inFlight), title, call, inFlight };
}

/** `received-1024-16`. */
export function keyOf(direction: Direction, bytes: number, inFlight: number): string {
  return `${direction}-${bytes}-${inFlight}`;
}

export function size(bytes: number): string {
  return bytes >= MB ? `${bytes / MB} MB` : `${bytes / KB} KB`;
}
