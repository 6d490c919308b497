/** Waits for the sockets to be polled. */
export interface Waiting {
  onCheckPhase(): void;
}

let waiting: Waiting[] = [];

/** Calls back in the check phase of the event loop, which follows upon its poll phase. All that wait share one immediate. */
export function inCheckPhase(one: Waiting): void {
  if (waiting.push(one) === 1) setImmediate(callBack);
}

function callBack(): void {
  const now = waiting;
  waiting = [];
  for (const one of now) one.onCheckPhase();
}

/** Milliseconds. */
const RECENT = 1;
/** Turns of the event loop that are watched after somebody has asked. */
const WATCHED = 16;

let lastCheckPhase = -Infinity;
let left = 0;

/**
 * Whether the sockets were polled within the last millisecond: the poll phase follows upon the check phase, and that one
 * was no longer ago. No, where nobody has asked for some turns.
 */
export function werePolledJustNow(): boolean {
  // Not one that holds the loop up: it may wait in its poll phase for as long as nothing comes.
  if (left === 0) setImmediate(watch).unref();
  left = WATCHED;
  return performance.now() - lastCheckPhase < RECENT;
}

function watch(): void {
  lastCheckPhase = performance.now();
  if (--left > 0) setImmediate(watch).unref();
}
