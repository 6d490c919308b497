import { liftResult } from "../abi/run.ts";
import { HookError } from "../errors.ts";
import type { Component } from "./engine.ts";
import { boundaryOf, exportOf, liftedFunction } from "./link.ts";
import type { Linker } from "./linker.ts";
import type { Store } from "./store.ts";

/** Runs one event through a fresh instance of a hook, and returns the result's JSON text. */
export async function runEvent(linker: Linker, component: Component, store: Store, event: string): Promise<string> {
  const run = liftedFunction(component.decoded, "run");
  const instance = await linker.instantiate(component, store);
  const memory = instance.memory(boundaryOf(run.options));
  return liftResult(memory, await instance.call(exportOf(run.definition), ...memory.lowerString(event)));
}

/** The value that a hook's result text stands for. */
export function parseResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HookError("BACKFILL_HOOK_FAILED", "the hook's result is not JSON text", { cause });
  }
}

/** What ended an event, as its caller is told. A fault of the guest becomes one error; a fault of the host passes as it is. */
export function endingOf(error: unknown, store: Store): Error {
  if (!isGuestFault(error)) return store.end(error as Error);
  // What the hook itself said last tells more than the engine's word for the trap.
  const why = store.lastWords ?? `the hook trapped: ${error.message}`;
  return store.end(new HookError("BACKFILL_HOOK_TRAPPED", why, { cause: error }));
}

/** Traps, an exhausted stack, and a suspension where none may be. */
function isGuestFault(error: unknown): error is Error {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return true;
  return error instanceof WebAssembly.SuspendError || error instanceof WebAssembly.Exception;
}
