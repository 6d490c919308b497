import { describe, expect, test } from "vitest";
import { GuestMemory } from "../../../host/abi/memory.ts";
import { RESTORE, SAVE } from "../../../host/runtime/code/names.ts";
import { MemoryImage } from "../../../host/runtime/memory-image.ts";
import { WrittenParts } from "../../../host/runtime/written.ts";
import { type Exports, instantiate, prepare, writtenOf } from "./prepared.ts";

const PAGE = 65_536;
/** Of a memory of one page. */
const PART = 1024;

/** The parts that `run` marks, as `first-end` of each run of them. */
function partsOf(written: WrittenParts): string[] {
  const runs: string[] = [];
  const size = (written.memory.buffer.byteLength / PAGE) * PART;
  written.restore({ restore: (_, start, end) => runs.push(`${start / size}-${end / size}`) });
  // A run that crosses the middle is told in two.
  const middle = runs.findIndex((run) => run.endsWith("-32"));
  if (middle >= 0 && runs[middle + 1]?.startsWith("32-") === true) {
    runs.splice(middle, 2, `${runs[middle]?.split("-")[0]}-${runs[middle + 1]?.split("-")[1]}`);
  }
  return runs;
}

async function marked(body: string, more = "", parameters: readonly unknown[] = []): Promise<string[]> {
  const exports = instantiate(
    await prepare(`(module (memory (export "memory") 1) (data $data "0123456789abcdef") ${more}
      (func (export "run") (param i32) (local $p i32) (local $q i32) ${body}))`),
  );
  exports[SAVE]?.();
  const image = new MemoryImage(exports.memory);
  const written = writtenOf(exports);
  const before = Buffer.from(exports.memory.buffer.slice(0));
  exports["run"]?.(...parameters);
  const parts = partsOf(written);
  expect(image.set(written)).toBe(true);
  expect(Buffer.from(exports.memory.buffer).equals(before)).toBe(true);
  exports[RESTORE]?.();
  written.clear();
  expect(partsOf(written)).toEqual([]);
  return parts;
}

const V = "(v128.const i64x2 -1 -1)";
const STORES: readonly (readonly [instruction: string, value: string, size: number])[] = [
  ["i32.store", "(i32.const -1)", 4],
  ["i32.store8", "(i32.const -1)", 1],
  ["i32.store16", "(i32.const -1)", 2],
  ["i64.store", "(i64.const -1)", 8],
  ["i64.store8", "(i64.const -1)", 1],
  ["i64.store16", "(i64.const -1)", 2],
  ["i64.store32", "(i64.const -1)", 4],
  ["f32.store", "(f32.const -1)", 4],
  ["f64.store", "(f64.const -1)", 8],
  ["v128.store", V, 16],
  ...[1, 2, 4, 8].map((size) => [`v128.store${size * 8}_lane`, V, size] as const),
];

describe.each(STORES)("%s", (instruction, value, size) => {
  const store = (address: string, offset: number): string =>
    `(${instruction} offset=${offset} ${instruction.endsWith("lane") ? "0" : ""} ${address} ${value})`;

  test.each([
    ["at the beginning of a part", 5 * PART, 0, 5],
    ["at its end", 6 * PART - size, 0, 5],
    ["over its end", 6 * PART - 1, 0, 5],
    ["by its offset", 0, 5 * PART, 5],
    ["by its offset over an end", 200, 5 * PART - 201 + PART, 5],
    ["at the end of the memory", PAGE - size, 0, 63],
    ["at the end of the memory by its offset", 0, PAGE - size, 63],
  ])("marks its part and no other: %s", async (_, address, offset, part) => {
    const runs = [`${part}-${part + 1}`];
    expect(await marked(store("(local.get 0)", offset), "", [address])).toEqual(runs);
    expect(await marked(store(`(i32.mul (local.get 0) (i32.const 1))`, offset), "", [address])).toEqual(runs);
    expect(await marked(store("(global.get $g)", offset), `(global $g (mut i32) (i32.const ${address}))`)).toEqual(
      runs,
    );
    expect(await marked(store(`(i32.sub (local.get 0) (i32.const 900))`, offset), "", [address + 900])).toEqual(runs);
  });
});

