import type { Call, Peer } from "../peers/peer.ts";
import { quantile } from "../statistics.ts";

/** A block of calls. */
export interface Block {
  readonly call: Call;
  readonly inFlight: number;
  /** How long calls are counted. */
  readonly milliseconds: number;
  /** How long they run before, at the least; each loop also ends one call. */
  readonly warmMilliseconds: number;
  /** Whether states are kept: one for each loop. */
  readonly isKept: boolean;
}

export interface BlockResult {
  readonly callsPerSecond: number;
  /** CPU time of the whole process in microseconds, by calls. */
  readonly cpuPerCall: number;
  /** Microseconds. */
  readonly medianLatency: number;
  readonly p99Latency: number;
}

const FEW = 16;

/** Keeps so many calls in flight, each loop awaiting one at a time, and counts those that end within the time. */
export async function runBlock(peer: Peer, block: Block): Promise<BlockResult> {
  const { call, inFlight, milliseconds, warmMilliseconds, isKept } = block;
  const latencies: number[] = [];
  const started = performance.now();
  let warmLoops = 0;
  let from = Infinity;
  let last = Infinity;
  let isOver = false;
  let cpu = process.cpuUsage();
  const count = (end: number, latency: number): void => {
    latencies.push(latency);
    // A slow peer is given the time for a few.
    if (end < from + milliseconds || latencies.length < Math.min(inFlight, FEW)) return;
    isOver = true;
    last = end;
    cpu = process.cpuUsage(cpu);
  };
  const loop = async (): Promise<void> => {
    const callee = isKept && peer.keep !== undefined ? await peer.keep() : peer;
    let calls = 0;
    for (let now = performance.now(); ;) {
      await callee.call(call);
      const end = performance.now();
      if (++calls === 1) warmLoops++;
      if (isOver) return;
      if (from !== Infinity) {
        count(end, (end - now) * 1000);
      } else if (warmLoops === inFlight && end - started >= warmMilliseconds) {
        from = end;
        cpu = process.cpuUsage();
      }
      now = end;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return {
    callsPerSecond: (latencies.length / (last - from)) * 1000,
    cpuPerCall: (cpu.user + cpu.system) / latencies.length,
    medianLatency: quantile(latencies, 0.5),
    p99Latency: quantile(latencies, 0.99),
  };
}

/** How many fresh states a second come to be, one after the other. */
export async function countFresh(peer: Peer, milliseconds: number): Promise<number> {
  if (peer.fresh === undefined) throw new Error("there are no states");
  for (let end = performance.now() + milliseconds / 2; performance.now() < end;) await peer.fresh();
  const started = performance.now();
  let count = 0;
  let now = started;
  for (; now < started + milliseconds; now = performance.now()) {
    await peer.fresh();
    count++;
  }
  return (count / (now - started)) * 1000;
}

/** Latencies in microseconds of good calls, beside a hook that spins again and again. */
export interface Neighbours {
  readonly p99Latency: number;
  /** How long each spinning event lasted, in milliseconds. */
  readonly spins: readonly number[];
}

export async function runBesideSpinner(
  peer: Peer,
  { inFlight, milliseconds, isSpinning }: { inFlight: number; milliseconds: number; isSpinning: boolean },
): Promise<Neighbours> {
  const end = performance.now() + milliseconds;
  const latencies: number[] = [];
  const spins: number[] = [];
  const loops = Array.from({ length: inFlight }, async () => {
    for (let now = performance.now(); now < end;) {
      await peer.call({ path: "/200" });
      const then = performance.now();
      latencies.push((then - now) * 1000);
      now = then;
    }
  });
  if (isSpinning) {
    loops.push(
      (async () => {
        for (let now = performance.now(); now < end;) {
          await peer.spin?.();
          const then = performance.now();
          spins.push(then - now);
          now = then;
        }
      })(),
    );
  }
  await Promise.all(loops);
  return { p99Latency: quantile(latencies, 0.99), spins };
}
