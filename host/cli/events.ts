import type { LogLevel } from "../abi/platform.ts";
import type { CallRecord } from "../outbound.ts";
import type { LogRecord } from "../runtime/store.ts";
import { say, type Style } from "./output.ts";

const LEVEL_STYLES: Readonly<Record<LogLevel, Style>> = {
  debug: "dim",
  info: "cyan",
  warn: "yellow",
  error: "red",
  critical: "red",
};

/** Writes one line of a hook's log to stderr. */
export function sayLog({ level, message, fields }: LogRecord): void {
  const rest = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  // A guest's line break would let it forge the line of another level, or a call.
  say(`${level}: ${message.replaceAll("\n", "\\n")}${rest}`, LEVEL_STYLES[level]);
}

/** Writes one HTTP call to stderr. `missing` says why nothing may leave, where no configuration was found. */
export function sayCall(record: CallRecord, missing: string | undefined): void {
  const { method, host, path, status, failure, milliseconds } = record;
  const target = host === undefined ? "(refused URL)" : `${host}${path ?? ""}`;
  const outcome = failure === undefined ? String(status) : `${failure.code} (${failure.phase})`;
  const why = failure?.code === "not-allowed" && missing !== undefined ? ` ${missing}` : "";
  const style = failure === undefined && (status ?? 0) < 400 ? "green" : "red";
  say(`${method} ${target} ${outcome} ${Math.round(milliseconds)} ms${ruleOf(record)}${why}`, style);
}

function ruleOf({ decision, entry, suggestion }: CallRecord): string {
  if (decision === "reported") return ` reported: to allow it, add ${JSON.stringify(suggestion)} to permissions.http`;
  return entry === undefined ? "" : ` ${decision === "allowed" ? "by" : "nearest"} ${entry}`;
}