const BULK: readonly (readonly [what: string, code: string, parts: readonly string[]])[] = [
  ["memory.fill of one byte", "(memory.fill (i32.const 2048) (i32.const 1) (local.get 0))", ["2-3"]],
  ["memory.copy of one byte", "(memory.copy (i32.const 3071) (i32.const 9000) (local.get 0))", ["2-3"]],
  ["memory.init of one byte", "(memory.init $data (i32.const 3071) (i32.const 0) (local.get 0))", ["2-3"]],
];

describe("bulk instructions", () => {
  test.each(BULK)("%s marks its part", async (_, code, parts) => {
    expect(await marked(code, "", [1])).toEqual(parts);
  });

  test.each([
    [0, PAGE, "0-64"],
    [0, PART, "0-1"],
    [0, PART + 1, "0-2"],
    [PART - 1, 2, "0-2"],
    [PAGE - 1, 1, "63-64"],
    [5 * PART + 7, 10 * PART, "5-16"],
    [31 * PART, 2 * PART, "31-33"],
  ])("a fill of %i and %i bytes marks %s", async (start, length, parts) => {
    const fill = `(memory.fill (i32.const ${start}) (i32.const 1) (local.get 0))`;
    expect(await marked(fill, "", [length])).toEqual([parts]);
  });

  test.each([0, 1000, PAGE])("one of no bytes at %i marks nothing", async (start) => {
    for (const code of ["memory.fill", "memory.copy", "memory.init $data"]) {
      expect(await marked(`(${code} (i32.const ${start}) (i32.const 0) (local.get 0))`, "", [0])).toEqual([]);
    }
  });

  test.each(Array.from({ length: 66 }, (_, length) => length))(
    "%i bytes are cleared, and no other, also where the length is a constant",
    async (length) => {
      for (const address of ["(local.get 0)", "(i32.mul (local.get 0) (i32.const 1))"]) {
        const wat = `(module (memory (export "memory") 1) (data (i32.const 2000) "${"x".repeat(100)}")
          (func (export "run") (param i32) (memory.fill ${address} (i32.const 0) (i32.const ${length}))))`;
        const exports = instantiate(await prepare(wat));
        exports["run"]?.(2010);
        const expected = Buffer.alloc(100, "x").fill(0, 10, 10 + length);
        expect(Buffer.from(exports.memory.buffer, 2000, 100)).toEqual(expected);
        const past = PAGE - length + 1;
        expect(() => exports["run"]?.(past)).toThrow(WebAssembly.RuntimeError);
        expect(Buffer.from(exports.memory.buffer, PAGE - 100).equals(Buffer.alloc(100))).toBe(true);
      }
    },
  );
});

const GLOBAL = "(global $g (mut i32) (i32.const 0))";
const AT_P = "(i32.store (local.get $p) (i32.const -1))";
const AT_G = "(i32.store (global.get $g) (i32.const -1))";
const setP = (part: number): string => `(local.set $p (i32.const ${part * PART}))`;
const setG = (part: number): string => `(global.set $g (i32.const ${part * PART}))`;
/** Runs from 1 to 0. */
const TWICE = "(br_if $l (i32.eqz (local.tee 0 (i32.eqz (local.get 0)))))";

