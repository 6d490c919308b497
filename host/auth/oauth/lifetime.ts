import type { Tokens } from "../store/token-store.ts";

/** Milliseconds that the clocks of one fleet may differ by. */
const CLOCK_SKEW = 60_000;

/** Whether a token lives for so many milliseconds more. One from the future is not believed: a clock was set back. */
export function lives({ obtainedAt, expiresAt }: Tokens, milliseconds: number): boolean {
  const now = Date.now();
  return obtainedAt <= now + CLOCK_SKEW && (expiresAt === undefined || expiresAt - now >= milliseconds);
}
