// The export `run` of a hook.

import { Json } from "../json";
import { liftString, release, wellFormed } from "./memory";

// result<string, string>.
const RESULT = memory.data(12, 4);

// The last result, kept for the host to read. An instance handles one event.
let result: string = "";

/** Lifts the event, runs the hook, lowers its result. */
export function handle<E, R>(run: (event: E) => R, event: usize, eventLength: u32): usize {
  const text = liftString(event, eventLength);
  release();
  result = wellFormed(resultText<R>(run(parameter<E>(text))));
  store<u8>(RESULT, 0);
  store<usize>(RESULT, changetype<usize>(result), 4);
  store<u32>(RESULT, result.length, 8);
  return RESULT;
}

function parameter<E>(text: string): E {
  if (isString<E>()) {
    return text as E;
  } else if (idof<E>() == idof<Json>()) {
    const event = Json.parse(text);
    if (event == null) throw new Error("the event is not well-formed JSON");
    return event as E;
  } else {
    ERROR("run takes (event: Json), or (event: string) for the JSON text itself");
  }
}

function resultText<R>(value: R): string {
  if (isNullable<R>()) {
    return value == null ? "null" : resultText<NonNullable<R>>(value);
  } else if (isString<R>()) {
    return value as string;
  } else if (idof<R>() == idof<Json>()) {
    return (value as Json).stringify();
  } else {
    ERROR("run returns Json, or a string that is JSON text");
  }
}
