import { describe, expect, test } from "vitest";
import { ComponentError } from "../../../host/errors.ts";
import { memoryName, RESERVED, RESTORE, SAVE, writtenName } from "../../../host/runtime/code/names.ts";
import { prepareModule } from "../../../host/runtime/code/prepare.ts";
import { binaryOf, Counter, instantiate, MEMORY_BYTES, prepare, raw } from "./prepared.ts";

const PAGE = 65_536;

describe("what an instance can allocate", () => {
  test("its memory grows up to the limit, where its own maximum is not smaller", async () => {
    const grow = async (memory: string): Promise<unknown[]> => {
      const exports = instantiate(
        await prepare(
          `(module (memory ${memory}) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`,
        ),
      );
      return [1, 14, 1].map((pages) => exports["grow"]?.(pages));
    };
    expect(await grow("1")).toEqual([1, 2, -1]);
    expect(await grow("1 100")).toEqual([1, 2, -1]);
    expect(await grow("1 2")).toEqual([1, -1, -1]);
  });

  test.each([
    [16, true],
    [17, false],
  ])("a memory that begins with %i pages of 16 is accepted: %s", async (pages, accepted) => {
    const made = prepare(`(module (memory ${pages}))`);
    if (accepted) expect((await made).memories).toBe(1);
    else await expect(made).rejects.toThrow(/starts with 1114112 bytes; at most 1048576 are allowed/);
  });

  test("a table has a million elements at the most", async () => {
    const table = (initial: number): Promise<unknown> => prepare(`(module (table (export "t") ${initial} funcref))`);
    await expect(table(1_000_001)).rejects.toThrow(/starts with 1000001 elements; at most 1000000 are allowed/);
    await table(1_000_000);
    const exports = instantiate(
      await prepare(`(module (table $t 1 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`),
    );
    expect([999_998, 1, 1].map((more) => exports["grow"]?.(more))).toEqual([1, 999_999, -1]);
  });

  test("memories are counted", async () => {
    expect((await prepare("(module (memory 1) (memory 3 4))")).memories).toBe(2);
  });
});

const NAMES = [...RESERVED, memoryName(0), writtenName(0)];

describe("what is refused", () => {
  test.each<[string, string, RegExp]>([
    ["structures", "(type $s (struct (field i32)))", /garbage-collected types/],
    ["arrays", "(type $a (array (mut i8)))", /garbage-collected types/],
    ["a table of externref", "(table 1 externref)", /tables of what are no functions/],
    ["a global of externref", "(global (mut externref) (ref.null extern))", /references to what is no function/],
    ["an imported global of externref", '(import "a" "b" (global externref))', /references to what is no function/],
    ["an imported table of externref", '(import "a" "b" (table 1 externref))', /tables of what are no functions/],
    ["a local of externref", "(func (local externref))", /references to what is no function/],
    ["a parameter of externref", "(func (param externref))", /references to what is no function/],
    ["a block of externref", "(func (drop (block (result externref) (ref.null extern))))", /references to what is no/],
    ["a shared memory", "(memory 1 2 shared)", /shared or 64-bit/],
    ["a memory of 64 bits", "(memory i64 1)", /shared or 64-bit/],
    ["atomic instructions", "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))", /the instruction 0xfe/],
    [
      "a call of a reference",
      "(type $f (func)) (elem declare func $g) (func $g (call_ref $f (ref.func $g)))",
      /which this host does not offer/,
    ],
    ["an exception as a reference", "(func (throw_ref (ref.null exn)))", /which this host does not offer/],
    ["references of 31 bits", "(func (drop (ref.i31 (i32.const 1))))", /the instruction 0xfb/],
    ...NAMES.map((name): [string, string, RegExp] => [
      `an export named ${name}`,
      `(func (export "${name}"))`,
      new RegExp(`the name ${name}`),
    ]),
  ])("%s", async (_, item, message) => {
    const used = item.startsWith("(type $s") || item.startsWith("(type $a") ? "(func (param (ref null 0)))" : "";
    const binary = await binaryOf(`(module ${item} ${used})`);
    expect(() => prepareModule(binary, { memoryBytes: MEMORY_BYTES })).toThrow(ComponentError);
    expect(() => prepareModule(binary, { memoryBytes: MEMORY_BYTES })).toThrow(message);
  });

  test.each(NAMES)("an import named %s", async (name) => {
    await expect(prepare(`(module (import "other" "${name}" (func)))`)).rejects.toThrow(`the name ${name}`);
  });

  test("code that refers to what preparing appends", async () => {
    // global.set of a global that is not there, but would be: its fuel.
    const module = Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 13, 1, 11, 0, 0x03, 0x40, 0x41, 0, 0x24, 0,
      0x0c, 0, 0x0b, 0x0b,
    ]);
    expect(() => prepareModule(module, { memoryBytes: MEMORY_BYTES })).toThrow(/not valid/);
  });
});

