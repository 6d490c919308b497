import { type Bench, eachPeer, type Measured, withPeer } from "./bench.ts";
import type { PeerName } from "./peers/list.ts";
import type { Call } from "./peers/peer.ts";
import type { Block, BlockResult } from "./process/load.ts";
import type { Has } from "./process/measured.ts";
import { median, sum } from "./statistics.ts";

/** A peer beside undici, each in a process of its own, by turns. Each is the median over the pairs. */
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

/** What is compared. */
export interface Case {
  readonly key: string;
  /** For who waits. */
  readonly title: string;
  readonly call: Call;
  readonly inFlight: number;
  /** Whether states are kept. Default false. */
  readonly isKept?: boolean;
}

const LONG_ROUND = 4;

/** What new processes are warmed with: many small calls. */
const WARM_CALLS = { call: { path: "/200" }, inFlight: 16, isKept: false };

/**
 * Compares every peer with undici in pairs of new processes: processes of the same code differ more than blocks of one do.
 *
 * @param row - For who reads of a pair that failed. What the others found counts.
 * @param casesOf - What is compared with a peer that has this.
 * @returns by the cases' keys.
 */
export async function comparePeers(
  bench: Bench,
  row: string,
  casesOf: (peer: PeerName, has: Has) => readonly Case[],
): Promise<ReadonlyMap<string, ReadonlyMap<PeerName, Comparison>>> {
  const results = new Map<string, Map<PeerName, Comparison>>();
  for (const peer of bench.peers) {
    for (const [key, comparisons] of await comparePeer(bench, row, peer, (has) => casesOf(peer, has))) {
      const ofKey = results.get(key) ?? new Map<PeerName, Comparison>();
      results.set(key, ofKey.set(peer, medianOf(comparisons)));
    }
  }
  return results;
}

async function comparePeer(
  bench: Bench,
  row: string,
  peer: PeerName,
  cases: (has: Has) => readonly Case[],
): Promise<ReadonlyMap<string, readonly Comparison[]>> {
  const { plan } = bench;
  const pairs = peer === "backfill" || peer === "null" ? plan.closePairs : plan.pairs;
  const results = new Map<string, Comparison[]>();
  const isFarOff = new Set<string>();
  const comparePair = async (base: Measured, measured: Measured, pair: number): Promise<void> => {
    const ready = await measured.ask("ready", undefined);
    await warm([measured, base], WARM_CALLS, plan.processWarm);
    for (const one of cases(ready)) {
      if (isFarOff.has(one.key)) continue;
      bench.progress(`${one.title}: ${peer}, pair ${pair} of ${pairs}`);
      const { comparison, isLong } = await compare(bench, base, measured, one);
      bench.progress(
        `  ${comparison.share.toFixed(2)} of undici's ${Math.round(comparison.baseCallsPerSecond)} a second`,
      );
      results.set(one.key, [...(results.get(one.key) ?? []), comparison]);
      if (isLong) isFarOff.add(one.key);
    }
  };
  for (let pair = 1; pair <= pairs; pair++) {
    await eachPeer(bench, row, [peer], () =>
      withPeer(bench, "undici", (base) => withPeer(bench, peer, (measured) => comparePair(base, measured, pair))),
    );
  }
  return results;
}

/** Runs undici, peer, peer, undici, and then the other way about, after both have run warm. */
async function compare(
  { plan }: Bench,
  base: Measured,
  peer: Measured,
  { call, inFlight, isKept = false }: Case,
): Promise<{ readonly comparison: Comparison; readonly isLong: boolean }> {
  const block = { call, inFlight, isKept, milliseconds: plan.block, warmMilliseconds: plan.warm };
  await warm([peer, base], block, plan.firstWarm);
  const bases: BlockResult[] = [];
  const peers: BlockResult[] = [];
  let isLong = false;
  for (let round = 0; round < plan.rounds && !isLong; round++) {
    const started = performance.now();
    const [first, second] = round % 2 === 0 ? [base, peer] : [peer, base];
    for (const process of [first, second, second, first]) {
      (process === base ? bases : peers).push(await process.ask("block", block));
    }
    // A peer that takes so long is far off, and one round says how far.
    isLong = performance.now() - started > LONG_ROUND * 4 * plan.block;
  }
  return { comparison: comparisonOf(bases, peers), isLong };
}

/** Has each make calls for so long, one process after the other. */
async function warm(
  processes: readonly Measured[],
  calls: Pick<Block, "call" | "inFlight" | "isKept">,
  warmMilliseconds: number,
): Promise<void> {
  for (const process of processes) {
    await process.ask("block", { ...calls, milliseconds: 1, warmMilliseconds });
  }
}

function medianOf(comparisons: readonly Comparison[]): Comparison {
  return Object.fromEntries(
    Object.keys(comparisons[0] ?? {}).map((name) => [
      name,
      median(comparisons.map((comparison) => comparison[name as keyof Comparison])),
    ]),
  ) as unknown as Comparison;
}

function comparisonOf(bases: readonly BlockResult[], peers: readonly BlockResult[]): Comparison {
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
