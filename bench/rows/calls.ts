import type { Bench } from "../bench.ts";
import { type Case, comparePeers, type Comparison } from "../compare.ts";
import { type Measure, oneDigit, signed, whole } from "../figures.ts";
import { PEER_INFO, type PeerName } from "../peers/list.ts";
import { median } from "../statistics.ts";

const CALL = { path: "/200" };

const MEDIAN: Measure = { key: "latency-median", title: "µs a call over undici, one at a time: median", write: signed };
const P99: Measure = { key: "latency-p99", title: "the same: 99th percentile", write: signed };

/** Small bodies: what a call costs, and how many there are in a second. */
export async function runCalls(bench: Bench): Promise<void> {
  const results = await comparePeers(bench, "calls", (peer, { kept }) => {
    const levels = bench.plan.inFlight.filter((inFlight) => inFlight <= PEER_INFO[peer].most);
    return (kept ? [false, true] : [false]).flatMap((isKept) => levels.map((inFlight) => caseOf(inFlight, isKept)));
  });
  store(bench, results);
}

function caseOf(inFlight: number, isKept: boolean): Case {
  const title = `calls, ${inFlight} in flight${isKept ? ", states kept" : ""}`;
  return { key: keyOf(inFlight, isKept), title, call: CALL, inFlight, isKept };
}

/** `calls-16`, or `kept-16` where states are kept. */
export function keyOf(inFlight: number, isKept: boolean): string {
  return `${isKept ? "kept" : "calls"}-${inFlight}`;
}

function store({ figures, plan }: Bench, results: ReadonlyMap<string, ReadonlyMap<PeerName, Comparison>>): void {
  const alone = results.get(keyOf(1, false)) ?? new Map<PeerName, Comparison>();
  for (const [peer, { medianOver, p99Over }] of alone) {
    figures.set(MEDIAN, peer, { value: medianOver });
    figures.set(P99, peer, { value: p99Over });
  }
  const bases = [...alone.values()];
  if (bases.length > 0) {
    const own = (name: "baseMedian" | "baseP99"): string => whole(median(bases.map((base) => base[name])));
    figures.note(
      `undici alone takes ${own("baseMedian")} µs a call one at a time (99th percentile ${own("baseP99")}).`,
    );
  }
  for (const isKept of [false, true]) {
    for (const inFlight of plan.inFlight) {
      const row = results.get(keyOf(inFlight, isKept));
      if (row === undefined) continue;
      const kind = isKept ? "states kept" : "a fresh state each";
      const rate = { key: keyOf(inFlight, isKept), title: `calls/s, ${inFlight} in flight, ${kind}`, write: whole };
      figures.set(rate, "undici", { value: median([...row.values()].map((each) => each.baseCallsPerSecond)) });
      for (const [peer, { callsPerSecond, share }] of row) figures.set(rate, peer, { value: callsPerSecond, share });
    }
  }
  const row = results.get(keyOf(64, false));
  if (row === undefined) return;
  const cpu = { key: "cpu-64", title: "CPU µs a call of the process, 64 in flight", write: oneDigit };
  figures.set(cpu, "undici", { value: median([...row.values()].map((each) => each.baseCpuPerCall)) });
  for (const [peer, { cpuPerCall, baseCpuPerCall }] of row) {
    figures.set(cpu, peer, { value: cpuPerCall, share: cpuPerCall / baseCpuPerCall });
  }
}
