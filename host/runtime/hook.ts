import { liftResult } from "../abi/run.ts";
import { HookError } from "../errors.ts";
import type { Component } from "./engine.ts";
import { boundaryOf, exportOf, liftedFunction } from "./link.ts";
import type { Linker } from "./linker.ts";
import { reasonOf, type Store } from "./store.ts";

/** Runs one event through a fresh instance of a hook, and returns the result's JSON text. */
export async function runEvent(linker: Linker, component: Component, store: Store, event: string): Promise<string> {
  const run = liftedFunction(component.decoded, "run");
  const work = async (): Promise<string> => {
    const instance = await linker.instantiate(component, store);
    const memory = instance.memory(boundaryOf(run.options));
    return liftResult(memory, await instance.call(exportOf(run.definition), ...memory.lowerString(event)));
  };
  return untilOver(work(), store);
}

/** The hook's own answer, or the reason for which the event was over before. The hook cannot outlast it. */
function untilOver(work: Promise<string>, store: Store): Promise<string> {
  const { signal } = store.options;
  return new Promise((resolve, reject) => {
    const over = (): void => reject(store.end(reasonOf(signal)));
    signal.addEventListener("abort", over, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", over));
    if (signal.aborted) over();
  });
}

/** The value that a hook's result text stands for. */
export function parseResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HookError("BACKFILL_HOOK_FAILED", "the hook's result is not JSON text", { cause });
  }
}