test("numbers that are longer than they need to be are read as the engine reads them", () => {
  const section = (id: number, ...body: readonly number[]): number[] => [id, body.length, ...body];
  const vector = [0x7b, 0, 0xfd, 0x8c, 0x80, 0, ...Array.from({ length: 16 }, () => 0x0b), 0x0b];
  const counter = [0x7f, 1, 0x41, 0x85, 0x80, 0, 0x0b];
  // A loop of type 0 in five bytes: the counter is an i32 that is loaded by an alignment with a memory behind it.
  const loop = [0x03, 0x80, 0x80, 0x80, 0x80, 0, 0x41, 0x80, 0x80, 0, 0x28, 0xc2, 0, 0x80, 0, 0x80, 0, 0x24, 0x81, 0];
  const code = [0, ...loop, 0x0c, 0x80, 0x80, 0, 0x0b, 0x0b];
  const bytes = Uint8Array.from([
    ...Buffer.from("\0asm\x01\0\0\0", "latin1"),
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(5, 1, 0, 1),
    ...section(6, 2, ...vector, ...counter),
    ...section(7, 1, 3, ...Buffer.from("run"), 0, 0),
    ...section(10, 1, code.length, ...code),
  ]);
  const prepared = prepareModule(bytes, { memoryBytes: MEMORY_BYTES });
  expect(prepared).toMatchObject({ metered: true, saves: true });
  const counted = new Counter(100_000);
  expect(() => instantiate(prepared, { counter: counted })["run"]?.()).toThrow(WebAssembly.RuntimeError);
  expect(counted.ticks).toBeGreaterThan(1);
});

describe("setting an instance back", () => {
  test.each<[string, string, string | undefined]>([
    [
      "globals and memory",
      "(memory 1) (global $g (mut i32) (i32.const 0)) (func (global.set $g (i32.const 1)))",
      undefined,
    ],
    ["a table that nothing writes", "(table 1 funcref) (elem (i32.const 0) $f) (func $f)", undefined],
    [
      "a passive segment that stays",
      '(memory 1) (data $d "x") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))',
      undefined,
    ],
    ["table.set", "(table $t 1 funcref) (func (table.set $t (i32.const 0) (ref.null func)))", "its code writes tables"],
    [
      "table.grow",
      "(table $t 1 funcref) (func (drop (table.grow $t (ref.null func) (i32.const 0))))",
      "its code writes tables",
    ],
    [
      "table.fill",
      "(table $t 1 funcref) (func (table.fill $t (i32.const 0) (ref.null func) (i32.const 0)))",
      "its code writes tables",
    ],
    [
      "table.copy",
      "(table $t 1 funcref) (func (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0)))",
      "its code writes tables",
    ],
    [
      "table.init",
      "(table $t 1 funcref) (elem $e func) (func (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)))",
      "its code writes tables",
    ],
    ["data.drop", '(memory 1) (data $d "x") (func (data.drop $d))', "its code drops segments"],
    ["elem.drop", "(elem $e func) (func (elem.drop $e))", "its code drops segments"],
    [
      "an imported global that can change",
      '(import "a" "b" (global (mut i32)))',
      "it imports a global that can change",
    ],
    ["an imported global that cannot", '(import "a" "b" (global i32))', undefined],
  ])("%s", async (_, items, reason) => {
    expect((await prepare(`(module ${items})`)).notRestorable).toBe(reason);
  });

  test("a global that only the outside can change is set back too, and one that nothing changes is left out", async () => {
    const wat = (g: string): string => `(module ${g} (func (export "f")))`;
    expect((await prepare(wat("(global (mut i32) (i32.const 0))"))).saves).toBe(false);
    const exports = instantiate(await prepare(wat('(global (export "g") (mut f64) (f64.const 2))')));
    const global = exports["g"] as unknown as { value: number };
    exports[SAVE]?.();
    global.value = 5;
    exports[RESTORE]?.();
    expect(global.value).toBe(2);
  });

  test("before anything is kept, a global is set back to zero: keep first", async () => {
    const exports = instantiate(await prepare('(module (global (export "g") (mut i32) (i32.const 7)))'));
    exports[RESTORE]?.();
    expect((exports["g"] as unknown as { value: number }).value).toBe(0);
  });
});

