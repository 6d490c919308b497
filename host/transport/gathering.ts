import { inCheckPhase, inSameCheckPhase, type Waiting } from "../check-phase.ts";

/** As many are worked off however many more may come: to gather still more spares little. */
const ENOUGH = 256;

/** Milliseconds for which answers wait at the most: in a turn of the event loop others compute as well. */
const LONGEST = 1;

/**
 * Gathers answers that come close together, to work them off at once in a check phase: to begin with that costs more than
 * to go on with the next, and their next requests wake a server once and not by turns. Where a poll of the sockets brought
 * more than one, the sockets are polled again, without sleep, until a poll brings none. One that comes alone waits for nothing,
 * and none for longer than a millisecond and a turn of the event loop.
 */
export class Gathering implements Waiting {
  readonly #awaited: () => number;
  readonly #now: () => number;
  #gathered: Waiting[] = [];
  /** How many there were before the last poll. */
  #before = 0;
  #until = 0;

  /**
   * @param awaited - How many requests have not ended, those included whose answers wait here.
   * @param now - In milliseconds.
   */
  constructor(awaited: () => number, now: () => number = () => performance.now()) {
    this.#awaited = awaited;
    this.#now = now;
  }

  /** Calls back in the next check phase, or in one that follows soon. */
  add(one: Waiting): void {
    if (this.#gathered.push(one) === 1) inCheckPhase(this);
  }

  onCheckPhase(): void {
    const gathered = this.#gathered;
    const count = gathered.length;
    if (count > 1 && count > this.#before && count < ENOUGH && count < this.#awaited() && this.#hasTime()) {
      this.#before = count;
      inCheckPhase(this);
      return;
    }
    this.#before = 0;
    this.#gathered = [];
    for (const one of gathered) inSameCheckPhase(one);
  }

  #hasTime(): boolean {
    const now = this.#now();
    if (this.#before === 0) this.#until = now + LONGEST;
    return now < this.#until;
  }
}
