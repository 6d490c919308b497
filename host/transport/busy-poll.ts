/** Milliseconds for which an answer is polled for: about what it costs a processor to go to sleep, and to be woken. */
const WINDOW = 0.1;

/** Requests at the most that are not polled for since others were in vain. */
const LONGEST_PAUSE = 1024;

/**
 * Polls the sockets of a thread without sleep while its only request under way may be answered at once, as from a service
 * on the same machine: to sleep until then and to be woken costs more time than the answer takes. Where answers take longer
 * it is done for fewer and fewer requests, and where other requests are under way it is not done: their answers wake the
 * thread as well.
 */
export class BusyPoll {
  readonly #now: () => number;
  readonly #inNextTurn: (turn: () => void) => void;
  #awaited = 0;
  #isPolling = false;
  #until = 0;
  /** Whether the time is over: what came in its last turn is worked off later in that turn. */
  #isOver = false;
  /** Requests that are not polled for after a poll in vain, and those of them that are still to come. */
  #pause = 0;
  #skips = 0;

  /**
   * @param now - In milliseconds.
   * @param inNextTurn - Calls back once the sockets were polled, and keeps that poll from sleeping.
   */
  constructor(
    now: () => number = () => performance.now(),
    inNextTurn: (turn: () => void) => void = (turn) => void setImmediate(turn),
  ) {
    this.#now = now;
    this.#inNextTurn = inNextTurn;
  }

  /** How many requests have not ended, with an answer that has come whole or otherwise. */
  get awaited(): number {
    return this.#awaited;
  }

  /** A request was written whole. */
  begin(): void {
    if (++this.#awaited > 1) return;
    if (this.#skips > 0) {
      this.#skips--;
      return;
    }
    this.#until = this.#now() + WINDOW;
    this.#isOver = false;
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#inNextTurn(this.#turn);
  }

  /** It has its answer, or needs none any more. */
  end(): void {
    this.#awaited--;
    if (this.#isPolling) this.#pause = 0;
  }

  readonly #turn = (): void => {
    if (this.#awaited === 1) {
      if (!this.#isOver) {
        this.#isOver = this.#now() >= this.#until;
        this.#inNextTurn(this.#turn);
        return;
      }
      this.#pause = Math.min(2 * this.#pause + 1, LONGEST_PAUSE);
      this.#skips = this.#pause;
    }
    this.#isPolling = false;
  };
}

/** Of this thread. */
export const busyPoll: BusyPoll = new BusyPoll();