describe("data apart from code", () => {
  const withData = (data: string, code = ""): string => `(module (memory (export "memory") 1) ${data} ${code})`;
  const one = (text: string): string => withData(`(data (i32.const 8) "${text}") (data (i32.const 10) "Z")`);

  test("modules that differ in data have the same code, and the data is given in order", async () => {
    const [first, second] = [await prepare(one("abcd")), await prepare(one("wxyz"))];
    expect(first.code).toEqual(second.code);
    expect(first.segments.map(({ memory, offset, bytes }) => [memory, offset, Buffer.from(bytes).toString()])).toEqual([
      [0, 8, "abcd"],
      [0, 10, "Z"],
    ]);
    expect(Buffer.from(instantiate(first).memory.buffer).subarray(7, 13).toString()).toBe("\0abZd\0");
  });

  test("a segment at the end of memory is taken out, one past it is left to trap", async () => {
    expect((await prepare(withData(`(data (i32.const ${PAGE - 2}) "ab")`))).segments.length).toBe(1);
    const past = await prepare(withData(`(data (i32.const 0) "x") (data (i32.const ${PAGE - 1}) "ab")`));
    expect(past.segments).toEqual([]);
    expect(() => instantiate(past)).toThrow(WebAssembly.RuntimeError);
    const negative = await prepare(withData('(data (i32.const -1) "a")'));
    expect(negative.segments).toEqual([]);
  });

  test.each([
    ["a start function", '(data (i32.const 0) "a")', "(func $s) (start $s)"],
    [
      "memory.init",
      '(data (i32.const 0) "a") (data $p "b")',
      "(func (memory.init $p (i32.const 0) (i32.const 0) (i32.const 1)))",
    ],
    ["data.drop", '(data $a (i32.const 0) "a")', "(func (data.drop $a))"],
    ["a passive segment", '(data (i32.const 0) "a") (data $p "b")', ""],
    ["a place that is a global", '(import "a" "b" (global $g i32)) (data (global.get $g) "a")', ""],
  ])("with %s it stays where it is", async (_, data, code) => {
    const text = data.startsWith("(import")
      ? `(module ${data.replace("(data", "(memory 1) (data")} ${code})`
      : withData(data, code);
    expect((await prepare(text)).segments).toEqual([]);
  });

  test("a segment of an imported memory stays, whose size nothing here tells", async () => {
    expect((await prepare('(module (import "a" "m" (memory 1)) (data (i32.const 0) "a"))')).segments).toEqual([]);
  });
});

describe("what else is in a module", () => {
  test("the names of its functions are still theirs in the stack of a trap", async () => {
    const prepared = await prepare(`(module (import "host" "f" (func $f)) (func $before (call $f))
      (func $broken (unreachable)) (func $outer (export "run") (call $broken)))`);
    const exports = instantiate(prepared, { imports: { host: { f: () => undefined } } });
    const stack = await Promise.resolve()
      .then(() => exports["run"]?.())
      .catch((error: unknown) => (error as Error).stack);
    expect(stack).toMatch(/at .*broken[^]*at .*outer/);
  });

  test("an empty module stays one", async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(prepareModule(empty, { memoryBytes: MEMORY_BYTES }).code).toEqual(empty);
    expect(Object.keys(raw(empty))).toEqual([]);
  });
});
