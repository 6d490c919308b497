import { ConfigError } from "../errors.ts";
import { type HookRuntime, type HookRuntimeOptions, instrumentRuntime } from "./runtime.ts";

/** Far over the cores of any machine. */
export const MOST_THREADS = 1024;

/** Makes a runtime. Throws `ConfigError` where the options cannot be used, and where Node has no JSPI. */
export async function createHookRuntime(options: HookRuntimeOptions): Promise<HookRuntime> {
  const { threads = 0 } = options;
  if (!Number.isInteger(threads) || threads < 0 || threads > MOST_THREADS) {
    throw new ConfigError("threads", String(threads), `a whole number from 0 to ${MOST_THREADS}`);
  }
  if (threads === 0) return instrumentRuntime(options);
  const { ThreadedRuntime } = await import("../threads/threaded-runtime.ts");
  return ThreadedRuntime.open(options, threads);
}
