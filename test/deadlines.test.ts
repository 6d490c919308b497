import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../host/deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

class Owner {
  passed = 0;
  readonly onPass: () => void;

  constructor(onPass: () => void = () => {}) {
    this.onPass = onPass;
  }

  onDeadline(): void {
    this.passed++;
    this.onPass();
  }
}

test("a time is over after its length, and not a millisecond before", () => {
  const owner = new Owner();
  new Deadlines().begin(owner, 100);
  vi.advanceTimersByTime(99);
  expect(owner.passed).toBe(0);
  vi.advanceTimersByTime(1);
  expect(owner.passed).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(owner.passed).toBe(1);
});

test("one that was stopped is never over, and those beside it are in time", () => {
  const deadlines = new Deadlines();
  const owners = Array.from({ length: 5 }, () => new Owner());
  const times = owners.map((owner) => {
    const time = deadlines.begin(owner, 100);
    vi.advanceTimersByTime(10);
    return time;
  });
  for (const i of [0, 2, 4]) times[i]?.clear();
  vi.advanceTimersByTime(59);
  expect(owners.map(({ passed }) => passed)).toEqual([0, 0, 0, 0, 0]);
  vi.advanceTimersByTime(1);
  expect(owners.map(({ passed }) => passed)).toEqual([0, 1, 0, 0, 0]);
  vi.advanceTimersByTime(20);
  expect(owners.map(({ passed }) => passed)).toEqual([0, 1, 0, 1, 0]);
});

test("of many lengths each keeps its own, and none holds a timer once it is stopped", () => {
  const deadlines = new Deadlines();
  const owners = Array.from({ length: 100 }, () => new Owner());
  const times = owners.map((owner, i) => deadlines.begin(owner, 100 + i));
  for (const time of times) {
    time.clear();
    time.clear();
  }
  expect(vi.getTimerCount()).toBeLessThanOrEqual(16);
  vi.advanceTimersByTime(1000);
  expect(owners.every(({ passed }) => passed === 0)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("who is told may begin a new one, and stop others", () => {
  const deadlines = new Deadlines();
  const second = new Owner();
  const first = new Owner(() => {
    other.clear();
    deadlines.begin(second, 50);
  });
  const third = new Owner();
  deadlines.begin(first, 50);
  const other = deadlines.begin(third, 50);
  vi.advanceTimersByTime(50);
  expect([first.passed, second.passed, third.passed]).toEqual([1, 0, 0]);
  vi.advanceTimersByTime(50);
  expect([first.passed, second.passed, third.passed]).toEqual([1, 1, 0]);
});

test("nothing that was stopped keeps the process alive", () => {
  vi.useRealTimers();
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const deadlines = new Deadlines();
  const times = [1, 2, 3].map(() => deadlines.begin(new Owner(), 60_000));
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before + 1);
  for (const time of times) time.clear();
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  const again = deadlines.begin(new Owner(), 60_000);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before + 1);
  again.clear();
});