/** What would be left out if too much were taken as known. All bytes are set back, or `marked` fails. */
const WAYS: readonly [what: string, code: string, parts: readonly string[], more?: string][] = [
  ["the same field twice", `${AT_P} ${AT_P}`, ["0-1"]],
  ["a local that was set between", `${AT_P} ${setP(5)} ${AT_P}`, ["0-1", "5-6"]],
  [
    "a local that was teed between",
    `${AT_P} (i32.store (local.tee $p (i32.const 5120)) (i32.const -1)) ${AT_P}`,
    ["0-1", "5-6"],
  ],
  [
    "a local that is set after it was read",
    `${AT_P} (i32.store (i32.add (local.get $p) (i32.const 3072)) (block (result i32) ${setP(5)} (i32.const -1))) ${AT_P}`,
    ["0-1", "3-4", "5-6"],
  ],
  [
    "a local that is set after it was read, and was not marked",
    `(local.get $p) ${setP(5)} ${AT_P} (i32.store (i32.const -1))`,
    ["0-1", "5-6"],
  ],
  [
    "a local that gets a marked one's value",
    `${setP(5)} ${AT_P} (local.set $q (i32.add (local.get $p) (i32.const 100))) (i32.store8 offset=27 (local.get $q) (i32.const -1))
     (i32.store8 offset=1000 (local.get $q) (i32.const -1))`,
    ["5-7"],
  ],
  [
    "fields before and behind one that was marked",
    `${setP(5)} (i32.store offset=4096 (local.get $p) (i32.const -1)) (i32.store offset=3000 (local.get $p) (i32.const -1))
     (i32.store offset=4200 (local.get $p) (i32.const -1)) ${AT_P}`,
    ["5-6", "7-8", "9-10"],
  ],
  ["behind a block that was left", `(block $b (br_if $b (i32.const 1)) ${AT_P}) ${setP(0)} ${AT_P}`, ["0-1"]],
  ["behind a block that was left before", `(block $b (br_if $b (i32.const 1)) ${AT_P}) ${AT_P}`, ["0-1"]],
  ["behind a part that was not run", `(if (i32.const 0) (then ${AT_P})) ${AT_P}`, ["0-1"]],
  ["in a second part", `(if (i32.const 0) (then ${AT_P}) (else ${AT_P})) `, ["0-1"]],
  ["behind a first part that set it", `${AT_P} (if (i32.const 1) (then ${setP(5)})) ${AT_P}`, ["0-1", "5-6"]],
  [
    "behind two parts of which one set it",
    `${AT_P} (if (i32.const 0) (then ${setP(5)}) (else ${setP(7)} ${AT_P})) ${setP(9)} ${AT_P}`,
    ["0-1", "7-8", "9-10"],
  ],
  ["in a loop that sets it behind", `${AT_P} (loop $l ${AT_P} ${setP(5)} ${TWICE})`, ["0-1", "5-6"]],
  [
    "in a loop in a loop, the outer of which sets it",
    `(loop $l (loop $m ${AT_P} (br_if $m (i32.const 0))) ${setP(5)} ${TWICE})`,
    ["0-1", "5-6"],
  ],
  ["behind a loop that set it", `${AT_P} (loop $l ${setP(5)} ${TWICE}) ${AT_P}`, ["0-1", "5-6"]],
  [
    "behind a loop, in which something else was marked and left",
    `(block $b (loop $l (br_if $b (i32.const 1)) ${setP(5)} ${AT_P})) ${setP(5)} ${AT_P}`,
    ["5-6"],
  ],
  [
    "where an exception was caught",
    `(block $c (try_table (catch_all $c) (throw $t) ${AT_P})) ${AT_P}`,
    ["0-1"],
    "(tag $t)",
  ],
  [
    "a field that a mark reaches in part",
    `(local.set $p (i32.const 1023)) ${AT_P} (i64.store offset=127 (local.get $p) (i64.const -1))`,
    ["0-2"],
  ],
  [
    "a loop's parameter",
    `${AT_P} (local.get $p) (loop $l (param i32) (local.set $q) (local.get $q) (i32.store (i32.const -1))
     (i32.const 5120) ${TWICE} drop)`,
    ["0-1", "5-6"],
  ],
  [
    "a loop's parameter that is stored to",
    `${AT_P} (local.get $p) (loop $l (param i32) (i32.store (i32.const -1)) (i32.const 5120) ${TWICE} drop)`,
    ["0-1", "5-6"],
  ],
  [
    "behind an address that is set after it was read, before which something was marked",
    `${setP(5)} (i32.store (i32.sub (local.get $p) (i32.const 2048)) (i32.const -1))
     (local.get $p) ${setP(9)} (i32.store offset=2048 (i32.const -1))`,
    ["3-4", "7-8"],
  ],
  [
    "under more than what is remembered",
    `${setP(1)} ${AT_P} (local.get $p) ${"(i32.const 1)".repeat(31)} (i32.const 5120) ${"(i32.const 1)".repeat(40)} ${"drop ".repeat(39)} i32.store
     ${"drop ".repeat(32)}`,
    ["1-2", "5-6"],
  ],
  [
    "a field that a mark reaches",
    `(local.set $p (i32.const 1023)) ${AT_P} (i32.store offset=112 (local.get $p) (i32.const -1))`,
    ["0-1"],
  ],
  [
    "behind a branch that is not taken",
    `${AT_P} (block $b (i32.const 5120) (local.get $p) (br_if $b (i32.const 0)) i32.store)`,
    ["0-1", "5-6"],
  ],
  ["a global that was set between", `${AT_G} ${setG(5)} ${AT_G}`, ["0-1", "5-6"], GLOBAL],
  ["a global that a function set", `${AT_G} (call $f) ${AT_G}`, ["0-1", "5-6"], `${GLOBAL} (func $f ${setG(5)})`],
  [
    "a global that a function of a function set",
    `${AT_G} (call $f) ${AT_G}`,
    ["0-1", "5-6"],
    `${GLOBAL} (func $s ${setG(5)}) (func $f (call $s))`,
  ],
  ["a global that a later function set", `${AT_G} (call $f) ${AT_G}) (func $f ${setG(5)}`, ["0-1", "5-6"], GLOBAL],
  [
    "a global that a function in a table set",
    `${AT_G} (call_indirect (i32.const 0)) ${AT_G}`,
    ["0-1", "5-6"],
    `${GLOBAL} (table 1 funcref) (elem (i32.const 0) $f) (func $f ${setG(5)})`,
  ],
  [
    "a global that a tail call set",
    `${AT_G} (call $f) ${AT_G}`,
    ["0-1", "5-6"],
    `${GLOBAL} (func $s ${setG(5)}) (func $f (return_call $s))`,
  ],
  [
    "a global that a function set after it was read",
    `(global.get $g) (call $f) ${AT_G} (i32.store (i32.const -1))`,
    ["0-1", "5-6"],
    `${GLOBAL} (func $f ${setG(5)})`,
  ],
  [
    "a stack that grows and shrinks",
    `${setG(5)} (global.set $g (i32.sub (global.get $g) (i32.const 16))) (i32.store offset=12 (global.get $g) (i32.const -1))
     (global.set $g (i32.sub (global.get $g) (i32.const 1024))) (i32.store offset=12 (global.get $g) (i32.const -1))
     (global.set $g (i32.add (global.get $g) (i32.const 1040))) (i32.store offset=4 (global.get $g) (i32.const -1))`,
    ["3-6"],
    GLOBAL,
  ],
  [
    "an index that is negative",
    `(local.set $p (i32.const -1000)) (i32.store (i32.add (local.get $p) (i32.const 3048)) (i32.const -1))
     (i32.store (i32.add (local.get $p) (i32.const 1000)) (i32.const -1))
     (i32.store offset=8 (i32.add (i32.const 1100) (local.get $p)) (i32.const -1))`,
    ["0-1", "2-3"],
  ],
  [
    "a difference from a constant",
    `${setP(1)} ${AT_P} (i32.store (i32.sub (i32.const 5120) (local.get $p)) (i32.const -1))`,
    ["1-2", "4-5"],
  ],
  [
    "a value that is longer than what is remembered",
    `(local.get $p) ${setP(5)} ${"(i32.const 1)".repeat(80)} ${"drop ".repeat(79)} i32.store`,
    ["0-1"],
  ],
];

