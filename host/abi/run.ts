import { HookError } from "../errors.ts";
import { liftOption, type GuestMemory } from "./memory.ts";

// The export `run: func(event: string) -> result<string, string>`.

/** Code units of an error's text; the rest is cut. */
const ERROR_LIMIT = 4096;

/** Lifts the result, of at most `limit` code units. The error case is thrown. */
export function liftResult(memory: GuestMemory, address: number, limit: number): string {
  const at = address >>> 0;
  const isError = liftOption(memory.u8(at));
  const pointer = memory.u32(at + 4);
  const length = memory.u32(at + 8);
  if (isError) {
    throw new HookError(
      "BACKFILL_HOOK_FAILED",
      `the hook returned an error: ${memory.text(pointer, length, ERROR_LIMIT)}`,
    );
  }
  const text = memory.string(pointer, length, limit);
  if (text !== undefined) return text;
  throw new HookError(
    "BACKFILL_HOOK_FAILED",
    `the hook's result is ${length} characters long; at most ${limit} are taken`,
  );
}
