import type { Limits } from "../host/index.ts";

// The only place that knows how an event's CPU time is limited.

/** What a spinning hook may take, in milliseconds. */
export const CPU_BUDGET_MS = 100;
export const CPU_LIMIT_NAME = "cpuMilliseconds";

/** The limits under which a hook that spins is ended. */
export function spinLimits(milliseconds: number): Partial<Limits> {
  return { [CPU_LIMIT_NAME]: milliseconds } as Partial<Limits>;
}
