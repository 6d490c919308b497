import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Command } from "commander";
import type { DestinationStream, Logger } from "pino";
import { unwritable } from "../errors.ts";
import { CALL_CHANNEL } from "../observe/audit.ts";
import { warn } from "./output.ts";

/** The option of {@link addAuditOption}. */
export interface AuditOptions {
  readonly audit?: string;
}

const STDERR = 2;

/** Adds `--audit`. */
export function addAuditOption(command: Command): Command {
  return command.option("--audit <file>", "append a JSON line for each call to this file; - is stderr");
}

/** Does the work, and writes the calls made meanwhile where `--audit` says. Throws `BackfillError` where it cannot. */
export async function withAudit<T>({ audit: file }: AuditOptions, work: () => Promise<T>): Promise<T> {
  if (file === undefined) return work();
  const logger = await openLogger(file);
  const write = (line: unknown): void => logger.info(line);
  subscribe(CALL_CHANNEL, write);
  try {
    return await work();
  } finally {
    unsubscribe(CALL_CHANNEL, write);
  }
}

/** pino is loaded only where it is asked for. */
async function openLogger(file: string): Promise<Logger> {
  const { destination, pino } = await import("pino");
  const open = (): DestinationStream & NodeJS.EventEmitter => {
    try {
      return destination({ dest: file === "-" ? STDERR : file, sync: true });
    } catch (cause) {
      throw unwritable(file, cause);
    }
  };
  const lines = open();
  lines.once("error", ({ code }: NodeJS.ErrnoException) => {
    lines.on("error", () => {});
    warn([`${file} cannot be written: ${code}; calls are missing from it`]);
  });
  // The line says what happened, not on which machine and in which process it was written.
  return pino({ base: null }, lines);
}
