import { setImmediate as immediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inCheckPhase, isAfterCheckPhase } from "../../host/check-phase.ts";
import { type Beginner, WorkingSet } from "../../host/runtime/working-set.ts";

type One = Beginner & { isOver: boolean };

/** A working set in a thread that has nothing to do, or is given answers in every turn, and those who began in it. */
class Scene {
  time = 1;
  readonly thread = { pending: 0, handed: 0 };
  readonly set: WorkingSet = new WorkingSet(this.thread, () => this.time);
  readonly begun: string[] = [];
  readonly running: One[] = [];

  enter(name: string, onBegin: (one: One) => void = () => {}): One {
    const one: One = {
      next: undefined,
      since: 0,
      hasPlace: false,
      isOver: false,
      begin: () => {
        this.begun.push(name);
        this.running.push(one);
        onBegin(one);
      },
    };
    this.set.enter(one);
    return one;
  }

  enterMany(count: number): void {
    for (let i = 0; i < count; i++) this.enter(`${i}`);
  }

  leave(count = 1): void {
    for (const one of this.running.splice(0, count)) this.set.leave(one);
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
  scene.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first"]);
  scene.leave(2);
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first", "second", "third"]);
  scene.leave();
  scene.enter("fourth");
  expect(scene.begun.at(-1)).toBe("fourth");
});

test("none overtakes those who wait, though there is a place", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  scene.enter("first");
  scene.leave();
  scene.enter("second");
  expect(scene.begun.length).toBe(48);
  scene.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["first", "second"]);
});

test("48 more begin in each turn that brings the thread no answer", async () => {
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

test("answers that came before one had to wait are none of its turn", async () => {
  const scene = new Scene();
  scene.thread.handed = 7;
  scene.enterMany(49);
  await immediate();
  expect(scene.begun.length).toBe(49);
});

test("an answer counts that is handed on late in the check phase", async () => {
  const scene = new Scene();
  scene.enterMany(49);
  inCheckPhase({ onCheckPhase: () => scene.thread.handed++ });
  await immediate();
  expect(scene.begun.length).toBe(48);
});

test("events begin after the check phase, where their calls need not wait for a poll", async () => {
  const scene = new Scene();
  const seen: boolean[] = [];
  scene.enterMany(48);
  scene.enter("idle", () => seen.push(isAfterCheckPhase()));
  await immediate();
  scene.enter("due", () => seen.push(isAfterCheckPhase()));
  scene.time += 20;
  await scene.busyTurn();
  expect(seen).toEqual([true, true]);
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

test("where more than 48 go on, a place that becomes free is filled when fewer than 48 do", async () => {
  const scene = new Scene();
  scene.enterMany(120);
  await immediate();
  expect(scene.begun.length).toBe(96);
  scene.leave(48);
  await scene.busyTurn();
  expect(scene.begun.length).toBe(96);
  scene.leave();
  await scene.busyTurn();
  expect(scene.begun.length).toBe(97);
});

test("one that is over while it waits takes no place", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  const over = [scene.enter("over"), scene.enter("over as well")];
  scene.enter("next");
  for (const one of over) one.isOver = true;
  scene.leave();
  await scene.busyTurn();
  expect(scene.begun.slice(48)).toEqual(["next"]);
});

test("one frees its own place, once", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  const waiting = scene.enter("over");
  waiting.isOver = true;
  scene.set.leave(waiting);
  const [left] = scene.running;
  for (let i = 0; i < 3; i++) scene.set.leave(left as One);
  scene.enterMany(50);
  await scene.busyTurn();
  expect(scene.begun.length).toBe(49);
});

test("one that is over at once makes room for the next", async () => {
  const scene = new Scene();
  scene.enterMany(48);
  for (let i = 0; i < 1000; i++) scene.enter("short", (one) => scene.set.leave(one));
  scene.leave();
  await scene.busyTurn();
  expect(scene.begun.length).toBe(1048);
});

test("one that enters where no stack is left holds up none, and none after it", async () => {
  // The other tests' scenes wait for nothing any more.
  for (let turn = 0; turn < 10; turn++) await immediate();
  const scene = new Scene();
  scene.enterMany(48);
  let entered = 0;
  const deeper = (): void => {
    try {
      deeper();
    } catch {
      // Here the stack ends; each caller has a little more of it.
    }
    if (entered > 20) return;
    try {
      scene.enter("deep");
      entered++;
    } catch {
      // That one is told so, and does not wait.
    }
  };
  deeper();
  scene.enter("last");
  for (let turn = 0; turn < 3; turn++) await immediate();
  expect(scene.begun.at(-1)).toBe("last");
  expect(scene.begun.filter((name) => name === "deep")).toHaveLength(entered);
});
