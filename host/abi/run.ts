import { HookError } from "../errors.ts";
import { abiError, type GuestMemory } from "./memory.ts";

// The export `run: func(event: string) -> result<string, string>`.

/** Code units of a result at the most: 64 MiB of UTF-16. */
const RESULT_LIMIT = 32 * 1024 * 1024;

/** Lifts the result. The error case is thrown. */
export function liftResult(memory: GuestMemory, address: number): string {
  const at = address >>> 0;
  const text = memory.string(memory.u32(at + 4), memory.u32(at + 8), RESULT_LIMIT);
  if (text === undefined) throw abiError("its result is too long");
  if (memory.u8(at) !== 0) throw new HookError("BACKFILL_HOOK_FAILED", `the hook returned an error: ${text}`);
  return text;
}
