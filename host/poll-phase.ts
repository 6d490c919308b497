import type { EventEmitter } from "node:events";

let isReading = false;

/** Tells who listens to a socket that it can be read, in the poll phase of the event loop. */
export function handOn(socket: EventEmitter): void {
  isReading = true;
  try {
    socket.emit("readable");
  } finally {
    isReading = false;
  }
}

/** Whether this is called by who was told that a socket can be read, and not later. */
export function isHandedOn(): boolean {
  return isReading;
}
