import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { goOnInPollPhase, handOn, isHandedOn, isJustPolled } from "../host/poll-phase.ts";

test("what was read is handed on while a listener is told, and not after, even where it throws", () => {
  const seen: boolean[] = [];
  const socket = new EventEmitter();
  socket.on("readable", () => void seen.push(isHandedOn()));
  handOn(socket);
  seen.push(isHandedOn());
  socket.on("readable", () => {
    throw new Error("broken");
  });
  expect(() => handOn(socket)).toThrow("broken");
  seen.push(isHandedOn());
  expect(seen).toEqual([true, false, true, false]);
});

test("after a time of computing the sockets count as polled no more", () => {
  goOnInPollPhase();
  for (const started = performance.now(); performance.now() < started + 1;);
  expect(isJustPolled()).toBe(false);
});
