import { expect, test } from "vitest";
import { Counter, instantiate, prepare } from "./prepared.ts";

/** Runs `run` of a module with this much fuel at the most. Gives the fuel it used, and what it returned. */
async function metered(
  wat: string,
  parameters: readonly unknown[] = [],
  most = 1_000_000,
): Promise<{ used: number; ended: unknown }> {
  const counter = new Counter(most);
  const exports = instantiate(await prepare(wat), { counter });
  try {
    return { ended: exports["run"]?.(...parameters), used: counter.used };
  } catch (error) {
    return { ended: error, used: counter.used };
  }
}

const TYPES = "(type $none (func))";
async function used(...run: Parameters<typeof metered>): Promise<number> {
  return (await metered(...run)).used;
}

const FOREVER: readonly (readonly [what: string, wat: string])[] = [
  ["an empty loop", '(func (export "run") (loop $l (br $l)))'],
  ["a loop that is left by a condition", '(func (export "run") (loop $l (br_if $l (i32.const 1))))'],
  [
    "a loop that goes on by a table",
    '(func (export "run") (block $out (loop $l (br_table $out $l $out (i32.const 1)))))',
  ],
  ["a loop in a loop", '(func (export "run") (loop $a (block $b (loop $c (br_if $b (i32.const 1)) (br $c))) (br $a)))'],
  [
    "a loop whose body is never reached again but by a deep branch",
    '(func (export "run") (loop $a (block (block (block (br $a))))))',
  ],
  [
    "a function that calls itself twice",
    '(func $f (export "run") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1))))))',
  ],
  ["tail calls", '(func $f (export "run") (return_call $f))'],
  [
    "tail calls through a table",
    `${TYPES} (table 1 funcref) (elem (i32.const 0) $f) (func $f (export "run") (return_call_indirect (type $none) (i32.const 0)))`,
  ],
  [
    "functions that call each other twice through a table",
    `(type $one (func (param i32))) (table 2 funcref) (elem (i32.const 0) $f $g)
     (func $f (export "run") (param i32) (if (local.get 0) (then
       (call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))
       (call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
     (func $g (param i32) (call $f (local.get 0)) (call $f (local.get 0)))`,
  ],
  [
    "a loop that calls what has no check of its own",
    '(func $small (result i32) (i32.const 1)) (func (export "run") (loop $l (br_if $l (call $small))))',
  ],
  [
    "a loop of bulk instructions",
    '(memory 16) (func (export "run") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br $l)))',
  ],
  [
    "a loop of exceptions",
    '(tag $t) (func (export "run") (loop $l (block $c (try_table (catch $t $c) (throw $t))) (br $l)))',
  ],
  [
    "a loop out of which nothing but an exception leads",
    `(tag $t) (func $f (throw $t))
     (func (export "run") (loop $l (block $c (try_table (catch_all $c) (loop $m (call $f) (br $m)))) (br $l)))`,
  ],
];

test.each(FOREVER)("%s reaches the tick, again and again, until it is ended", async (_, wat) => {
  const counter = new Counter(1_000_000);
  const exports = instantiate(await prepare(`(module ${wat})`), { counter });
  expect(() => exports["run"]?.(1000)).toThrow(WebAssembly.RuntimeError);
  expect(counter.ticks).toBeGreaterThan(1);
  // No tick is late by more than the largest single instruction here.
  expect(counter.used).toBeLessThan(1_000_000 + 10_000 + 20_000);
});

test.each(FOREVER)("%s is suspended by a tick that waits, and goes on", async (_, wat) => {
  const counter = new Counter(200_000);
  const exports = instantiate(await prepare(`(module ${wat})`), { counter, suspends: true });
  const run = WebAssembly.promising(exports["run"] as () => unknown);
  await expect(run(1000)).rejects.toThrow(WebAssembly.RuntimeError);
  expect(counter.ticks).toBeGreaterThan(1);
});

test("a start function has the fuel that its module begins with, and no more", async () => {
  const counting = `(module (func $start (local i32) (loop $l
    (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))) (start $start))`;
  const enough = await prepare(counting, 20_000);
  expect(() => instantiate(enough)).not.toThrow();
  const little = await prepare(counting, 2000);
  expect(() => instantiate(little)).toThrow(WebAssembly.RuntimeError);
  const endless = await prepare("(module (func $start (loop $l (br $l))) (start $start))", 2_000_000);
  expect(() => instantiate(endless)).toThrow(WebAssembly.RuntimeError);
});

