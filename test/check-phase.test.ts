import { setImmediate as immediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inCheckPhase, inSameCheckPhase, isAfterCheckPhase } from "../host/check-phase.ts";

test("all that wait are called back in one turn, in the order they came", async () => {
  const called: number[] = [];
  for (const one of [1, 2, 3]) inCheckPhase({ onCheckPhase: () => called.push(one) });
  expect(called).toEqual([]);
  await immediate();
  expect(called).toEqual([1, 2, 3]);
});

test("what comes to wait in a call back waits for the next turn", async () => {
  const called: string[] = [];
  inCheckPhase({
    onCheckPhase() {
      inCheckPhase({ onCheckPhase: () => called.push("again") });
      called.push("first");
    },
  });
  await immediate();
  expect(called).toEqual(["first"]);
  await immediate();
  expect(called).toEqual(["first", "again"]);
});

test("what needs no poll is called back in the same turn, after all others; asked for in a microtask, in the next", async () => {
  const called: string[] = [];
  inCheckPhase({
    onCheckPhase() {
      inSameCheckPhase({ onCheckPhase: () => called.push("same") });
      queueMicrotask(() => inSameCheckPhase({ onCheckPhase: () => called.push("next") }));
      called.push("first");
    },
  });
  inCheckPhase({ onCheckPhase: () => called.push("second") });
  inSameCheckPhase({ onCheckPhase: () => called.push("third") });
  await immediate();
  expect(called).toEqual(["first", "second", "third", "same"]);
  await immediate();
  expect(called).toEqual(["first", "second", "third", "same", "next"]);
});

test("it is after the check phase for all that microtasks go on with, not in the call back itself, nor later", async () => {
  expect(isAfterCheckPhase()).toBe(false);
  const seen: boolean[] = [];
  const ended = new Promise<void>((resolve) => {
    inCheckPhase({
      onCheckPhase() {
        seen.push(isAfterCheckPhase());
        let chain = Promise.resolve();
        for (let i = 0; i < 20; i++) chain = chain.then(() => void seen.push(isAfterCheckPhase()));
        setImmediate(() => {
          seen.push(isAfterCheckPhase());
          resolve();
        });
      },
    });
  });
  await ended;
  expect(seen).toEqual([false, ...Array.from({ length: 20 }, () => true), false]);
});

test("whatever immediate is set in the check phase comes after the sockets were polled", async () => {
  const { port1, port2 } = new MessageChannel();
  const order: string[] = [];
  port2.addEventListener("message", () => order.push("polled"));
  port2.start();
  await new Promise<void>((resolve) => {
    inCheckPhase({
      onCheckPhase() {
        port1.postMessage("");
        setImmediate(() => {
          order.push("immediate");
          resolve();
        });
      },
    });
  });
  port2.close();
  expect(order).toEqual(["polled", "immediate"]);
});

test("one that throws keeps no other from its turn, and the process is told", async () => {
  const called: number[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const told = new Promise((resolve) => process.once("uncaughtException", resolve));
  for (const one of [1, 2, 3]) {
    inCheckPhase({
      onCheckPhase() {
        if (one === 2) throw new Error("two");
        called.push(one);
      },
    });
  }
  expect(await told).toMatchObject({ message: "two" });
  for (const listener of listeners) process.on("uncaughtException", listener);
  expect(called).toEqual([1, 3]);
});
