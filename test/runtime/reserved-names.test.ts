import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { expect, test } from "vitest";
import { RESERVED } from "../../host/runtime/code/names.ts";
import { Engine } from "../../host/runtime/engine.ts";

test.each([...RESERVED, "backfill:memory:0"])(
  "a core module does not get what the host added to another as %s, under another name either",
  async (name) => {
    const component = await parse(`(component
      (core module $spender (memory (export "m") 1) (func (export "f") (loop (br 0))))
      (core module $thief (import "a" "x" (func)))
      (core instance $s (instantiate $spender))
      (alias core export $s "${name}" (core func $f))
      (core instance $renamed (export "x" (func $f)))
      (core instance (instantiate $thief (with "a" (instance $renamed)))))`);
    await expect(new Engine().compile(component)).rejects.toThrow(/the name backfill:/);
  },
);
