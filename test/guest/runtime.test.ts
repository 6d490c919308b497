import fc from "fast-check";
import { expect, test } from "vitest";
import { compileFixture } from "../support/assemblyscript.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  make(slot: number, length: number): void;
  hold(slot: number, other: number): void;
  drop(slot: number): void;
  grow(slot: number, count: number): void;
  shrink(slot: number, length: number): void;
  keepByHand(slot: number, length: number): void;
  freeByHand(slot: number): void;
  pin(slot: number): void;
  growMemory(): void;
  collect(): void;
  litter(count: number, length: number): void;
  check(): void;
}

const module = await compileFixture("test/guest/fixtures/runtime.ts");

function start(): Exports {
  const env = {
    abort: () => {
      throw new Error("the guest aborted");
    },
  };
  const guest = new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
  guest._initialize();
  // All memory that is there before anything is made is the runtime's.
  guest.litter(1, 1);
  return guest;
}

const slot = fc.nat(63);
const length = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(5000), fc.nat(120_000));
type Step = readonly [keyof Exports, ...number[]];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("make" as const), slot, length) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("hold" as const), slot, slot) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("drop" as const), slot) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("grow" as const), slot, fc.nat(2000)) },
  fc.tuple(fc.constant("shrink" as const), slot, fc.nat(2000)),
  fc.tuple(fc.constant("keepByHand" as const), slot, length),
  fc.tuple(fc.constant("freeByHand" as const), slot),
  fc.tuple(fc.constant("pin" as const), slot),
  fc.tuple(fc.constant("growMemory" as const)),
  fc.tuple(fc.constant("collect" as const)),
  fc.tuple(fc.constant("litter" as const), fc.nat(200), fc.nat(300)),
);

test("what is held keeps every byte, whatever is made, held, dropped, made larger and collected", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), (steps) => {
      const guest = start();
      for (const [name, ...parameters] of steps) (guest[name] as (...numbers: number[]) => void)(...parameters);
      guest.check();
      guest.collect();
      guest.check();
    }),
    { numRuns: 60 },
  );
}, 30_000);

test("what nothing holds is used again: memory stays the size that is needed", () => {
  const guest = start();
  for (let i = 0; i < 64; ++i) guest.make(i, 2000);
  guest.litter(20_000, 100);
  const needed = guest.memory.buffer.byteLength;
  expect(needed).toBeLessThanOrEqual(2 ** 20);
  guest.litter(200_000, 100);
  for (let i = 0; i < 200; ++i) guest.litter(1, 100_000);
  guest.litter(200_000, 10);
  guest.check();
  expect(guest.memory.buffer.byteLength).toBeLessThanOrEqual(2 * needed);
});

test("an array that grows by one element at a time grows where it is", () => {
  const guest = start();
  guest.make(0, 1);
  guest.grow(0, 30_000);
  guest.check();
  expect(guest.memory.buffer.byteLength).toBeLessThanOrEqual(2 ** 17);
});

test("an object of a gigabyte, and one more than memory has, end the guest", () => {
  for (const size of [2 ** 30, 2 ** 31 - 1, 2 ** 28]) expect(() => start().make(0, size)).toThrow();
});
