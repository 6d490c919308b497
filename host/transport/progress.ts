import type { Phase } from "../errors.ts";
import type { Endpoint } from "./resolve.ts";

/** Milliseconds a call was in each phase that it came to. What comes before `queue` and `auth` takes none worth telling. */
export type PhaseTimes = { readonly [phase in Exclude<Phase, "validate" | "policy">]?: number };

type Counted = { -readonly [phase in keyof PhaseTimes]: PhaseTimes[phase] };

/** How far a call has come: its phase, how long it was in each, and the address it goes to. */
export class Progress {
  /** The checked address that the call's connection was dialled to; the last one tried where none answered. */
  endpoint: Endpoint | undefined;
  /** Undefined where nobody wants to know them. */
  readonly #times: Counted | undefined;
  #phase: Phase = "validate";
  #since = 0;

  /** @param isTimed - Whether anybody wants to know the times. */
  constructor(isTimed: boolean) {
    this.#times = isTimed ? {} : undefined;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Ends the phase before, whose time is counted. */
  set phase(phase: Phase) {
    if (phase === this.#phase) return;
    if (this.#times !== undefined) this.#count(this.#times);
    this.#phase = phase;
  }

  /** Says that the phase has been another one since it began. */
  correct(phase: Phase): void {
    this.#phase = phase;
  }

  /** The times until now; none where nobody wanted to know them. */
  times(): PhaseTimes {
    if (this.#times !== undefined) this.#count(this.#times);
    return { ...this.#times };
  }

  #count(times: Counted): void {
    const now = performance.now();
    const phase = this.#phase;
    if (phase !== "validate" && phase !== "policy") {
      times[phase] = (times[phase] ?? 0) + now - this.#since;
    }
    this.#since = now;
  }
}