const COUNTING = `(module (func (export "run") (param i32) (result i32) (local i32)
  (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 3)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get 1)))`;

test("a loop is charged for each of its rounds", async () => {
  const rounds = (count: number): Promise<number> => used(COUNTING, [count], Infinity);
  const more = (await rounds(1_000_000)) - (await rounds(500_000));
  // Nine instructions a round, and the loop's head.
  expect(more).toBeGreaterThanOrEqual(4_500_000);
  expect(more).toBeLessThanOrEqual(6_000_000);
  expect((await metered(COUNTING, [1_000_000], Infinity)).ended).toBe(3_000_000);
});

test("code without a loop is charged for its length", async () => {
  const straight = (count: number): string =>
    `(module (func $f (param i32) (result i32) ${"(local.set 0 (i32.mul (local.get 0) (i32.const 3)))".repeat(count)} (local.get 0))
      (func (export "run") (param i32) (result i32) (call $f (local.get 0))))`;
  const of = (count: number): Promise<number> => used(straight(count), [1], Infinity);
  expect(await of(10_000)).toBeGreaterThanOrEqual(40_000);
  expect(await of(10_000)).toBeLessThanOrEqual(80_000);
});

test("of two ways a round is charged for the longer at the most, of many ways for none of the others", async () => {
  const arm = "(local.set 1 (i32.add (local.get 1) (i32.const 1)))";
  const arms = Array.from({ length: 200 }, (_, i) => `(block $b${i}`).join(" ");
  const labels = Array.from({ length: 200 }, (_, i) => `$b${199 - i}`).join(" ");
  const ends = Array.from({ length: 200 }, () => `) ${arm} (br $next)`).join(" ");
  const wat = `(module (func (export "run") (param i32) (result i32) (local i32)
    (loop $l (block $next ${arms} (br_table ${labels} (i32.rem_u (local.get 0) (i32.const 200)))
    ${ends}) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))`;
  const { used, ended } = await metered(wat, [100_000], Infinity);
  expect(ended).toBe(100_000);
  expect(used).toBeLessThan(100_000 * 30);
});

/** 80 instructions, and what they count. */
const WORK = "(global.set $n (i32.add (global.get $n) (i32.const 1)))".repeat(20);

test.each([
  ["behind a block", `(block ${WORK}) ${WORK}`],
  ["behind a block that is left", `(block $b ${WORK} (br $b)) ${WORK}`],
  ["behind a block that is left on a condition", `(block $b ${WORK} (br_if $b (i32.const 1)) (unreachable)) ${WORK}`],
  [
    "behind blocks that are left by a table",
    `(block $a (block $b ${WORK} (br_table $b $a $b (i32.const 1))) (unreachable)) ${WORK}`,
  ],
  ["behind a first part", `(if (i32.const 1) (then ${WORK})) ${WORK}`],
  ["behind a first part that is left", `(if $i (i32.const 1) (then ${WORK} (br $i))) ${WORK}`],
  ["in a first part of two", `${WORK} (if (i32.const 1) (then ${WORK}) (else (nop)))`],
  ["in a second part", `${WORK} (if (i32.const 0) (then (unreachable)) (else ${WORK}))`],
  ["behind a first part of two", `(if (i32.const 1) (then ${WORK}) (else (unreachable))) ${WORK}`],
  ["behind a second part", `(if (i32.const 0) (then (unreachable)) (else ${WORK})) ${WORK}`],
  ["behind a part that is not run", `${WORK} (if (i32.const 0) (then (unreachable))) ${WORK}`],
  ["before and behind a loop", `${WORK} (loop $m (br_if $m (i32.const 0))) ${WORK}`],
  ["before and behind a loop that is left", `(block $o ${WORK} (loop $m (br $o))) ${WORK}`],
  ["before and behind loops that are left", `(block $o ${WORK} (loop $m (loop $n (br $o)))) ${WORK}`],
  ["in a loop and behind it", `(loop $m ${WORK} (br_if $m (i32.const 0))) ${WORK}`],
  ["behind a block that catches", `(block $c (try_table (catch_all $c) ${WORK})) ${WORK}`],
  [
    "behind a block that catches what a host function throws",
    `(block $c (try_table (catch_all $c) ${WORK} (call $throw) (unreachable))) ${WORK}`,
  ],
  [
    "in a part that goes on with the next round",
    `(if (i32.const 1) (then ${WORK} (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))) (return)))`,
  ],
  ["in a part that is left for good", `(if (i32.eq (local.get 0) (i32.const 1)) (then ${WORK} (return))) ${WORK}`],
  ["in small functions", "(call $small) (call $small) (call $small) (call $small)"],
  ["in small functions that come later", "(call $later) (call $later) (call $later) (call $later)"],
])("work %s is charged whole", async (_, work) => {
  const wat = `(module (import "host" "throw" (func $throw)) (global $n (export "n") (mut i32) (i32.const 0))
    (func $small ${WORK.slice(0, WORK.length / 4)})
    (func (export "run") (param i32) (loop $l ${work} (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func $later ${WORK.slice(0, WORK.length / 4)}))`;
  const counter = new Counter();
  const fail = (): void => {
    throw new Error("the host's");
  };
  const exports = instantiate(await prepare(wat), { counter, imports: { host: { throw: fail } } });
  const counted = exports["n"] as unknown as { value: number };
  exports["run"]?.(1000);
  expect(counter.used).toBeGreaterThanOrEqual(counted.value * 4);
  // What is paid for and not run is no more than a stretch for each check.
  expect(counter.used).toBeLessThan(counted.value * 4 + 1000 * 2 * 164);
});

