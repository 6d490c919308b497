import type { Instance } from "./instance.ts";

/** Keeps idle instances. */
interface Keeper {
  /** When the one began to wait that has waited longest; undefined where none waits. */
  readonly waitingSince: number | undefined;
  /** Lets that one go. */
  evict(): void;
  /** Lets those go that have waited longest, down to the number that may wait, or that events need which wait already. */
  trim(): void;
  /** Lets all go. */
  close(): void;
}

/**
 * Bounds the idle instances of a runtime. Where many events end in one turn of the event loop, and as many begin in it, no
 * instance is idle that is given back in between: the bounds hold at the turn's end.
 */
export class IdleInstances {
  readonly #most: number;
  readonly #keepers: Set<Keeper> = new Set();
  #bytes = 0;
  #time = 0;
  #isTrimming = false;

  /** @param most - Bytes of linear memory of all together. */
  constructor(most: number) {
    this.#most = most;
  }

  add(keeper: Keeper): void {
    this.#keepers.add(keeper);
  }

  remove(keeper: Keeper): void {
    this.#keepers.delete(keeper);
  }

  /** A count that goes up with each instance that begins to wait. */
  now(): number {
    return ++this.#time;
  }

  /** Counts bytes that wait, or wait no longer. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#most) this.trimSoon();
  }

  /** Has the bounds hold at the turn's end. */
  trimSoon(): void {
    if (this.#isTrimming) return;
    this.#isTrimming = true;
    setImmediate(this.#trim);
  }

  /** Lets every instance go. */
  close(): void {
    for (const keeper of this.#keepers) keeper.close();
  }

  readonly #trim = (): void => {
    this.#isTrimming = false;
    for (const keeper of this.#keepers) keeper.trim();
    while (this.#bytes > this.#most) {
      const oldest = this.#oldest();
      if (oldest === undefined) return;
      oldest.evict();
    }
  };

  #oldest(): Keeper | undefined {
    let oldest: Keeper | undefined;
    for (const keeper of this.#keepers) {
      const since = keeper.waitingSince ?? Infinity;
      if (since < (oldest?.waitingSince ?? Infinity)) oldest = keeper;
    }
    return oldest;
  }
}

export function bytesOf({ memories }: Instance): number {
  let bytes = 0;
  for (const memory of memories) bytes += memory.bytes.length;
  return bytes;
}
