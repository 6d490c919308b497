import { STATUS_CODES } from "node:http";
import { HookError, type HookErrorCode } from "../errors.ts";

/** Why a request was not answered with a hook's result, as RFC 9457 writes it. */
export class Problem extends Error {
  readonly status: number;
  /** What to branch on: the last part of `type`. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail - For people; shown to the caller. Never a secret. */
  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** The body, for `application/problem+json`. */
  body(event: string): string {
    return JSON.stringify({
      type: `urn:backfill:problem:${this.code}`,
      title: STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      instance: `urn:uuid:${event}`,
    });
  }
}

/** When to come again where there was no place. */
export const RETRY_SECONDS = "1";

const STATUS: Readonly<Record<HookErrorCode, number>> = {
  BACKFILL_HOOK_TRAPPED: 500,
  BACKFILL_HOOK_FAILED: 500,
  BACKFILL_HOOK_ABI: 500,
  BACKFILL_HOOK_CPU: 500,
  BACKFILL_HOOK_MEMORY: 500,
  BACKFILL_HOOK_STACK: 500,
  BACKFILL_HOOK_DEADLINE: 504,
  BACKFILL_HOOK_CANCELLED: 503,
  BACKFILL_HOOK_BUSY: 503,
  BACKFILL_HOOK_LOST: 500,
};

/** What the caller is told of an event that ended without a result. A fault of the host says nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof HookError)) return new Problem(500, "host-fault", "The host failed; its log says how.");
  return new Problem(
    STATUS[error.code],
    error.code.replace("BACKFILL_", "").replaceAll("_", "-").toLowerCase(),
    error.message,
    error.code === "BACKFILL_HOOK_BUSY" ? { "retry-after": RETRY_SECONDS } : {},
  );
}