test("a function is charged for its locals, which are cleared with each call", async () => {
  const wat = `(module (func $f ${"(local i64)".repeat(20_000)} (drop (local.get 19999)))
    (func (export "run") (param i32) (loop $l (call $f)
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
  expect(await used(wat, [100], Infinity)).toBeGreaterThanOrEqual(2_000_000);
});

const LENGTHS: readonly (readonly [what: string, wat: string, price: number])[] = [
  ["memory.fill", "(memory.fill (i32.const 0) (i32.const 1) (local.get 0))", 1 / 64],
  ["memory.copy", "(memory.copy (i32.const 0) (i32.const 8) (local.get 0))", 1 / 64],
  ["memory.init", "(memory.init $data (i32.const 0) (i32.const 0) (local.get 0))", 1 / 64],
  ["table.fill", "(table.fill $t (i32.const 0) (ref.null func) (local.get 0))", 32],
  ["table.copy", "(table.copy $t $t (i32.const 0) (i32.const 8) (local.get 0))", 32],
  ["table.init", "(table.init $t $elem (i32.const 0) (i32.const 0) (local.get 0))", 32],
  ["table.grow", "(drop (table.grow $t (ref.null func) (local.get 0)))", 32],
];

test.each(LENGTHS)("%s is charged for its length", async (_, instruction, price) => {
  const wat = `(module (memory 16) (table $t 60000 funcref) (data $data "${"x".repeat(60_000)}")
    (elem $elem func ${"$run ".repeat(60_000)}) (func $run (export "run") (param i32) ${instruction}))`;
  const of = (length: number): Promise<number> => used(wat, [length], Infinity);
  const longer = (await of(50_000)) - (await of(10_000));
  expect(longer).toBeGreaterThanOrEqual(40_000 * price - 1);
  expect(longer).toBeLessThanOrEqual(40_000 * price + 1);
});

test("memory.grow is charged for the pages, and for no more than there can be", async () => {
  const wat = `(module (memory 1) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0))))`;
  const grown = await metered(wat, [15], Infinity);
  expect(grown.ended).toBe(1);
  expect(grown.used).toBeGreaterThanOrEqual(15 * 1024);
  const refused = await metered(wat, [-1], Infinity);
  expect(refused.ended).toBe(-1);
  expect(refused.used).toBeGreaterThanOrEqual(65_536 * 1024);
  expect(refused.used).toBeLessThan(65_536 * 1024 + 1000);
});

test("a module that can neither loop nor call is not changed by more than its limits", async () => {
  const { metered: has, saves, code } = await prepare(`(module (func (export "f") (result i32) (i32.const 1)))`);
  expect({ has, saves }).toEqual({ has: false, saves: false });
  expect(WebAssembly.Module.exports(new WebAssembly.Module(code)).map(({ name }) => name)).toEqual(["f"]);
});
