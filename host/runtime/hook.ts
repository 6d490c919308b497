import { liftResult } from "../abi/run.ts";
import { ComponentError, HookError } from "../errors.ts";
import type { Component } from "./engine.ts";
import { boundaryOf, exportOf, liftedFunction } from "./link.ts";
import type { Linker } from "./linker.ts";
import type { Store } from "./store.ts";

/** Runs one event through a fresh instance of a hook, and returns the result's JSON text of at most `limit` characters. */
export async function runEvent(
  linker: Linker,
  component: Component,
  store: Store,
  event: string,
  limit: number,
): Promise<string> {
  const run = liftedFunction(component.decoded, "run");
  const instance = await linker.instantiate(component, store);
  const memory = instance.memory(boundaryOf(run.options));
  const result = await instance.call(exportOf(run.definition), ...memory.lowerString(event));
  const text = liftResult(memory, result, limit);
  if (run.options.postReturn !== undefined) instance.callNow(exportOf(run.options.postReturn), result);
  return text;
}

/** The value that a hook's result text stands for. */
export function parseResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HookError("BACKFILL_HOOK_FAILED", "the hook's result is not JSON text", { cause });
  }
}

/** What ended an event, as its caller is told: a fault of the guest has one class, and a fault of the host stays itself. */
export function endingOf(error: unknown, store: Store): Error {
  // The first error counts: what came after it is the guest's own reaction.
  const first = store.end(error as Error);
  if (first instanceof HookError || first instanceof ComponentError || !isGuestFault(first)) return first;
  // What the hook itself said last tells more than the engine's word for the trap.
  const { message = `the hook trapped: ${first.message}`, stack } = store.lastWords ?? {};
  const ending = new HookError("BACKFILL_HOOK_TRAPPED", message, { cause: first });
  if (stack !== undefined) ending.stack = `${ending.name}: ${message}\n${stack}`;
  return ending;
}

/** Traps, an exhausted stack, a type that does not cross the boundary, a suspension where none may be. */
function isGuestFault(error: Error): boolean {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError || error instanceof TypeError)
    return true;
  return error instanceof WebAssembly.SuspendError || error instanceof WebAssembly.Exception;
}
