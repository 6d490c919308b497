/** Waits for the sockets to be polled. */
export interface Waiting {
  onCheckPhase(): void;
}

let waiting: Waiting[] = [];
let isNow = false;

/**
 * Calls back in the check phase of the event loop, which follows upon its poll phase. All that wait share one immediate, so
 * that what they have in common is done at once, with its code and its data near.
 */
export function inCheckPhase(one: Waiting): void {
  if (waiting.push(one) === 1) setImmediate(callBack);
}

/** Whether this goes on from a call back: then the sockets are polled before whatever immediate is set now. */
export function isCheckPhase(): boolean {
  return isNow;
}

function callBack(): void {
  const now = waiting;
  waiting = [];
  isNow = true;
  queueMicrotask(endWithMicrotasks);
  for (const one of now) {
    try {
      one.onCheckPhase();
    } catch (error) {
      // The others go on; the process is told as of any error that nobody catches.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Ticks wait for all microtasks, those too that come of them; and the next phase waits for both. */
function endWithMicrotasks(): void {
  process.nextTick(end);
}

function end(): void {
  isNow = false;
}
