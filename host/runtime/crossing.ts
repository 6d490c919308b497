import {
  FLAT_PARAMETERS,
  FlatValues,
  type Flat,
  giveResult,
  liftParameters,
  type Passage,
  type ValueType,
} from "../abi/passage.ts";
import type { HandleTable } from "../abi/handles.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { FunctionType } from "./crossing-types.ts";
import type { Entry } from "./link.ts";
import type { ImportContext } from "./linker.ts";

/** What one call from component to component may pass: the largest bodies, as text of either encoding. */
const CROSSING_BYTES = 64 * 1024 * 1024;

/**
 * Calls a function of another component within the same one: lifts the parameters from the caller's memory, lowers them
 * into the callee's, and the result the other way. Neither is trusted by the other, nor by the host.
 */
export async function cross(
  context: ImportContext,
  { target, boundary, postReturn, scope }: Entry,
  { parameters, result }: FunctionType,
  flat: readonly Flat[],
): Promise<Flat | undefined> {
  const { instance } = context;
  // Lifting may take longer than what is charged of a run that nobody measures.
  instance.store.cpu.startMeasured();
  const near = new Side(() => context.memory, context.handles);
  const far = new Side(() => instance.memory(boundary), instance.handles(scope));

  const values = liftParameters(near, parameters, flat);
  instance.enter();
  const answer = await instance.callOnce(target, lowered(far, parameters, values) as number[], (given) => {
    const answer = result && lifted(far, result, given);
    if (postReturn !== undefined) instance.function(postReturn)(given);
    instance.store.cpu.stop();
    return answer;
  });

  let own: Flat | undefined;
  context.resume(() => {
    own = giveResult(near, parameters, result, answer, flat);
  });
  return own;
}

/** One of the two components. It need have no memory where nothing of the call lies in it. */
class Side implements Passage {
  left: number = CROSSING_BYTES;
  readonly handles: HandleTable;
  readonly #find: () => GuestMemory;
  #memory: GuestMemory | undefined;

  constructor(find: () => GuestMemory, handles: HandleTable) {
    this.#find = find;
    this.handles = handles;
  }

  get memory(): GuestMemory {
    return (this.#memory ??= this.#find());
  }
}

function lowered<T>(passage: Passage, type: ValueType<T>, value: T): Flat[] {
  if (type.flat.length > FLAT_PARAMETERS) {
    const tuple = passage.memory.allocate(type.size, type.align);
    type.store(passage, tuple, value);
    return [tuple];
  }
  const out: Flat[] = [];
  type.lower(passage, value, out);
  return out;
}

function lifted<T>(passage: Passage, type: ValueType<T>, given: number): T {
  return type.flat.length > 1 ? type.load(passage, given >>> 0) : type.lift(passage, new FlatValues([given]));
}
