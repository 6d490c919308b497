import { FlatValues, type Flat, type Passage, record, type PartsOf, type ValueType } from "../abi/values.ts";
import type { HandleTable } from "../abi/handles.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { HostFunction, ImportContext } from "../runtime/linker.ts";

/** More flat parameters than these are passed in memory. */
const FLAT_PARAMETERS = 16;

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
    return give(passage, type, result, call(lifted(passage, type, flat), context), flat);
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
    const value = await call(lifted(passage, type, flat), context);
    let given: Flat | undefined;
    context.resume(() => {
      given = give(passage, type, result, value, flat);
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

function lifted<T>(passage: Passage, type: ValueType<T>, flat: readonly Flat[]): T {
  const values = new FlatValues(flat);
  return type.flat.length > FLAT_PARAMETERS ? type.load(passage, values.i32() >>> 0) : type.lift(passage, values);
}

/** Gives a result back: flat where it is one value, else at the address that comes behind the parameters. */
function give<R>(
  passage: Passage,
  parameters: ValueType<unknown>,
  type: ValueType<R> | undefined,
  value: R,
  flat: readonly Flat[],
): Flat | undefined {
  if (type === undefined) return undefined;
  if (type.flat.length > 1) {
    const place = parameters.flat.length > FLAT_PARAMETERS ? 1 : parameters.flat.length;
    type.store(passage, Number(flat[place] ?? 0) >>> 0, value);
    return undefined;
  }
  const out: Flat[] = [];
  type.lower(passage, value, out);
  return out[0];
}
