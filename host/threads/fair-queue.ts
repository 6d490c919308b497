/** What of one tenant waits and runs. */
interface Line<Item> {
  readonly waiting: Set<Item>;
  running: number;
}

/**
 * What waits to be run, shared out fairly: the next item is the oldest of the tenant that has the fewest running and,
 * among equals, has been among them for the longest. A tenant that waits so comes to its share of the places, however
 * many items others have, and a place that nobody else wants is anybody's.
 */
export class FairQueue<Tenant, Item> {
  readonly #lines: Map<Tenant, Line<Item>> = new Map();
  /** The tenants that have something waiting, by how many they have running, in the order in which they came there. */
  readonly #levels: Set<Tenant>[] = [];
  #waiting = 0;

  /** How many items wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The item is one that does not wait yet. */
  add(tenant: Tenant, item: Item): void {
    let line = this.#lines.get(tenant);
    if (line === undefined) {
      line = { waiting: new Set(), running: 0 };
      this.#lines.set(tenant, line);
    }
    if (line.waiting.size === 0) this.#level(line.running).add(tenant);
    line.waiting.add(item);
    this.#waiting += 1;
  }

  /** Takes an item out that waits; false where it does not. */
  remove(tenant: Tenant, item: Item): boolean {
    const line = this.#lines.get(tenant);
    if (line === undefined || !line.waiting.delete(item)) return false;
    this.#waiting -= 1;
    if (line.waiting.size === 0) this.#level(line.running).delete(tenant);
    this.#forget(tenant, line);
    return true;
  }

  /**
   * Takes the next item, which runs until it is {@link finished}.
   *
   * @param mayRun - Whether there is a place for one more of this tenant. One for which there is none is passed over.
   */
  take(mayRun: (tenant: Tenant) => boolean): Item | undefined {
    for (const level of this.#levels) {
      for (const tenant of level) if (mayRun(tenant)) return this.#start(tenant);
    }
    return undefined;
  }

  /** Gives back the place of an item that was taken. */
  finished(tenant: Tenant): void {
    const line = this.#lines.get(tenant);
    if (line === undefined) return;
    this.#move(tenant, line, line.running - 1);
    this.#forget(tenant, line);
  }

  /** Takes out all that waits, of one tenant or of every one. */
  clear(tenant?: Tenant): Item[] {
    const tenants = tenant === undefined ? [...this.#lines.keys()] : [tenant];
    return tenants.flatMap((one) => {
      const items = [...(this.#lines.get(one)?.waiting ?? [])];
      for (const item of items) this.remove(one, item);
      return items;
    });
  }

  #start(tenant: Tenant): Item | undefined {
    const line = this.#lines.get(tenant);
    if (line === undefined) return undefined;
    const [item] = line.waiting;
    if (item === undefined) return undefined;
    this.#level(line.running).delete(tenant);
    line.waiting.delete(item);
    this.#waiting -= 1;
    this.#move(tenant, line, line.running + 1);
    return item;
  }

  #move(tenant: Tenant, line: Line<Item>, running: number): void {
    this.#level(line.running).delete(tenant);
    line.running = running;
    if (line.waiting.size > 0) this.#level(running).add(tenant);
  }

  #level(running: number): Set<Tenant> {
    return (this.#levels[running] ??= new Set());
  }

  #forget(tenant: Tenant, line: Line<Item>): void {
    if (line.running === 0 && line.waiting.size === 0) this.#lines.delete(tenant);
  }
}
