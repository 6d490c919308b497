import {
  FLAT_PARAMETERS,
  FlatValues,
  type Flat,
  giveResult,
  liftParameters,
  type Passage,
  type ValueType,
} from "../abi/values.ts";
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
  callee: Entry,
  { parameters, result }: FunctionType,
  flat: readonly Flat[],
): Promise<Flat | undefined> {
  const near: Passage = { memory: context.memory, handles: context.handles, left: CROSSING_BYTES };
  const values = liftParameters(near, parameters, flat);

  const { instance } = context;
  const entry = instance.entry(callee);
  const far: Passage = { memory: entry.memory, handles: instance.handles(callee.scope), left: CROSSING_BYTES };
  instance.enter();
  const given = await entry.call(...(lowered(far, parameters, values) as number[]));
  const answer = result && lifted(far, result, given);
  entry.finish(given);

  let own: Flat | undefined;
  context.resume(() => {
    own = giveResult(near, parameters, result, answer, flat);
  });
  return own;
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
