import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { handOn, isHandedOn } from "../host/poll-phase.ts";

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