test.each(WAYS)("a store is marked: %s", async (_, code, parts, more) => {
  expect(await marked(code, more, [1])).toEqual(parts);
});

describe("memories", () => {
  test.each([1, 2, 3, 16])("of %i pages have 64 parts of one size at the most", async (pages) => {
    const wat = `(module (memory (export "memory") ${pages}) (func (export "run") (param i32) (i32.store8 (local.get 0) (i32.const 1))))`;
    const exports = instantiate(await prepare(wat));
    exports[SAVE]?.();
    const written = writtenOf(exports);
    exports["run"]?.(pages * PAGE - 1);
    const size = PART * 2 ** Math.ceil(Math.log2(pages));
    const runs: number[][] = [];
    written.restore({ restore: (_, start, end) => runs.push([start, end]) });
    expect(runs).toEqual([[pages * PAGE - size, pages * PAGE]]);
  });

  test("that grew before they are counted have parts of their new size", async () => {
    const exports = instantiate(
      await prepare(
        '(module (memory (export "memory") 1) (func (export "run") (i32.store8 (i32.const 130000) (i32.const 1))))',
      ),
    );
    exports.memory.grow(3);
    exports[SAVE]?.();
    const written = writtenOf(exports);
    exports["run"]?.();
    expect(partsOf(written)).toEqual(["31-32"]);
  });

  test("that grew since are not set back", async () => {
    const exports = instantiate(await prepare('(module (memory (export "memory") 1))'));
    exports[SAVE]?.();
    const image = new MemoryImage(exports.memory);
    const written = writtenOf(exports);
    exports.memory.grow(1);
    expect(image.set(written)).toBe(false);
  });

  test("of one module are marked each on its own", async () => {
    const wat = `(module (memory $a (export "memory") 1) (memory $b 1) (func (export "run") (param i32)
      (i32.store $a (local.get 0) (i32.const 1)) (i32.store $b (local.get 0) (i32.const 1))
      (i32.store $b offset=5000 (local.get 0) (i32.const 1)) (memory.fill $b (i32.const 60000) (i32.const 0) (i32.const 8))
      (memory.copy $b $a (i32.const 50000) (i32.const 0) (local.get 0))))`;
    const exports = instantiate(await prepare(wat));
    exports[SAVE]?.();
    const both = [writtenOf(exports, 0), writtenOf(exports, 1)];
    exports["run"]?.(1);
    expect(both.map(partsOf)).toEqual([["0-1"], ["0-1", "4-5", "48-49", "58-59"]]);
  });

  test.each([
    ["a store", "(i32.store (i32.const 0) (i32.const 1))", true],
    ["a store of a vector", `(v128.store (i32.const 0) ${V})`, true],
    ["memory.fill", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 8))", true],
    ["memory.copy", "(memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 8))", true],
    ["memory.init", "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))", true],
    ["memory.copy from it", "(memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 8))", false],
    ["a load", "(drop (i32.load (i32.const 0)))", false],
  ])("of another module are told to be written by %s: %s", async (_, code, writes) => {
    const wat = `(module (import "a" "m" (memory 1)) (memory 1) (data $d "x") (func ${code}))`;
    expect((await prepare(wat)).writesImported).toBe(writes);
  });

  test("that others write are set back whole", async () => {
    const exports = instantiate(await prepare('(module (memory (export "memory") 1) (data (i32.const 9) "x"))'));
    const image = new MemoryImage(exports.memory);
    const bytes = Buffer.from(exports.memory.buffer).fill(7);
    expect(image.set(new WrittenParts(exports.memory, undefined))).toBe(true);
    expect(bytes.equals(Buffer.alloc(PAGE).fill("x", 9, 10))).toBe(true);
  });
});

