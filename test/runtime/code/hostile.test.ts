import fc from "fast-check";
import { expect, test } from "vitest";
import { ComponentError } from "../../../host/errors.ts";
import { Helpers } from "../../../host/runtime/code/helpers.ts";
import { Meter } from "../../../host/runtime/code/meter.ts";
import { Entries } from "../../../host/runtime/code/module.ts";
import { MarkedParts } from "../../../host/runtime/code/parts.ts";
import { prepareModule } from "../../../host/runtime/code/prepare.ts";
import { Writer } from "../../../host/runtime/code/writer.ts";
import { binaryOf, MEMORY_BYTES } from "./prepared.ts";
import { program } from "./program.ts";

const CHOICES = fc.array(fc.nat({ max: 9999 }), { maxLength: 500, size: "max" });
const EDITS = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat({ max: 3 }),
    inserted: fc.uint8Array({ maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Either it is prepared, and the engine takes it, or it is refused by the one class of error. */
function preparedOrRefused(bytes: Uint8Array): boolean {
  let code: Uint8Array;
  try {
    code = prepareModule(bytes, { memoryBytes: MEMORY_BYTES }).code;
  } catch (error) {
    if (error instanceof ComponentError) return false;
    throw error;
  }
  expect(WebAssembly.validate(code)).toBe(true);
  return true;
}

test("a module changed anywhere is prepared whole or refused", async () => {
  await fc.assert(
    fc.asyncProperty(CHOICES, EDITS, async (choices, edits) => {
      const bytes = [...(await binaryOf(program(choices, false).wat))];
      for (const { at, removed, inserted } of edits) bytes.splice(Math.floor(at * bytes.length), removed, ...inserted);
      preparedOrRefused(Uint8Array.from(bytes));
    }),
    { numRuns: 400 },
  );
});

test("a module cut short anywhere is refused, unless it ends with a section", async () => {
  const bytes = await binaryOf(program([], false).wat);
  const accepted = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length)).filter((cut) =>
    preparedOrRefused(cut),
  );
  expect(accepted.length).toBeGreaterThan(0);
  expect(accepted.every((cut) => WebAssembly.validate(cut))).toBe(true);
});

test("the walk over code that nobody validated ends, within its bounds, and throws one class of error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), (bytes) => {
      const parts = new MarkedParts(0, 1, 0);
      const helpers = new Helpers({ types: 1, functions: 1, tables: 0, globals: 2 }, parts);
      const out = new Writer();
      try {
        const arity = { parameters: 1, results: 1 };
        const surroundings = { types: [arity], functions: [arity], importedFunctions: 0, hints: new Entries(16) };
        new Meter(bytes, out, { ...surroundings, helpers, parts }).body(0, bytes.length);
      } catch (error) {
        if (!(error instanceof ComponentError)) throw error;
      }
      expect(out.length).toBeLessThan(bytes.length * 40 + 200);
    }),
    { numRuns: 3000 },
  );
});
