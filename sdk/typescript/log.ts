import log, { type Level } from "backfill:http/log@0.1.0";
import { fieldsText } from "./report/fields.ts";

/** The hook's log. Writing to it never throws. */
export interface Logger {
  /** For the hook's author. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** For the record. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** Something to look at. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** Something went wrong. */
  error(message: string, fields?: Record<string, unknown>): void;
}

/** The hook's log. `fields` are written as JSON; an `Error` among them with its message and its stack. */
export const Log: Logger = {
  debug: (message, fields) => write("debug", message, fields),
  info: (message, fields) => write("info", message, fields),
  warn: (message, fields) => write("warn", message, fields),
  error: (message, fields) => write("error", message, fields),
};

function write(level: Level, message: unknown, fields: unknown): void {
  log.write(level, textOf(message).toWellFormed(), fields === undefined || fields === null ? null : fieldsText(fields));
}

function textOf(message: unknown): string {
  try {
    return String(message);
  } catch {
    return typeof message;
  }
}
