import { channel } from "node:diagnostics_channel";
import type { CallListener, CallRecord } from "../transport/record.ts";

/** The name of the `node:diagnostics_channel` on which each call is published once it is over. */
export const CALL_CHANNEL = "backfill:http:call";

/**
 * One call, as the audit keeps it: what the policy ruled, where the call went, how long it took and what came of it.
 * Frozen; the names of its fields are stable, and each is always there. It holds nothing that the hook chose but the
 * method and, where no entry matched, the origin; no path, header, body, query or credential.
 */
export type AuditLine = Omit<CallRecord, "host" | "path" | "suggestion">;

const calls = channel(CALL_CHANNEL);

/** Publishes the calls where somebody has subscribed. */
export const auditChannel: CallListener = {
  get listens(): boolean {
    return calls.hasSubscribers;
  },
  onCall(record: CallRecord): void {
    calls.publish(auditLine(record));
  },
};

/** The line of a call. It names each field, so that none comes into the audit unseen. */
export function auditLine(record: CallRecord): AuditLine {
  const { id, hook, decision, method, origin, template, entry, status, milliseconds, requestBytes, responseBytes } =
    record;
  return Object.freeze({
    id,
    hook,
    decision,
    method,
    origin,
    template,
    entry,
    address: Object.freeze(record.address),
    status,
    failure: Object.freeze(record.failure),
    auth: Object.freeze(record.auth),
    milliseconds,
    phases: Object.freeze(record.phases),
    requestBytes,
    responseBytes,
  });
}
