import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CpuClock } from "../../host/runtime/cpu.ts";

let now = 0;
beforeEach(() => {
  now += 1_000_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

function pass(milliseconds: number): void {
  now += milliseconds;
}

test.each([
  [9, true],
  [10, true],
  [11, false],
])("of 10 ms %i may be run: %s", (milliseconds, isLeft) => {
  const clock = new CpuClock(10);
  clock.start();
  pass(milliseconds);
  expect(clock.stop()).toBe(isLeft);
});

test("what passes while no guest runs is not counted", () => {
  const clock = new CpuClock(10);
  clock.start();
  pass(5);
  clock.stop();
  pass(1000);
  clock.start();
  pass(5);
  expect(clock.stop()).toBe(true);
});

test("what it goes on after is counted once", () => {
  const clock = new CpuClock(10);
  clock.start();
  pass(5);
  expect(clock.start()).toBe(true);
  pass(5);
  expect(clock.start()).toBe(true);
  pass(1);
  expect(clock.start()).toBe(false);
});

test("guests that wait for their turn are not charged for what others run before", () => {
  const clocks = Array.from({ length: 100 }, () => new CpuClock(10));
  for (const clock of clocks) {
    clock.start();
    // What the host lowers.
    pass(1);
    clock.start();
  }
  for (const clock of clocks) {
    pass(9);
    expect(clock.stop()).toBe(true);
  }
  for (const clock of clocks) {
    clock.start();
    pass(1);
    expect(clock.stop()).toBe(false);
  }
});

test("a run that was not measured is charged 20 ms at the most", () => {
  const clock = new CpuClock(20);
  clock.start();
  pass(1000);
  expect(clock.stop()).toBe(true);
  clock.start();
  pass(1);
  expect(clock.stop()).toBe(false);
});
