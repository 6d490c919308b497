import { Problem, RETRY_SECONDS } from "./problem.ts";

/** How many events may be under way. One more is refused and not queued: whoever sent it can wait better. */
export interface AdmissionLimits {
  readonly events: number;
  /** Of one tenant: a connection of the connector. */
  readonly eventsPerTenant: number;
}

/** Counts the events under way, and refuses those over a limit. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #tenants: Map<string, number> = new Map();
  #events = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** The events under way. */
  get events(): number {
    return this.#events;
  }

  /**
   * Lets one event in.
   *
   * @returns what lets it out again, to be called once.
   * @throws Problem `too-many-events` (429), or `overloaded` (503).
   */
  enter(tenant: string): () => void {
    const own = this.#tenants.get(tenant) ?? 0;
    if (own >= this.#limits.eventsPerTenant) {
      throw new Problem(
        429,
        "too-many-events",
        `This connection has ${own} events under way, which is all it may have.`,
        {
          "retry-after": RETRY_SECONDS,
        },
      );
    }
    if (this.#events >= this.#limits.events) {
      throw new Problem(
        503,
        "overloaded",
        `This process has ${this.#events} events under way, which is all it takes.`,
        {
          "retry-after": RETRY_SECONDS,
        },
      );
    }
    this.#events += 1;
    this.#tenants.set(tenant, own + 1);
    return () => this.#leave(tenant);
  }

  #leave(tenant: string): void {
    this.#events -= 1;
    const left = (this.#tenants.get(tenant) ?? 1) - 1;
    if (left === 0) this.#tenants.delete(tenant);
    else this.#tenants.set(tenant, left);
  }
}
