/** Something that waits for its turn. */
interface Waiter {
  /** A place was handed to the waiter, who holds it now. */
  granted(): void;
}

/** A number of places, handed out in the order they were asked for. */
export class Slots {
  #free: number;
  readonly #waiting: Set<Waiter> = new Set();

  constructor(places: number) {
    this.#free = places;
  }

  /** Takes a place at once (true), or queues the waiter (false). */
  acquire(waiter: Waiter): boolean {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    this.#waiting.add(waiter);
    return false;
  }

  /** Takes a waiter out of the queue; false where it stands in none, or already holds its place. */
  leave(waiter: Waiter): boolean {
    return this.#waiting.delete(waiter);
  }

  release(): void {
    if (this.#waiting.size === 0) {
      this.#free++;
      return;
    }
    const [next] = this.#waiting as Iterable<Waiter>;
    if (next === undefined) return;
    this.#waiting.delete(next);
    // Not at once: a place is released in the middle of undici's parser.
    queueMicrotask(() => next.granted());
  }
}

/**
 * One call's way through several {@link Slots}, the narrowest first, so that who waits for a wide one holds up nobody
 * elsewhere.
 */
export abstract class Admission implements Waiter {
  readonly #levels: readonly Slots[];
  #held = 0;
  #left = false;

  constructor(levels: readonly Slots[]) {
    this.#levels = levels;
  }

  /** The call holds a place at every level. */
  protected abstract onAdmitted(): void;

  /** Takes a place at every level: at once where all are free. */
  enter(): void {
    for (let next = this.#levels[this.#held]; next; next = this.#levels[this.#held]) {
      if (!next.acquire(this)) return;
      this.#held++;
    }
    this.onAdmitted();
  }

  granted(): void {
    this.#held++;
    if (this.#left) this.#release();
    else this.enter();
  }

  /** Gives back every place, or the place in the queue. False where it has before. */
  leave(): boolean {
    if (this.#left) return false;
    this.#left = true;
    const next = this.#levels[this.#held];
    const granting = next !== undefined && !next.leave(this);
    // A place on its way arrives at `granted`, which then gives back all.
    if (!granting) this.#release();
    return true;
  }

  #release(): void {
    while (this.#held > 0) this.#levels[--this.#held]?.release();
  }
}

/** An {@link Admission} that calls back. */
export class Turn extends Admission {
  readonly #admitted: () => void;

  constructor(levels: readonly Slots[], admitted: () => void) {
    super(levels);
    this.#admitted = admitted;
  }

  protected onAdmitted(): void {
    this.#admitted();
  }
}
