// The compiler's own ways out of the language, led through the contract.

import { log, random } from "./platform";

const CRITICAL: i32 = 4;

// Saying why takes memory, and memory may be what ran out.
let aborting: bool = false;

/** Replaces `abort`: says what, and where in the hook's own files, in the log, then traps. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  if (aborting) unreachable();
  aborting = true;
  const what = message != null ? message : "the hook ended itself";
  const where = file != null && !file.startsWith("~lib/") ? ` (${file}:${line}:${column})` : "";
  log(CRITICAL, what + where, null);
  unreachable();
}

/** Replaces the seed of `Math.random`, which would otherwise be an import that no host has. */
export function seed(): f64 {
  const bytes = random(8);
  let bits: u64 = 0;
  for (let i = 0; i < 8; ++i) bits = (bits << 8) | bytes[i];
  return reinterpret<f64>(bits);
}
