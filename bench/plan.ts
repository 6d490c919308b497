/** How much is measured. */
export interface Plan {
  /** Milliseconds in which calls are counted, in one block. */
  readonly block: number;
  /** Milliseconds of calls before a block. */
  readonly warm: number;
  /** Milliseconds of calls in each process before all else, until its code is compiled for good. */
  readonly processWarm: number;
  /** Milliseconds of calls before the first block of a kind, in each process. */
  readonly firstWarm: number;
  /** How often peer and undici take turns in one pair of processes, four blocks each time. */
  readonly rounds: number;
  /** Pairs of processes of each peer and undici. */
  readonly pairs: number;
  /** The same for Backfill Http and for undici itself: they differ from undici by less than two processes of it may. */
  readonly closePairs: number;
  readonly inFlight: readonly number[];
  /** Calls in flight of the rows of bodies. */
  readonly bodiesInFlight: readonly number[];
  readonly bodies: readonly number[];
  /** The same of those that are sent: multiples of 1024. */
  readonly sent: readonly number[];
  /** Starts of each peer. */
  readonly starts: number;
  /** Milliseconds of fresh states. */
  readonly states: number;
  /** Hooks that wait. */
  readonly waiting: readonly number[];
  /** Bytes of the body whose copies are counted. */
  readonly copied: number;
  /** Milliseconds beside a spinning hook. */
  readonly spinning: number;
}

export const KB = 1024;
export const MB = 1024 * KB;

export const FULL: Plan = {
  block: 200,
  warm: 50,
  processWarm: 3000,
  firstWarm: 1000,
  rounds: 2,
  pairs: 3,
  closePairs: 7,
  inFlight: [1, 16, 64, 256],
  bodiesInFlight: [1, 16],
  bodies: [KB, 100 * KB, MB],
  sent: [100 * KB, MB],
  starts: 5,
  states: 400,
  waiting: [64, 1000],
  copied: 10 * MB,
  spinning: 2000,
};

/** Shows that every row runs; its figures mean nothing. */
export const SMOKE: Plan = {
  block: 5,
  warm: 1,
  processWarm: 1,
  firstWarm: 1,
  rounds: 1,
  pairs: 1,
  closePairs: 1,
  inFlight: [1, 4],
  bodiesInFlight: [2],
  bodies: [KB, 100 * KB],
  sent: [KB],
  starts: 1,
  states: 5,
  waiting: [4],
  copied: 10 * KB,
  spinning: 100,
};
