import { setImmediate as immediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inCheckPhase } from "../host/check-phase.ts";
import { Gathering, type Gathered } from "../host/gathering.ts";

/** How many are worked off in each turn, where the polls bring so many. */
async function turnsOf(
  polls: readonly number[],
  mayMoreCome: () => boolean,
  clock = () => 0,
  bytes = 0,
): Promise<number[]> {
  const gathering = new Gathering(mayMoreCome, clock);
  let now = 0;
  const answer: Gathered = { bytes, onCheckPhase: () => now++ };
  const turns: number[] = [];
  for (const brought of polls) {
    now = 0;
    for (let i = 0; i < brought; i++) gathering.add(answer);
    await immediate();
    turns.push(now);
  }
  return turns;
}

const more = (): boolean => true;

test("an answer that comes alone is worked off in the turn it comes in", async () => {
  expect(await turnsOf([1, 1, 0, 1], more)).toEqual([1, 1, 0, 1]);
});

test("answers that come together wait for those that come close behind, until a poll brings none", async () => {
  expect(await turnsOf([2, 0, 3, 1, 0], more)).toEqual([0, 2, 0, 0, 4]);
});

test("answers are worked off at once where no other is waited for", async () => {
  expect(await turnsOf([5, 2], () => false)).toEqual([5, 2]);
  let awaited = 2;
  expect(await turnsOf([5, 2, 1], () => awaited-- > 1)).toEqual([0, 7, 1]);
});

test("answers with 65536 bytes of bodies wait for no more, those with fewer do", async () => {
  expect(await turnsOf([2, 0], more, () => 0, 32_767)).toEqual([0, 2]);
  expect(await turnsOf([2, 0], more, () => 0, 32_768)).toEqual([2, 0]);
  expect(await turnsOf([2, 2, 2, 0], more, () => 0, 20_000)).toEqual([0, 4, 0, 2]);
});

test("what is worked off in the check phase brings its answers before it is decided whether to poll again", async () => {
  const gathering = new Gathering(more, () => 0);
  const order: string[] = [];
  const answer = (name: string): Gathered => ({ bytes: 0, onCheckPhase: () => order.push(name) });
  const bring = (...names: string[]): void =>
    inCheckPhase({ onCheckPhase: () => names.forEach((name) => gathering.add(answer(name))) });
  bring("a", "b");
  bring("c");
  await immediate();
  bring("d");
  await immediate();
  expect(order).toEqual([]);
  await immediate();
  expect(order).toEqual(["a", "b", "c", "d"]);
  bring("e");
  await immediate();
  expect(order.at(-1)).toBe("e");
});

test("256 answers wait for no more, 255 do", async () => {
  expect(await turnsOf([255, 0], more)).toEqual([0, 255]);
  expect(await turnsOf([255, 1, 0], more)).toEqual([0, 256, 0]);
  expect(await turnsOf([256, 0], more)).toEqual([256, 0]);
  expect(await turnsOf([257, 0], more)).toEqual([257, 0]);
});

test("where turns take long, answers wait for a millisecond and a turn at the most", async () => {
  let time = 0;
  const turnOf = (milliseconds: number) => (): number => (time += milliseconds);
  expect(await turnsOf([2, 1, 1, 1, 0], more, turnOf(0.4))).toEqual([0, 0, 0, 5, 0]);
  expect(await turnsOf([2, 1, 1, 0], more, turnOf(10))).toEqual([0, 3, 1, 0]);
});

test("however answers keep coming, they are worked off in the order they came, after 256 turns at the most", async () => {
  const turns = await turnsOf([2, ...Array.from({ length: 300 }, () => 1)], more);
  expect(turns.findIndex((count) => count > 0)).toBe(254);
  const order: number[] = [];
  const gathering = new Gathering(more, () => 0);
  for (const one of [1, 2, 3]) gathering.add({ bytes: 0, onCheckPhase: () => order.push(one) });
  await immediate();
  expect(order).toEqual([]);
  await immediate();
  expect(order).toEqual([1, 2, 3]);
});

test("what comes of answers in microtasks is gathered anew", async () => {
  const gathering = new Gathering(more, () => 0);
  const order: string[] = [];
  const late: Gathered = { bytes: 0, onCheckPhase: () => order.push("late") };
  gathering.add({
    bytes: 0,
    onCheckPhase() {
      order.push("first");
      queueMicrotask(() => gathering.add(late));
    },
  });
  await immediate();
  expect(order).toEqual(["first"]);
  await immediate();
  expect(order).toEqual(["first", "late"]);
});
