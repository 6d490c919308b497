import { type Bench, eachPeer, type Measured, withPeer } from "../bench.ts";
import { type Measure, oneDigit } from "../figures.ts";
import { PEER_INFO } from "../peers/list.ts";
import { KB } from "../plan.ts";

const PATIENCE_MS = 60_000;

/** What a hook takes while it waits for a server: the rise of the process by hooks. */
export async function runWaiting(bench: Bench): Promise<void> {
  for (const count of bench.plan.waiting) {
    const measure: Measure = { key: keyOf(count), title: `KB a waiting hook, ${count} of them`, write: oneDigit };
    // With wasi:http the thread that would start the next call waits for the first one.
    const peers = (["undici", ...bench.peers] as const).filter(
      (peer) => count <= PEER_INFO[peer].most && peer !== "wasi-http",
    );
    await eachPeer(bench, "waiting", peers, async (peer) => {
      bench.progress(`waiting: ${peer}, ${count}`);
      const value = await withPeer(bench, peer, (measured) => risePerHook(bench, measured, count));
      bench.figures.set(measure, peer, { value: value / KB });
    });
  }
}

/** `waiting-1000`. */
export function keyOf(count: number): string {
  return `waiting-${count}`;
}

async function risePerHook({ plan, server }: Bench, measured: Measured, count: number): Promise<number> {
  const warm = { inFlight: Math.min(16, count), milliseconds: plan.block, warmMilliseconds: plan.firstWarm };
  await measured.ask("block", { ...warm, call: { path: "/200" }, isKept: false });
  const before = await measured.ask("rss", undefined);
  await measured.ask("hold", count);
  if (!(await server.ask("held", { count, milliseconds: PATIENCE_MS }))) throw new Error(`${count} calls do not wait`);
  const rise = (await measured.ask("rss", undefined)) - before;
  await server.ask("release", undefined);
  await measured.ask("held", undefined);
  return rise / count;
}
