import { setTimeout as sleep } from "node:timers/promises";
import { Ender } from "../../host/ending.ts";
import { HttpFailure } from "../../host/errors.ts";
import type { OutboundResponse } from "../../host/message.ts";
import type { Outbound, OutboundHook } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { FaultServer } from "./fault-server.ts";
import { startFaultServer } from "./fault-server.ts";
import { LIMITS } from "./http-faults.ts";
import type { PlannedCall } from "./plan.ts";
import { planCall, PLACES } from "./plan.ts";
import { Random } from "./random.ts";
import type { Resources } from "./resources.ts";
import { growthOf, takeStock } from "./resources.ts";

/** What a soak is told. */
export interface SoakOptions {
  readonly calls: number;
  readonly seed: number;
  /** Told how many calls have ended. */
  readonly onProgress: (ended: number) => void;
}

/** What a soak found. */
export interface SoakReport {
  /** How many calls ended so, by `outcome phase`. */
  readonly ends: ReadonlyMap<string, number>;
  readonly before: Resources;
  readonly after: Resources;
  /** Every rule that was broken, in words. Empty where all is well. */
  readonly broken: readonly string[];
}

const IN_FLIGHT = 32;
const HOOKS = 3;
/** Every fault is met some times before the process is measured, so that what is made once has been made. */
const WARM_UP_CALLS = PLACES.length * 8;
/** A leak of 100 bytes a call over 10 000 calls. Without one the heap grows by less than a third of it, for the engine learns of the types it meets. */
const MEMORY_GROWTH_BYTES = 1_000_000;
/** What a close may take to reach the other process. */
const CLOSING_MS = 5000;

/** Makes the calls, and proves that each has ended as it may and that nothing of them is left. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const server = await startFaultServer();
  try {
    const random = new Random(options.seed);
    const warmUp = await runCalls(server, WARM_UP_CALLS, random, () => {});
    const before = await takeStock();
    const { ends, broken } = await runCalls(server, options.calls, random, options.onProgress);
    const after = await takeStock();
    const growth = growthOf(before, after, MEMORY_GROWTH_BYTES);
    return { ends, before, after, broken: [...warmUp.broken, ...broken, ...growth] };
  } finally {
    await server.close();
  }
}

/** Outlives every call: what a call leaves on it is seen. */

interface Tally {
  readonly ends: Map<string, number>;
  readonly broken: string[];
}

async function runCalls(
  server: FaultServer,
  calls: number,
  random: Random,
  onProgress: (ended: number) => void,
): Promise<Tally> {
  const tally: Tally = { ends: new Map(), broken: [] };
  let recorded = 0;
  const outbound = open(server, () => recorded++);
  const allowlist = Allowlist.compile([...new Set(PLACES.map(({ host }) => `https://${host}/*`))]);
  const hooks = Array.from({ length: HOOKS }, (_, i) => outbound.openHook({ name: `hook ${i}`, allowlist }));
  let begun = 0;
  let ended = 0;
  const lane = async (): Promise<void> => {
    while (begun < calls) {
      const planned = planCall(begun++, random);
      await runCall(random.pick(hooks), planned, tally);
      onProgress(++ended);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await outbound.close();

  if (recorded !== calls) tally.broken.push(`${calls} calls were made, and the audit was told of ${recorded}`);
  const left = await countOpen(server);
  if (left > 0) tally.broken.push(`${left} connections are open at the servers after the outbound has closed`);
  return tally;
}

function open({ ca, resolve, dnsServers }: FaultServer, onCall: () => void): Outbound {
  return createOutbound({ limits: LIMITS, dnsServers, development: { ca, resolve }, onCall });
}

async function runCall(hook: OutboundHook, planned: PlannedCall, { ends, broken }: Tally): Promise<void> {
  const { fault, request, outcomes, stopAfter } = planned;
  const ending = new Ender();
  if (stopAfter !== undefined) setTimeout(() => ending.end(), stopAfter).unref();
  const end: unknown = await hook
    .beginEvent({ ending })
    .send(request)
    .catch((error: unknown) => error);
  const [outcome, phase] = end instanceof HttpFailure ? [end.code, end.phase] : ["response" as const, "-"];
  const label = `${outcome} ${phase}`;
  ends.set(label, (ends.get(label) ?? 0) + 1);
  if (end instanceof Error && !(end instanceof HttpFailure)) {
    broken.push(`${fault}: ended with another error than an HttpFailure: ${end.stack}`);
  } else if (!outcomes.includes(outcome)) {
    broken.push(
      `${fault}: ended with ${label} (${end instanceof Error ? end.message : ""}), and may with ${outcomes.join(", ")}`,
    );
  } else if (outcome === "response" && !isOwn(end as OutboundResponse, request.url)) {
    broken.push(`${fault}: got the answer of another call`);
  }
}

function isOwn(response: OutboundResponse, url: string): boolean {
  const id = url.slice(url.lastIndexOf("/") + 1);
  return Buffer.concat(response.body).toString("latin1").trimEnd() === id;
}

async function countOpen(server: FaultServer): Promise<number> {
  const until = performance.now() + CLOSING_MS;
  let open = await server.countOpen();
  while (open > 0 && performance.now() < until) {
    await sleep(20);
    open = await server.countOpen();
  }
  return open;
}
