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
