import { failed, ok, type Result, result } from "../abi/values.ts";
import type { ValueType } from "../abi/passage.ts";

/** The interface that these methods are of. */
export const HTTP_TYPES = "wasi:http/types@0.2";

/** What a method gives that says nothing but whether it did what it was asked. */
export const done: ValueType<Result<undefined, undefined>> = result<undefined, undefined>(undefined, undefined);

/** The answer of a method that says nothing but whether it did what it was asked. */
export function did(isDone: boolean): Result<undefined, undefined> {
  return isDone ? ok(undefined) : failed(undefined);
}

/** The answer of a method that gives what it has once. */
export function once<T>(value: T | undefined): Result<T, undefined> {
  return value === undefined ? failed(undefined) : ok(value);
}
