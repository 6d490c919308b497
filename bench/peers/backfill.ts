import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackfillConfig } from "../../host/index.ts";
import { CPU_CODE, spinLimits } from "../cpu-budget.ts";
import { eventOf, type Peer, type Target } from "./peer.ts";

const HOST = "api.example.com";
/** For the row of 1000 hooks that wait; no other row comes near the defaults. */
const MANY = 2048;

/** The published package, with every rule, deadline and cap on; a fresh instance for each event. */
export function open(target: Target): Promise<Peer> {
  return openHook(target, "backfill.wasm", "backfill-spin.wasm");
}

export async function openHook(target: Target, hookFile: string, spinFile: string): Promise<Peer> {
  const { createHookRuntime } = (await import(target.packageUrl)) as typeof import("../../host/index.ts");
  const config: BackfillConfig = {
    permissions: { http: [`https://${HOST}/*`] },
    limits: {
      callsInFlight: MANY,
      callsInFlightPerHook: MANY,
      connectionsPerOrigin: MANY,
      ...(target.cpuBudget === undefined ? {} : spinLimits(target.cpuBudget)),
    },
    development: { resolve: [`${HOST}:443:127.0.0.1:${target.port}`], ca: target.ca },
  };
  const runtime = await createHookRuntime(config);
  const hook = await runtime.load(await readFile(join(target.folder, hookFile)));
  const spinner =
    target.cpuBudget === undefined ? undefined : await runtime.load(await readFile(join(target.folder, spinFile)));
  return {
    call: async ({ path, upload }) => (await hook.run(eventOf(`https://${HOST}${path}`, upload))) as number,
    fresh: async () => void (await hook.run({})),
    ...(spinner && { spin: () => spinner.run({}).then(refuseToEnd, expectBudget) }),
  };
}

function expectBudget(error: unknown): void {
  if ((error as { readonly code?: unknown }).code !== CPU_CODE) throw error;
}

function refuseToEnd(): never {
  throw new Error("the spinning hook ended by itself");
}
