import { expect, test } from "vitest";
import {
  BackfillError,
  ComponentError,
  ConfigError,
  HookError,
  HttpFailure,
  TokenStoreError,
} from "../../host/errors.ts";
import { errorMessage, errorOf } from "../../host/threads/error-message.ts";

const INIT = { code: "timeout", phase: "headers", detail: "X", requestMayHaveBeenSent: true } as const;

test.each<Error>([
  new HookError("BACKFILL_HOOK_TRAPPED", "m", { cause: new WebAssembly.RuntimeError("unreachable") }),
  new HttpFailure({ ...INIT, message: "m", cause: new TypeError("inner", { cause: new RangeError("innermost") }) }),
  new ComponentError("m"),
  new ConfigError("permissions.http[0]", "this", "that"),
  new TokenStoreError("m"),
  new BackfillError("BACKFILL_ANY", "m"),
  new SyntaxError("m"),
  Object.assign(new Error("ENOENT: m"), { code: "ENOENT", errno: -2, syscall: "open" }),
])("$name comes out of another thread as it went in: class, code, words, stack and causes", (error) => {
  const crossed = errorOf(structuredClone(errorMessage(error)));
  for (let [out, there]: [unknown, unknown] = [crossed, error]; there !== undefined;) {
    expect(Object.getPrototypeOf(out)).toBe(Object.getPrototypeOf(there));
    const [a, b] = [out as Error, there as Error];
    expect([a.name, a.message, a.stack, { ...a }]).toEqual([b.name, b.message, b.stack, { ...b }]);
    [out, there] = [a.cause, b.cause];
  }
});

test("what is thrown and is no error becomes one, and a cause that is none is left behind", () => {
  expect(errorOf(errorMessage("words"))).toMatchObject({ message: "words" });
  const failing = new Error("m", { cause: { socket: () => {} } });
  expect(errorOf(structuredClone(errorMessage(failing))).cause).toBeUndefined();
});

test("a chain of causes that never ends is cut", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  expect(() => structuredClone(errorMessage(loop))).not.toThrow();
});
