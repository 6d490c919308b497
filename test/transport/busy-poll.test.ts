import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { BusyPoll, busyPoll } from "../../host/transport/busy-poll.ts";
import type { Scene } from "../support/outbound.ts";
import { failureOf, ok, openScene, send } from "../support/outbound.ts";

/** A clock and an event loop in the test's hands. A turn takes 0.01 ms. */
class Loop {
  now = 0;
  readonly poll = new BusyPoll(
    () => this.now,
    (turn) => (this.#next = turn),
  );
  #next: (() => void) | undefined;

  /** Turns until nobody keeps it from sleeping, or for so many. */
  turns(most = 1000): number {
    for (let count = 0; count < most; count++) {
      const next = this.#next;
      if (next === undefined) return count;
      this.#next = undefined;
      this.now += 0.01;
      next();
    }
    return most;
  }

  /** A request whose answer comes after so many milliseconds. Gives whether it was polled for. */
  request(milliseconds: number): boolean {
    this.poll.begin();
    const isPolled = this.#next !== undefined;
    this.turns(Math.round(milliseconds / 0.01));
    this.poll.end();
    this.turns();
    return isPolled;
  }
}

test("an answer is polled for until it comes, for 0.1 ms at the most", () => {
  const loop = new Loop();
  loop.poll.begin();
  expect(loop.turns(5)).toBe(5);
  loop.poll.end();
  expect(loop.turns()).toBe(1);
  loop.poll.begin();
  expect(loop.turns()).toBeGreaterThanOrEqual(10);
  expect(loop.turns()).toBe(0);
});

test("a request counts as awaited until it ends, be it polled for or not", () => {
  const { poll } = new Loop();
  expect(poll.awaited).toBe(0);
  poll.begin();
  poll.begin();
  poll.end();
  expect(poll.awaited).toBe(1);
  poll.end();
  expect(poll.awaited).toBe(0);
});

test("a request that begins in the turn of an answer is polled for during all of its own 0.1 ms", () => {
  const loop = new Loop();
  loop.poll.begin();
  loop.turns(9);
  loop.poll.end();
  loop.poll.begin();
  expect(loop.turns(9)).toBe(9);
});

test("while other requests are under way there is no polling", () => {
  const loop = new Loop();
  loop.poll.begin();
  loop.poll.begin();
  expect(loop.turns()).toBe(1);
  loop.poll.end();
  expect(loop.turns()).toBe(0);
  loop.poll.end();
  expect(loop.request(0.05)).toBe(true);
});

test("an answer that is worked off later in the turn in which the time ends was not polled for in vain", () => {
  const loop = new Loop();
  loop.poll.begin();
  expect(loop.turns(11)).toBe(11);
  expect(loop.now).toBeGreaterThan(0.1);
  loop.poll.end();
  loop.turns();
  expect(loop.request(0.05)).toBe(true);
});

test("where answers take longer, ever fewer requests are polled for, down to one of 1025", () => {
  const loop = new Loop();
  const polled: number[] = [];
  for (let i = 0; i < 6000; i++) if (loop.request(1)) polled.push(i);
  const gaps = polled.slice(1).map((at, i) => at - (polled[i] as number));
  expect(gaps).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1025, 1025, 1025]);
});

test("one that is polled for and answered in time has all polled for again", () => {
  const loop = new Loop();
  for (let i = 0; i < 100; i++) loop.request(1);
  while (!loop.request(0.05));
  for (let i = 0; i < 100; i++) expect(loop.request(0.05)).toBe(true);
});

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
beforeEach(() => void vi.restoreAllMocks());
afterAll(() => scene.close());

test("a request that was written is awaited once, and no more when its call has ended, however it does", async () => {
  const begin = vi.spyOn(busyPoll, "begin");
  const end = vi.spyOn(busyPoll, "end");
  const counts = (): number[] => [begin.mock.calls.length, end.mock.calls.length];
  const { hook, server } = scene;

  await send(hook);
  expect(counts()).toEqual([1, 1]);
  await send(hook, { method: "POST", body: Buffer.alloc(100_000) });
  expect(counts()).toEqual([2, 2]);
  await failureOf(send(hook, { url: "https://other.example.com/" }));
  expect(counts()).toEqual([2, 2]);
  server.answer = (socket) => socket.destroy();
  expect((await failureOf(send(hook))).code).toBe("connection-error");
  expect(counts()).toEqual([3, 3]);
  server.answer = () => {};
  expect((await failureOf(send(hook, { timeout: 50 }))).code).toBe("timeout");
  expect(counts()).toEqual([4, 4]);
  server.answer = (socket) => socket.write(ok("early").slice(0, -2));
  expect((await failureOf(send(hook, { timeout: 50 }))).code).toBe("timeout");
  expect(counts()).toEqual([5, 5]);
});

test("the thread's own keeps the event loop from sleeping with immediates", () => {
  const immediate = vi.spyOn(globalThis, "setImmediate");
  const poll = new BusyPoll();
  poll.begin();
  expect(immediate).toHaveBeenCalledTimes(1);
  poll.end();
});
