/** Waits for the check phase. */
export interface Waiting {
  onCheckPhase(): void;
}

let waiting: Waiting[] = [];
/** Those who are called back now, while they are. */
let called: Waiting[] | undefined;
let isNow = false;

/**
 * Calls back in the next check phase of the event loop, once the sockets were polled. All that wait share one immediate, so
 * that what they have in common is done at once, with its code and its data near.
 */
export function inCheckPhase(one: Waiting): void {
  // First, for it may fail for want of stack, and then nobody waits.
  if (waiting.length === 0) setImmediate(callBack);
  waiting.push(one);
}

/** The same for one that needs no poll: who asks while he is called back himself has it called back after all others. */
export function inSameCheckPhase(one: Waiting): void {
  if (called === undefined) inCheckPhase(one);
  else called.push(one);
}

/**
 * Whether this goes on, in a microtask, from a call back: then the sockets are polled before whatever immediate is set now,
 * and nobody's code is in the middle of anything.
 */
export function isAfterCheckPhase(): boolean {
  return isNow && called === undefined;
}

function callBack(): void {
  called = waiting;
  waiting = [];
  isNow = true;
  queueMicrotask(endWithMicrotasks);
  try {
    for (const one of called) callBackOne(one);
  } finally {
    called = undefined;
  }
}

function callBackOne(one: Waiting): void {
  try {
    one.onCheckPhase();
  } catch (error) {
    // The others go on; the process is told as of any error that nobody catches.
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Ticks wait for all microtasks, those too that come of them; and the next phase waits for both. */
function endWithMicrotasks(): void {
  process.nextTick(end);
}

function end(): void {
  isNow = false;
}
