import type { Limits } from "../transport/limits.ts";

/** How the figures of one process are divided among its threads. No figure is exceeded by the sum of its parts. */
export interface Shares {
  /** The worker threads: as many as were asked for, while each can have a call in flight. */
  readonly threads: number;
  /** Events at once in a worker. An event makes one call at a time, so that none of its calls waits for a place. */
  readonly events: number;
  /** Of these, events of one hook. */
  readonly eventsPerHook: number;
  /** The workers that a hook's events are spread over. */
  readonly spread: number;
  /** Of each worker. */
  readonly worker: Limits;
  /** Of the main thread, which asks token endpoints. */
  readonly main: Limits;
}

/** The main thread has one in so many calls. */
const MAIN_PART = 16;

/** Divides the limits; `threads` is 1 or more. */
export function share(limits: Limits, threads: number): Shares {
  const { callsInFlight, callsInFlightPerHook, connectionsPerOrigin, idleConnectionsPerHook } = limits;
  const own = Math.max(1, Math.floor(callsInFlight / MAIN_PART));
  const rest = Math.max(1, callsInFlight - own);
  const workers = Math.min(threads, rest);
  const spread = Math.min(workers, callsInFlightPerHook, connectionsPerOrigin);
  const events = Math.floor(rest / workers);
  const eventsPerHook = Math.floor(callsInFlightPerHook / spread);
  return {
    threads: workers,
    events,
    eventsPerHook,
    spread,
    worker: {
      ...limits,
      callsInFlight: events,
      callsInFlightPerHook: eventsPerHook,
      connectionsPerOrigin: Math.floor(connectionsPerOrigin / spread),
      idleConnectionsPerHook: Math.floor(idleConnectionsPerHook / spread),
    },
    main: { ...limits, callsInFlight: own },
  };
}
