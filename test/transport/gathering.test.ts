import { setImmediate as immediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Waiting } from "../../host/check-phase.ts";
import { Gathering } from "../../host/transport/gathering.ts";

/** How many are worked off in each turn, where the polls bring so many. */
async function turnsOf(polls: readonly number[], awaited: () => number, clock = () => 0): Promise<number[]> {
  const gathering = new Gathering(awaited, clock);
  let now = 0;
  const answer: Waiting = { onCheckPhase: () => now++ };
  const turns: number[] = [];
  for (const brought of polls) {
    now = 0;
    for (let i = 0; i < brought; i++) gathering.add(answer);
    await immediate();
    turns.push(now);
  }
  return turns;
}

const many = (): number => 1000;

test("an answer that comes alone is worked off in the turn it comes in", async () => {
  expect(await turnsOf([1, 1, 0, 1], many)).toEqual([1, 1, 0, 1]);
});

test("answers that come together wait for those that come close behind, until a poll brings none", async () => {
  expect(await turnsOf([2, 0, 3, 1, 0], many)).toEqual([0, 2, 0, 0, 4]);
});

test("answers are worked off at once where no other is waited for", async () => {
  expect(await turnsOf([5, 0], () => 5)).toEqual([5, 0]);
  expect(await turnsOf([5, 2, 0], () => 6)).toEqual([0, 7, 0]);
  expect(await turnsOf([5, 2, 0], () => 7)).toEqual([0, 7, 0]);
  expect(await turnsOf([5, 2, 0], () => 8)).toEqual([0, 0, 7]);
});

test("256 answers wait for no more, 255 do", async () => {
  expect(await turnsOf([255, 0], many)).toEqual([0, 255]);
  expect(await turnsOf([255, 1, 0], many)).toEqual([0, 256, 0]);
  expect(await turnsOf([256, 0], many)).toEqual([256, 0]);
  expect(await turnsOf([257, 0], many)).toEqual([257, 0]);
});

test("where turns take long, answers wait for a millisecond and a turn at the most", async () => {
  let time = 0;
  const turnOf = (milliseconds: number) => (): number => (time += milliseconds);
  expect(await turnsOf([2, 1, 1, 1, 0], many, turnOf(0.4))).toEqual([0, 0, 0, 5, 0]);
  expect(await turnsOf([2, 1, 1, 0], many, turnOf(10))).toEqual([0, 3, 1, 0]);
});

test("however answers keep coming, they are worked off in the order they came, after 256 turns at the most", async () => {
  const turns = await turnsOf([2, ...Array.from({ length: 300 }, () => 1)], many);
  expect(turns.findIndex((count) => count > 0)).toBe(254);
  const order: number[] = [];
  const gathering = new Gathering(many, () => 0);
  for (const one of [1, 2, 3]) gathering.add({ onCheckPhase: () => order.push(one) });
  await immediate();
  expect(order).toEqual([]);
  await immediate();
  expect(order).toEqual([1, 2, 3]);
});

test("what comes while answers are worked off is gathered anew", async () => {
  const gathering = new Gathering(many, () => 0);
  const order: string[] = [];
  const late: Waiting = { onCheckPhase: () => order.push("late") };
  gathering.add({
    onCheckPhase() {
      order.push("first");
      gathering.add(late);
    },
  });
  await immediate();
  expect(order).toEqual(["first"]);
  await immediate();
  expect(order).toEqual(["first", "late"]);
});
