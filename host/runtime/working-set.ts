import { inCheckPhase, inSameCheckPhase, type Waiting } from "../check-phase.ts";

/** Events of a hook that go on at once. Measured: fewer leave the thread idle, more do not fit its processor's caches. */
const ENOUGH = 48;

/** Milliseconds after which an event waits for no more than the end of the turn, however much its thread has to do. */
const LONGEST = 20;

/** One that begins when it is let. */
export interface Beginner {
  /** The next one that waits, and since when, on the clock of performance.now. These are the working set's alone to write. */
  next: Beginner | undefined;
  since: number;
  /** Whether it has begun, and has a place. */
  hasPlace: boolean;
  /** Whether it need not begin any more. */
  readonly isOver: boolean;
  begin(): void;
}

/** What a thread does. */
export interface Activity {
  /** How many answers have come to it that no guest has yet. */
  readonly pending: number;
  /** How many its guests have got. */
  readonly handed: number;
}

/**
 * The events of one hook that run at the same time: as few as keep their thread busy. Each has a memory, a stack and often a
 * connection, which is more than a processor's caches hold of hundreds: where all go on by turns, an event costs nearly twice as much.
 * So 48 go on at once, and as many again with each turn of the event loop that brings no answer, in which the thread would
 * sleep otherwise, as a rule. After 20 ms one begins in any case.
 */
export class WorkingSet implements Waiting {
  readonly #thread: Activity;
  readonly #now: () => number;
  #running = 0;
  #first: Beginner | undefined;
  #last: Beginner | undefined;
  #waiting = 0;
  #isLooking = false;
  /** The answers that had been handed on when it began to wait for the check phase. */
  #handed = 0;

  /** @param now - In milliseconds. */
  constructor(thread: Activity, now: () => number = () => performance.now()) {
    this.#thread = thread;
    this.#now = now;
  }

  /** How many wait; some of them may be over. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Has one begin: at once, or when it is its turn.
   *
   * @returns whether it has begun.
   */
  enter(one: Beginner): boolean {
    if (this.#running < ENOUGH && this.#first === undefined) {
      this.#begin(one);
      return true;
    }
    one.since = this.#now();
    // Before it stands in the queue, for this may fail for want of stack.
    this.#look();
    if (this.#last === undefined) this.#first = one;
    else this.#last.next = one;
    this.#last = one;
    this.#waiting++;
    return false;
  }

  /** One is over: its place, where it has one, is free. */
  leave(one: Beginner): void {
    if (!one.hasPlace) return;
    // First, for whoever has no stack left for this calls again.
    if (this.#first !== undefined && this.#running <= ENOUGH) queueMicrotask(this.#refill);
    one.hasPlace = false;
    this.#running--;
  }

  readonly #refill = (): void => this.#take(ENOUGH - this.#running, -Infinity);

  #look(): void {
    if (this.#isLooking) return;
    this.#handed = this.#thread.handed;
    inCheckPhase(this);
    this.#isLooking = true;
  }

  /** The sockets were polled. */
  onCheckPhase(): void {
    inSameCheckPhase(this.#afterAnswers);
  }

  readonly #afterAnswers: Waiting = {
    onCheckPhase: () => {
      this.#isLooking = false;
      if (this.#first === undefined) return;
      const { pending, handed } = this.#thread;
      const isIdle = pending === 0 && handed === this.#handed;
      const due = this.#now() - LONGEST;
      // Not in the check phase itself, where a call would wait for one more poll.
      if (isIdle || this.#first.since <= due) queueMicrotask(() => this.#take(isIdle ? ENOUGH : 0, due));
      this.#look();
    },
  };

  /** Has so many begin, and those that have waited since a time or longer. */
  #take(count: number, due: number): void {
    for (let left = count; this.#first !== undefined && (left > 0 || this.#first.since <= due);) {
      const one = this.#first;
      this.#first = one.next;
      if (this.#first === undefined) this.#last = undefined;
      one.next = undefined;
      this.#waiting--;
      if (one.isOver) continue;
      left--;
      this.#begin(one);
    }
  }

  #begin(one: Beginner): void {
    this.#running++;
    one.hasPlace = true;
    one.begin();
  }
}
