/** What waits for an event loop, which a hook does not have: each throws an error that says what to use. */
export const timers: Readonly<Record<string, () => never>> = Object.fromEntries(
  ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"].map((name) => [
    name,
    (): never => {
      throw new Error(`${name} does not exist in a hook, which is synchronous; to wait, use Clock.sleep(milliseconds)`);
    },
  ]),
);
