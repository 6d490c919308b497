// What the engine exports. A build calls `compile` once and keeps the memory that it leaves; the host calls `run`.
import engine from "backfill:http/engine@0.1.0";
import log from "backfill:http/log@0.1.0";
import * as library from "../index.ts";
import { installGlobals } from "../web/globals.ts";
import { describe } from "../report/describe.ts";

/** A hook's bundle: a function that runs the hook's modules and returns what the hook exports. */
type Bundle = (sdk: typeof library) => { readonly run?: unknown };

let bundle: Bundle | undefined;

installGlobals();

/** Compiles a bundle and runs nothing of it, so that no clock, no randomness and no secret of the build stays in it. */
export function compile(text: string): void {
  try {
    // An indirect eval: the bundle sees the globals and nothing of this module.
    // oxlint-disable-next-line no-eval
    bundle = (0, eval)(text) as Bundle;
  } catch (error) {
    // The error case of the result.
    throw describe(error).message;
  }
}

/** Runs the hook's modules and then the hook, once an instance. */
export function run(event: string): string {
  try {
    return resultText(handlerOf(bundle)(JSON.parse(event)));
  } catch (error) {
    end(error);
  }
}

function handlerOf(compiled: Bundle | undefined): (event: unknown) => unknown {
  const handler = compiled?.(library).run;
  if (typeof handler === "function") return handler as (event: unknown) => unknown;
  throw new Error("a hook exports its handler as: export function run(event) { … }");
}

function resultText(result: unknown): string {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
    throw new Error(
      "run returned a promise; a hook is synchronous: its calls wait by themselves, so leave out async and await",
    );
  }
  try {
    return JSON.stringify(result) ?? "null";
  } catch (cause) {
    throw new Error(`the hook's result cannot be written as JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Says in the log why the hook ends, which the host makes the message of its error, then traps. */
function end(error: unknown): never {
  try {
    const { message, stack } = describe(error);
    log.write("critical", message.toWellFormed(), stack === undefined ? null : JSON.stringify({ stack }));
  } catch {
    // Saying why takes memory, which may be what ran out, and calls what the hook may have changed.
    log.write("critical", "the hook threw an error that cannot be described", null);
  }
  engine.fail();
}
