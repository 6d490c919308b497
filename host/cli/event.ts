import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { BackfillError } from "../errors.ts";
import { readInput } from "./setup.ts";

/** The event that an option names: JSON, @file, or @- for stdin. Throws `BackfillError`. */
export async function parseEvent(given: string, command: Command): Promise<unknown> {
  if (given.startsWith("@")) {
    const file = given.slice(1);
    const json = file === "-" ? await text(process.stdin) : new TextDecoder().decode(await readInput(file));
    const event = parse(json);
    if (event !== undefined) return event.value;
    throw new BackfillError("BACKFILL_EVENT", `${file === "-" ? "stdin" : file}: the event is not JSON`);
  }
  const event = parse(given);
  return event === undefined
    ? command.error("error: --event is not JSON; to read a file write --event @file")
    : event.value;
}

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}
