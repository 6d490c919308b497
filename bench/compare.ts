import type { Bench, Measured } from "./bench.ts";
import type { Call } from "./peers/peer.ts";
import type { BlockResult } from "./process/load.ts";
import { median, sum } from "./statistics.ts";

/** A peer beside undici, each in a process of its own, by turns. Each is the median over the rounds. */
export interface Comparison {
  readonly callsPerSecond: number;
  readonly baseCallsPerSecond: number;
  /** Calls a second by undici's. */
  readonly share: number;
  readonly cpuPerCall: number;
  readonly baseCpuPerCall: number;
  /** Microseconds a call over undici. */
  readonly medianOver: number;
  readonly p99Over: number;
  readonly baseMedian: number;
  readonly baseP99: number;
}

const LONG_ROUNDS = 4;

/** Runs undici, peer, peer, undici, and in the next round the other way about, after both have run warm. */
export async function compare(
  { plan }: Bench,
  base: Measured,
  peer: Measured,
  { call, inFlight, isKept = false }: { call: Call; inFlight: number; isKept?: boolean },
): Promise<Comparison> {
  const block = { call, inFlight, isKept, milliseconds: plan.block, warmMilliseconds: plan.warm };
  for (const process of [peer, base]) {
    await process.ask("block", { ...block, milliseconds: 1, warmMilliseconds: plan.firstWarm });
  }
  const rounds: Comparison[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    const started = performance.now();
    const [first, second] = round % 2 === 0 ? [base, peer] : [peer, base];
    const results = new Map<Measured, BlockResult[]>([
      [base, []],
      [peer, []],
    ]);
    for (const process of [first, second, second, first]) {
      results.get(process)?.push(await process.ask("block", block));
    }
    rounds.push(ofRound(results.get(base) ?? [], results.get(peer) ?? []));
    // A peer that takes so long is far off, and one round says how far.
    if (performance.now() - started > LONG_ROUNDS * 4 * plan.block) break;
  }
  return Object.fromEntries(
    Object.keys(rounds[0] ?? {}).map((name) => [name, median(rounds.map((round) => round[name as keyof Comparison]))]),
  ) as unknown as Comparison;
}

function ofRound(bases: readonly BlockResult[], peers: readonly BlockResult[]): Comparison {
  const mean = (results: readonly BlockResult[], name: keyof BlockResult): number =>
    sum(results.map((result) => result[name])) / results.length;
  const callsPerSecond = mean(peers, "callsPerSecond");
  const baseCallsPerSecond = mean(bases, "callsPerSecond");
  const baseMedian = mean(bases, "medianLatency");
  const baseP99 = mean(bases, "p99Latency");
  return {
    callsPerSecond,
    baseCallsPerSecond,
    share: callsPerSecond / baseCallsPerSecond,
    cpuPerCall: mean(peers, "cpuPerCall"),
    baseCpuPerCall: mean(bases, "cpuPerCall"),
    medianOver: mean(peers, "medianLatency") - baseMedian,
    p99Over: mean(peers, "p99Latency") - baseP99,
    baseMedian,
    baseP99,
  };
}
