const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop that is the caller's alone among those who wait here: what other guests wait
 * for from outside goes on between two of them.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(turn);
  });
}

function turn(): void {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(turn);
  next?.();
}
