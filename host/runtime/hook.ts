import { liftResult } from "../abi/run.ts";
import { ComponentError, HookError } from "../errors.ts";
import type { Instance, Outcome } from "./instance.ts";
import type { Entry } from "./link.ts";
import type { InstancePool } from "./pool.ts";
import type { Store } from "./store.ts";

/** The export `run` of a hook, and the instances it runs in. */
export class HookRunner {
  readonly #pool: InstancePool;
  readonly #entry: Entry;
  readonly #limit: number;

  /**
   * @param limit - The length of a result at the most.
   * @throws ComponentError where the component is no hook.
   */
  constructor(pool: InstancePool, limit: number) {
    this.#pool = pool;
    this.#entry = pool.entry("run");
    this.#limit = limit;
  }

  /** Runs one event in an instance of its own, and gives the result's JSON text. Throws where none can be made. */
  event(store: Store, event: string, outcome: Outcome<string>): void {
    const instance = this.#pool.take(store);
    if (!(instance instanceof Promise)) this.#run(instance, event, outcome);
    else instance.then((made) => this.#run(made, event, outcome)).catch((error: unknown) => outcome.onError(error));
  }

  #run(instance: Instance, event: string, outcome: Outcome<string>): void {
    const run = instance.entry(this.#entry);
    instance.enter();
    const lift = (result: number): string => {
      const text = liftResult(run.memory, result, this.#limit);
      run.finish(result);
      this.#pool.give(instance);
      return text;
    };
    run.call(run.memory.lowerString(event), lift, outcome);
  }
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
