import { type Bench, eachPeer, withPeer } from "../bench.ts";
import { type Measure, whole } from "../figures.ts";

const STATES: Measure = {
  key: "instances",
  title: "fresh states a second, each with an event that makes no call",
  write: whole,
};

/** Fresh states. */
export async function runInstances(bench: Bench): Promise<void> {
  await eachPeer(bench, "instances", bench.peers, (peer) =>
    withPeer(bench, peer, async (measured) => {
      if (!(await measured.ask("ready", undefined)).states) return;
      bench.progress(`instances: ${peer}`);
      bench.figures.set(STATES, peer, { value: await measured.ask("fresh", bench.plan.states) });
    }),
  );
}
