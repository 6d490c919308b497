import { type Bench, eachPeer, withPeer } from "../bench.ts";
import { type Measure, oneDigit } from "../figures.ts";
import type { Call } from "../peers/peer.ts";
import { size } from "./bodies.ts";

/** What one large body takes at the peak, as copies of itself. */
export async function runCopies(bench: Bench): Promise<void> {
  const { plan, figures } = bench;
  const calls: readonly (readonly [string, string, Call])[] = [
    ["down", "received", { path: `/${plan.copied}` }],
    ["up", "sent", { path: "/200", upload: plan.copied }],
  ];
  for (const [direction, word, call] of calls) {
    const title = `peak memory of a body of ${size(plan.copied)} ${word}, as copies of it`;
    const measure: Measure = { key: `copies-${direction}`, title, write: oneDigit };
    await eachPeer(bench, "copies", ["undici", ...bench.peers], async (peer) => {
      bench.progress(`copies: ${peer}, ${direction}`);
      const peak = await withPeer(bench, peer, async (measured) => {
        const warm = { inFlight: 4, milliseconds: plan.block, warmMilliseconds: plan.firstWarm, isKept: false };
        await measured.ask("block", { ...warm, call: { path: "/200" } });
        return measured.ask("peak", call);
      });
      figures.set(measure, peer, { value: peak / plan.copied });
    });
  }
}
