import { type Admission, Slots, Turn } from "./slots.ts";

/** Looks one name up. Nothing can stop it. */
export type LookUp = (hostname: string) => Promise<readonly string[]>;

/** A call that waits for a look-up; told once, unless it gives up before. */
export interface LookupWaiter {
  found(addresses: readonly string[]): void;
  failed(error: unknown): void;
}

/**
 * The look-ups of all hooks: one a name at a time, shared by every call that waits for that name, and
 * no more at once than there are places. A look-up outlives the calls it was made for and holds its
 * place until it ends. Nothing of an answer is kept.
 */
export class Lookups {
  readonly #lookUp: LookUp;
  readonly #process: Slots;
  readonly #names: Map<string, Lookup> = new Map();

  /** @param places - The look-ups of all hooks at once. */
  constructor(lookUp: LookUp, places: number) {
    this.#lookUp = lookUp;
    this.#process = new Slots(places);
  }

  /**
   * Waits for the addresses of a name.
   *
   * @param hook - The places of the hook whose call it is.
   * @returns what gives up.
   */
  wait(hostname: string, hook: Slots, waiter: LookupWaiter): () => void {
    let lookup = this.#names.get(hostname);
    if (lookup === undefined) {
      lookup = new Lookup();
      this.#names.set(hostname, lookup);
    }
    lookup.waiters.add(waiter);
    this.#queue(hostname, lookup, hook);
    return () => this.#giveUp(hostname, lookup, waiter);
  }

  /** Queues a name once a hook, for another hook's turn may come first. */
  #queue(hostname: string, lookup: Lookup, hook: Slots): void {
    if (lookup.running || lookup.queued.has(hook)) return;
    const turn = new Turn([hook, this.#process], () => {
      lookup.queued.delete(hook);
      void this.#run(hostname, lookup, turn);
    });
    lookup.queued.set(hook, turn);
    turn.enter();
  }

  async #run(hostname: string, lookup: Lookup, admission: Admission): Promise<void> {
    lookup.running = true;
    lookup.leaveQueues();
    let tell: (waiter: LookupWaiter) => void;
    try {
      const addresses = await this.#lookUp(hostname);
      tell = (waiter) => waiter.found(addresses);
    } catch (error) {
      tell = (waiter) => waiter.failed(error);
    }
    this.#names.delete(hostname);
    admission.leave();
    for (const waiter of lookup.waiters) tell(waiter);
  }

  #giveUp(hostname: string, lookup: Lookup, waiter: LookupWaiter): void {
    const waited = lookup.waiters.delete(waiter);
    if (!waited || lookup.running || lookup.waiters.size > 0) return;
    this.#names.delete(hostname);
    lookup.leaveQueues();
  }
}

class Lookup {
  readonly waiters: Set<LookupWaiter> = new Set();
  /** Its place in the queue of every hook that waits for it. */
  readonly queued: Map<Slots, Admission> = new Map();
  running = false;

  leaveQueues(): void {
    for (const admission of this.queued.values()) admission.leave();
    this.queued.clear();
  }
}
