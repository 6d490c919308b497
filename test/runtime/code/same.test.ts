import fc from "fast-check";
import { expect, test } from "vitest";
import { REACH } from "../../../host/runtime/code/known.ts";
import { RESTORE, SAVE } from "../../../host/runtime/code/names.ts";
import { prepareModule } from "../../../host/runtime/code/prepare.ts";
import { MemoryImage } from "../../../host/runtime/memory-image.ts";
import { binaryOf, Counter, type Exports, instantiate, MEMORY_BYTES, outcome, raw, writtenOf } from "./prepared.ts";
import { program } from "./program.ts";

const CHOICES = fc.array(fc.nat({ max: 9999 }), { maxLength: 800, size: "max" });
const CALLS = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.integer(), fc.integer()), { minLength: 1, maxLength: 5 });
const BUDGET = 300;
const GLOBALS = ["sp", "a", "b", "c", "d", "v0", "v1"];

type Call = readonly [index: number, first: number, second: number];

function globalsOf(exports: Exports): unknown[] {
  return [...GLOBALS.map((name) => exports[name]?.()), (exports["r"]?.() as { name: string } | null)?.name];
}

function run(exports: Exports, calls: readonly Call[]): unknown[] {
  return calls.map(([index, first, second]) => {
    (exports["budget"] as unknown as { value: number }).value = BUDGET;
    const ended = outcome(() => exports[`f${index}`]?.(first, second));
    return [ended, (exports["count"] as unknown as { value: bigint }).value, ...globalsOf(exports)];
  });
}

test("a program gives the same results, traps, globals and memory with and without its metering", async () => {
  await fc.assert(
    fc.asyncProperty(CHOICES, CALLS, fc.integer({ min: 100, max: 100_000 }), async (choices, calls, grant) => {
      const binary = await binaryOf(program(choices, false).wat);
      const plain = raw(binary);
      const counter = new Counter(Infinity, grant);
      const metered = instantiate(prepareModule(binary, { memoryBytes: MEMORY_BYTES }), { counter });
      expect(run(metered, calls)).toEqual(run(plain, calls));
      expect(Buffer.compare(Buffer.from(metered.memory.buffer), Buffer.from(plain.memory.buffer))).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test("no program runs more instructions than it is charged for", async () => {
  await fc.assert(
    fc.asyncProperty(CHOICES, CALLS, async (choices, calls) => {
      const counter = new Counter();
      const exports = instantiate(
        prepareModule(await binaryOf(program(choices, true).wat), { memoryBytes: MEMORY_BYTES }),
        {
          counter,
        },
      );
      run(exports, calls);
      const ran = Number((exports["count"] as unknown as { value: bigint }).value) * 4;
      // The caller of a small function pays for it: here the one outside, which pays nothing.
      expect(counter.used + 32 * calls.length).toBeGreaterThanOrEqual(ran);
    }),
    { numRuns: 150 },
  );
});

test("after any calls an instance is set back to the globals that were kept, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(CHOICES, CALLS, CALLS, async (choices, before, after) => {
      const prepared = prepareModule(await binaryOf(program(choices, false).wat), { memoryBytes: MEMORY_BYTES });
      const exports = instantiate(prepared);
      run(exports, before);
      exports[SAVE]?.();
      const kept = globalsOf(exports);
      run(exports, after);
      exports[RESTORE]?.();
      expect(globalsOf(exports)).toEqual(kept);
    }),
    { numRuns: 200 },
  );
});

test("after any calls only what is marked as written differs, and setting that back gives the memory that was kept", async () => {
  let inParts = 0;
  await fc.assert(
    fc.asyncProperty(CHOICES, CALLS, CALLS, async (choices, before, after) => {
      const prepared = prepareModule(await binaryOf(program(choices, false).wat), { memoryBytes: MEMORY_BYTES });
      const exports = instantiate(prepared);
      run(exports, before);
      exports[SAVE]?.();
      const written = writtenOf(exports);
      const image = new MemoryImage(exports.memory);
      const kept = Buffer.from(exports.memory.buffer.slice(0));
      for (let round = 0; round < 2; round++) {
        run(exports, after);
        if (exports.memory.buffer.byteLength !== kept.length) {
          expect(image.set(written)).toBe(false);
          return;
        }
        const changed = Buffer.from(exports.memory.buffer.slice(0));
        written.restore({
          restore: (_, start, end) => {
            inParts += end - start < kept.length ? 1 : 0;
            const [from, to] = [start, end + REACH].map((at) => Math.min(at, kept.length));
            kept.copy(changed, from, from, to);
          },
        });
        expect(changed.equals(kept)).toBe(true);
        expect(image.set(written)).toBe(true);
        exports[RESTORE]?.();
        written.clear();
        expect(Buffer.from(exports.memory.buffer).equals(kept)).toBe(true);
        written.restore({ restore: () => expect.unreachable("nothing was written since") });
      }
    }),
    { numRuns: 300 },
  );
  expect(inParts).toBeGreaterThan(100);
});
