import { type Flat, giveResult, liftParameters, type Passage, type ValueType } from "../abi/passage.ts";
import { type PartsOf, record } from "../abi/values.ts";
import type { HandleTable } from "../abi/handles.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { HostFunction, ImportContext } from "../runtime/linker.ts";

/** What one call may pass to the host: far over what any of these interfaces is for. */
const CALL_BYTES = 1024 * 1024;

type Parameters = Readonly<Record<string, ValueType<unknown>>>;

/** A function that answers at once, by its parameters in order and the type of its result. */
export function answering<P extends Parameters, R = void>(
  parameters: P,
  result: ValueType<R> | undefined,
  call: (values: PartsOf<P>, context: ImportContext) => R,
): HostFunction {
  const type = record(parameters);
  return (context, flat) => {
    const passage = new CallPassage(context);
    return giveResult(passage, type, result, call(liftParameters(passage, type, flat), context), flat);
  };
}

/** A function that suspends its caller until it has an answer. */
export function waiting<P extends Parameters, R = void>(
  parameters: P,
  result: ValueType<R> | undefined,
  call: (values: PartsOf<P>, context: ImportContext) => Promise<R>,
): HostFunction {
  const type = record(parameters);
  return async (context, flat) => {
    const passage = new CallPassage(context);
    const value = await call(liftParameters(passage, type, flat), context);
    let given: Flat | undefined;
    context.resume(() => {
      given = giveResult(passage, type, result, value, flat);
    });
    return given;
  };
}

/** Many functions take and give nothing in memory, and their component need not have any. */
class CallPassage implements Passage {
  left: number = CALL_BYTES;
  readonly #context: ImportContext;

  constructor(context: ImportContext) {
    this.#context = context;
  }

  get memory(): GuestMemory {
    return this.#context.memory;
  }

  get handles(): HandleTable {
    return this.#context.handles;
  }
}
