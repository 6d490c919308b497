import type { EventEmitter } from "node:events";

/** Milliseconds of computing after which the sockets are polled again before one is written on. */
const FRESH = 0.25;

let isReading = false;
let freshUntil = 0;

/** Tells who listens to a socket that it can be read, in the poll phase of the event loop. */
export function handOn(socket: EventEmitter): void {
  isReading = true;
  try {
    socket.emit("readable");
  } finally {
    isReading = false;
  }
}

/** Whether this is called by whoever hands on what was read of a socket. */
export function isHandedOn(): boolean {
  return isReading;
}

/** What follows in this turn of the event loop may write, if it begins soon, on sockets that were polled in it. */
export function goOnInPollPhase(): void {
  freshUntil = performance.now() + FRESH;
}

/** Whether the sockets were polled so short a time ago that one more poll would tell no more than the network's own delay. */
export function isJustPolled(): boolean {
  return freshUntil !== 0 && performance.now() < freshUntil;
}
