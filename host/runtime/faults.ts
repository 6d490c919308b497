import { HookError } from "../errors.ts";
import type { Fuel } from "./fuel.ts";

/** What a guest's own fault is called, where the engine's error has a name for it; else that error. */
export function faultOf(error: unknown, fuel: Fuel): unknown {
  if (error instanceof RangeError) {
    const message = "the hook's calls are nested too deeply: its stack is exhausted";
    return new HookError("BACKFILL_HOOK_STACK", message, { cause: error });
  }
  if (error instanceof WebAssembly.RuntimeError && fuel.wasRefusedMemory) {
    const message = "the hook asked for more memory than limits.memoryBytes lets an instance have";
    return new HookError("BACKFILL_HOOK_MEMORY", message, { cause: error });
  }
  return error;
}
