import { HookError } from "../errors.ts";

/** The time that the guests of one event have run, apart from what they waited for. */
export class CpuClock {
  /** Milliseconds that the event may run. */
  readonly limit: number;
  #spent = 0;
  #since: number | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** A guest runs from here on. */
  start(): void {
    this.#since = performance.now();
  }

  /**
   * No guest runs from here on.
   *
   * @returns whether it may run again: false once the limit is spent.
   */
  stop(): boolean {
    if (this.#since !== undefined) this.#spent += performance.now() - this.#since;
    this.#since = undefined;
    return this.#spent <= this.limit;
  }

  /** What an event that has spent its time ends with. */
  exceeded(): HookError {
    return new HookError("BACKFILL_HOOK_CPU", `the event ran for more than the ${this.limit} ms it may compute`);
  }
}
