import type { Bench } from "../bench.ts";
import { type Case, comparePeers, type Comparison } from "../compare.ts";
import { whole } from "../figures.ts";
import type { PeerName } from "../peers/list.ts";
import { KB, MB } from "../plan.ts";
import { median } from "../statistics.ts";

/** Bodies of text, read as text. */
export async function runBodies(bench: Bench): Promise<void> {
  const { plan, figures } = bench;
  const cases = plan.bodies.flatMap((bytes) => plan.bodiesInFlight.map((inFlight) => caseOf(bytes, inFlight)));
  const results = await comparePeers(bench, "bodies", () => cases);
  for (const bytes of plan.bodies) {
    for (const inFlight of plan.bodiesInFlight) {
      const key = keyOf(bytes, inFlight);
      const row = results.get(key) ?? new Map<PeerName, Comparison>();
      const measure = { key, title: `calls/s, bodies of ${size(bytes)}, ${inFlight} in flight`, write: whole };
      if (row.size === 0) continue;
      figures.set(measure, "undici", { value: median([...row.values()].map((each) => each.baseCallsPerSecond)) });
      for (const [peer, { callsPerSecond, share }] of row) figures.set(measure, peer, { value: callsPerSecond, share });
    }
  }
}

function caseOf(bytes: number, inFlight: number): Case {
  const title = `bodies of ${size(bytes)}, ${inFlight} in flight`;
  return { key: keyOf(bytes, inFlight), title, call: { path: `/${bytes}` }, inFlight };
}

/** `body-1024-16`. */
export function keyOf(bytes: number, inFlight: number): string {
  return `body-${bytes}-${inFlight}`;
}

export function size(bytes: number): string {
  return bytes >= MB ? `${bytes / MB} MB` : `${bytes / KB} KB`;
}
