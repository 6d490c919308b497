import { type Bench, eachPeer, withPeer } from "../bench.ts";
import { type Comparison, compare } from "../compare.ts";
import { whole } from "../figures.ts";
import type { PeerName } from "../peers/list.ts";
import { KB, MB } from "../plan.ts";
import { median } from "../statistics.ts";

/** Bodies of text, read as text. */
export async function runBodies(bench: Bench): Promise<void> {
  const { plan, figures } = bench;
  const results = new Map<string, Map<PeerName, Comparison>>();
  await eachPeer(bench, "bodies", bench.peers, (peer) =>
    withPeer(bench, "undici", (base) =>
      withPeer(bench, peer, async (measured) => {
        for (const bytes of plan.bodies) {
          for (const inFlight of plan.bodiesInFlight) {
            bench.progress(`bodies: ${peer}, ${size(bytes)}, ${inFlight} in flight`);
            const comparison = await compare(bench, base, measured, { call: { path: `/${bytes}` }, inFlight });
            const key = keyOf(bytes, inFlight);
            results.set(key, (results.get(key) ?? new Map<PeerName, Comparison>()).set(peer, comparison));
          }
        }
      }),
    ),
  );
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

/** `body-1024-16`. */
export function keyOf(bytes: number, inFlight: number): string {
  return `body-${bytes}-${inFlight}`;
}

export function size(bytes: number): string {
  return bytes >= MB ? `${bytes / MB} MB` : `${bytes / KB} KB`;
}
