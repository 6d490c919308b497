import type { CallRecord } from "../transport/record.ts";
import type { Metrics } from "./metrics.ts";

/** Counts the calls of hooks. Returns what is told of each. */
export function callMetrics(metrics: Metrics): (record: CallRecord) => void {
  const calls = metrics.counter("backfill_calls_total", "HTTP calls by hook, entry of the allowlist and outcome.");
  const seconds = metrics.histogram("backfill_call_seconds", "How long HTTP calls took, by hook.");
  return ({ hook, decision, entry, status, failure, milliseconds }) => {
    const outcome = failure?.code ?? `${Math.floor((status ?? 0) / 100)}xx`;
    calls.add({ hook, entry: decision === "allowed" ? (entry ?? "") : "", outcome });
    seconds.observe({ hook }, milliseconds / 1000);
  };
}
