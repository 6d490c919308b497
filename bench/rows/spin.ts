import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, eachPeer, withPeer } from "../bench.ts";
import { CPU_BUDGET_MS, CPU_LIMIT_NAME, spinLimits } from "../cpu-budget.ts";
import { type Measure, oneDigit, whole } from "../figures.ts";
import { ConfigError, createHookRuntime } from "../../host/index.ts";
import { OWN } from "../peers/list.ts";
import { median } from "../statistics.ts";

const GOOD_HOOKS = 63;
const SPINS_ALONE = 3;

const QUIET: Measure = { key: "spin-without", title: `99th percentile of ${GOOD_HOOKS} hooks, µs`, write: whole };
const BESIDE: Measure = { key: "spin-with", title: "the same beside one that spins, µs", write: whole };
const OVER: Measure = { key: "spin-over", title: "a spinning hook, alone: ms past its budget", write: oneDigit };
const OVER_BESIDE: Measure = {
  key: "spin-over-beside",
  title: "the same beside the others: ms past its budget",
  write: oneDigit,
};

/** A hook that spins, beside good ones: what they feel of it, and when it ends. */
export async function runSpin(bench: Bench): Promise<void> {
  if (!(await hasCpuBudget())) {
    bench.figures.note(`Skipped: a spinning hook. This version has no \`limits.${CPU_LIMIT_NAME}\`.`);
    return;
  }
  const file = join(bench.target.folder, "target-spin.json");
  await writeFile(file, JSON.stringify({ ...bench.target, cpuBudget: CPU_BUDGET_MS }));
  const { figures, plan } = bench;
  const peers = OWN.filter((name) => bench.peers.includes(name));
  await eachPeer(bench, "spin", peers, (peer) => {
    bench.progress(`spin: ${peer}`);
    return withPeer(
      bench,
      peer,
      async (measured) => {
        const options = { inFlight: GOOD_HOOKS, milliseconds: plan.spinning };
        await measured.ask("neighbours", { ...options, milliseconds: plan.firstWarm, isSpinning: false });
        const alone: number[] = [];
        for (let i = 0; i < SPINS_ALONE; i++) alone.push(await measured.ask("spin", undefined));
        const quiet = await measured.ask("neighbours", { ...options, isSpinning: false });
        const beside = await measured.ask("neighbours", { ...options, isSpinning: true });
        figures.set(QUIET, peer, { value: quiet.p99Latency });
        figures.set(BESIDE, peer, { value: beside.p99Latency });
        figures.set(OVER, peer, { value: median(alone) - CPU_BUDGET_MS });
        figures.set(OVER_BESIDE, peer, { value: median(beside.spins) - CPU_BUDGET_MS });
      },
      file,
    );
  });
}

/** Whether this version has the limit. */
async function hasCpuBudget(): Promise<boolean> {
  try {
    const runtime = await createHookRuntime({ limits: spinLimits(CPU_BUDGET_MS) });
    await runtime.close();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
