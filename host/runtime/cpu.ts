import { performance } from "node:perf_hooks";
import { HookError } from "../errors.ts";

/**
 * The most that a run of a guest is charged that was not measured, in milliseconds. It ends before the guest's first
 * slice does: what it took beyond, others had of the machine.
 */
const UNMEASURED = 20;

/**
 * When any clock of this thread last counted. Guests run one at a time, so that what ran before that ran for its event, and
 * not for one whose guest waited for its turn.
 */
let lastCount = 0;

/** The time that the guests of one event have run, apart from what they waited for. */
export class CpuClock {
  /** Milliseconds that the event may run. */
  readonly limit: number;
  #spent = 0;
  #since: number | undefined;
  #isMeasured = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * A guest runs, or the host for it, from here on or when its turn comes. What ran until now is counted.
   *
   * @returns whether it may run: false once the limit is spent.
   */
  start(): boolean {
    const now = performance.now();
    this.#count(now);
    this.#since = now;
    this.#isMeasured = false;
    return this.#spent <= this.limit;
  }

  /** As `start`, for one that has used up a slice already: worth a call into the system, which knows the thread's own time. */
  startMeasured(): void {
    this.stop();
    this.#since = threadTime();
    this.#isMeasured = true;
  }

  /**
   * No guest runs from here on.
   *
   * @returns whether it may run again: false once the limit is spent.
   */
  stop(): boolean {
    this.#count(performance.now());
    this.#since = undefined;
    return this.#spent <= this.limit;
  }

  #count(now: number): void {
    if (this.#since !== undefined) {
      this.#spent += this.#isMeasured
        ? threadTime() - this.#since
        : Math.min(now - Math.max(this.#since, lastCount), UNMEASURED);
    }
    lastCount = now;
  }

  /** What an event that has spent its time ends with. */
  exceeded(): HookError {
    return new HookError("BACKFILL_HOOK_CPU", `the event ran for more than the ${this.limit} ms it may compute`);
  }
}

/** Milliseconds that this thread has computed. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
