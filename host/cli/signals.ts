/** The requests to stop that a process is sent. */
export interface StopSignals {
  /** Resolves with the first SIGTERM or SIGINT. */
  readonly first: Promise<void>;
  /** Resolves with the next one of either. */
  readonly second: Promise<void>;
  /** Leaves those that come from now on to the system, which ends the process. */
  release(): void;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Takes SIGTERM and SIGINT from now on. */
export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let seen = 0;
  const heard = (): void => (seen++ === 0 ? first : second).resolve();
  // They stay: in a moment without a listener the next signal would kill the process, and what is under way with it.
  for (const signal of SIGNALS) process.on(signal, heard);
  return {
    first: first.promise,
    second: second.promise,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, heard);
    },
  };
}
