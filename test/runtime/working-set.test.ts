import { setImmediate as immediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Beginner, WorkingSet } from "../../host/runtime/working-set.ts";

/** A working set in a thread that has nothing to do, or is given answers in every turn, and those who began in it. */
class Scene {
  time = 1;
  readonly thread = { pending: 0, handed: 0 };
  readonly set: WorkingSet = new WorkingSet(this.thread, () => this.time);
  readonly begun: string[] = [];

  enter(name: string): Beginner & { isOver: boolean } {
    const one = { next: undefined, since: 0, isOver: false, begin: () => void this.begun.push(name) };
    this.set.enter(one);
    return one;
  }

  enterMany(count: number): void {
    for (let i = 0; i < count; i++) this.enter(`${i}`);
  }

  /** A turn of the event loop in which an answer is handed to a guest. */
  async busyTurn(): Promise<void> {
    this.thread.handed++;
    await immediate();
  }
}

test("48 events begin at once, the next ones wait", () => {
  for (const [entered, begun] of [
    [47, 47],
    [48, 48],
    [49, 48],
    [200, 48],
  ] as const) {
    const scene = new Scene();
    scene.enterMany(entered);
    expect(scene.begun.length).toBe(begun);
  }
});

test("where one leaves, the one begins that has waited longest", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  scene.enter("first");
  scene.enter("second");
  scene.enter("third");
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first"]);
  scene.set.leave();
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first", "second", "third"]);
  scene.set.leave();
  scene.enter("fourth");
  expect(scene.begun.at(-1)).toBe("fourth");
});

test("none overtakes those who wait, though there is a place", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  scene.enter("first");
  scene.set.leave();
  scene.enter("second");
  expect(scene.begun.length).toBe(48);
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first", "second"]);
});

test("48 more begin in each turn in which the thread has no answer", async () => {
  const scene = new Scene();
  scene.enterMany(150);
  await immediate();
  expect(scene.begun.length).toBe(96);
  await scene.busyTurn();
  expect(scene.begun.length).toBe(96);
  scene.thread.pending = 1;
  await immediate();
  expect(scene.begun.length).toBe(96);
  scene.thread.pending = 0;
  await immediate();
  expect(scene.begun.length).toBe(144);
  expect(scene.set.waiting).toBe(6);
  await immediate();
  expect(scene.begun.length).toBe(150);
  expect(scene.set.waiting).toBe(0);
});

test("one that has waited for 20 ms begins, whatever the thread has to do", async () => {
  const scene = new Scene();
  scene.enterMany(49);
  scene.time += 5;
  scene.enter("later");
  scene.time += 14.9;
  await scene.busyTurn();
  expect(scene.begun.length).toBe(48);
  scene.time += 0.1;
  await scene.busyTurn();
  expect(scene.begun.length).toBe(49);
  scene.time += 5;
  await scene.busyTurn();
  expect(scene.begun.at(-1)).toBe("later");
});

test("where more than 48 run, a place that becomes free is filled when fewer than 48 do", async () => {
  const scene = new Scene();
  scene.enterMany(120);
  await immediate();
  expect(scene.begun.length).toBe(96);
  for (let left = 0; left < 48; left++) scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.length).toBe(96);
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.length).toBe(97);
});

test("one that is over while it waits takes no place", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  const over = [scene.enter("over"), scene.enter("over as well")];
  scene.enter("next");
  for (const one of over) one.isOver = true;
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["next"]);
});

test("one that is over at once makes room for the next", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  const begin = (): void => {
    scene.begun.push("short");
    scene.set.leave();
  };
  for (let i = 0; i < 1000; i++) scene.set.enter({ next: undefined, since: 0, isOver: false, begin });
  scene.set.leave();
  await scene.busyTurn();
  expect(scene.begun.length).toBe(1048);
});