describe("what the host writes", () => {
  const WRITES: readonly (readonly [what: string, write: (memory: GuestMemory) => void, parts: readonly string[]])[] = [
    ["a byte", (memory) => memory.setU8(2047, 1), ["1-2"]],
    ["two bytes", (memory) => memory.setU16(2046, 1), ["1-2"]],
    ["four bytes", (memory) => memory.setU32(63 * PART, 1), ["63-64"]],
    ["a string", (memory) => memory.lowerString("x".repeat(PART)), ["32-34"]],
    ["a string and where it is", (memory) => memory.setString(8, "x"), ["0-1", "32-33"]],
    [
      "bytes and where they are",
      (memory) => memory.setBytes(8, [Buffer.alloc(PART + 1, 1)], PART + 1),
      ["0-1", "32-34"],
    ],
    ["pieces", (memory) => memory.setBytes(8, [Buffer.alloc(PART, 1), Buffer.alloc(1, 1)], PART + 1), ["0-1", "32-34"]],
    ["no bytes", (memory) => memory.setBytes(8, [], 0), ["0-1"]],
  ];

  test.each(WRITES)("%s is marked", (_, write, parts) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const written = new WrittenParts(memory, () => 0);
    const image = new MemoryImage(memory);
    written.begin();
    write(new GuestMemory(memory, () => 32 * PART, "utf16", written));
    expect(partsOf(written)).toEqual(parts);
    image.set(written);
    expect(Buffer.from(memory.buffer).equals(Buffer.alloc(PAGE))).toBe(true);
  });
});

test("what nobody wrote stays as it is", async () => {
  const exports: Exports = instantiate(
    await prepare(
      '(module (memory (export "memory") 1) (func (export "run") (i32.store (i32.const 0) (i32.const 1))))',
    ),
  );
  exports[SAVE]?.();
  const image = new MemoryImage(exports.memory);
  const written = writtenOf(exports);
  exports["run"]?.();
  const bytes = Buffer.from(exports.memory.buffer);
  // No guest can do this: it shows that these bytes are not written.
  bytes[2000] = 1;
  image.set(written);
  expect([bytes[0], bytes[2000]]).toEqual([0, 1]);
});
