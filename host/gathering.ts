import { inCheckPhase, inSameCheckPhase, type Waiting } from "./check-phase.ts";
import { busyPoll } from "./transport/busy-poll.ts";

/** As many are worked off however many more may come. */
const ENOUGH = 256;

/** Bytes of bodies at which it is the same: more of them would not fit the processor's cache when they are worked off. */
const ENOUGH_BYTES = 65_536;

/** Milliseconds for which answers wait at the most: in a turn of the event loop others compute as well. */
const LONGEST = 1;

/** What is worked off with others. */
export interface Gathered extends Waiting {
  /** Bytes of its bodies, sent and received. */
  readonly bytes: number;
}

/**
 * Gathers answers that come close together, to work them off at once in a check phase: to begin with that costs more than
 * to go on with the next, and their next requests wake a server once and not by turns. Where a poll of the sockets brought
 * more than one, the sockets are polled again, without sleep, until a poll brings none. One that comes alone waits for nothing,
 * and none for longer than a millisecond and a turn of the event loop.
 */
export class Gathering implements Waiting {
  readonly #mayMoreCome: () => boolean;
  readonly #now: () => number;
  #gathered: Gathered[] = [];
  #bytes = 0;
  /** How many there were before the last poll. */
  #before = 0;
  #until = 0;
  #handed = 0;

  /**
   * @param mayMoreCome - Whether any other answer is waited for.
   * @param now - In milliseconds.
   */
  constructor(mayMoreCome: () => boolean, now: () => number = () => performance.now()) {
    this.#mayMoreCome = mayMoreCome;
    this.#now = now;
  }

  /** How many are gathered and not worked off yet. */
  get pending(): number {
    return this.#gathered.length;
  }

  /** How many have been worked off. */
  get handed(): number {
    return this.#handed;
  }

  /** Calls back in this check phase, where it is one, or in one that follows soon. */
  add(one: Gathered): void {
    this.#bytes += one.bytes;
    if (this.#gathered.push(one) === 1) inSameCheckPhase(this.#atEnd);
  }

  /** After all that the last poll brought. */
  onCheckPhase(): void {
    inSameCheckPhase(this.#atEnd);
  }

  readonly #atEnd: Waiting = {
    onCheckPhase: () => {
      const gathered = this.#gathered;
      if (this.#isWorthAPoll(gathered.length)) {
        this.#before = gathered.length;
        inCheckPhase(this);
        return;
      }
      this.#before = 0;
      this.#gathered = [];
      this.#handed += gathered.length;
      this.#bytes = 0;
      for (const one of gathered) inSameCheckPhase(one);
    },
  };

  #isWorthAPoll(count: number): boolean {
    if (count < 2 || count === this.#before || count >= ENOUGH || this.#bytes >= ENOUGH_BYTES) return false;
    return this.#mayMoreCome() && this.#hasTime();
  }

  #hasTime(): boolean {
    const now = this.#now();
    if (this.#before === 0) this.#until = now + LONGEST;
    return now < this.#until;
  }
}

/** The answers to all calls of this thread. */
export const answers: Gathering = new Gathering(() => busyPoll.awaited > 0);
