import type { Phase } from "../errors.ts";
import type { Endpoint } from "./resolve.ts";

/** Milliseconds a call was in each phase that it came to. What comes before `queue` and `auth` takes none worth telling. */
export type PhaseTimes = { readonly [phase in Exclude<Phase, "validate" | "policy">]?: number };

/** How far a call has come: its phase, how long it was in each, and the address it goes to. */
export class Progress {
  /** The checked address that the call's connection was dialled to; the last one tried where none answered. */
  endpoint: Endpoint | undefined;
  readonly #times: { -readonly [phase in keyof PhaseTimes]: PhaseTimes[phase] } = {};
  readonly #isTimed: boolean;
  #phase: Phase = "validate";
  #since = 0;

  /** @param isTimed - Whether anybody wants to know the times. */
  constructor(isTimed: boolean) {
    this.#isTimed = isTimed;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Ends the phase before, whose time is counted. */
  set phase(phase: Phase) {
    if (phase === this.#phase) return;
    if (this.#isTimed) this.#count();
    this.#phase = phase;
  }

  /** Says that the phase has been another one since it began. */
  correct(phase: Phase): void {
    this.#phase = phase;
  }

  /** The times until now; none where nobody wanted to know them. */
  times(): PhaseTimes {
    if (this.#isTimed) this.#count();
    return { ...this.#times };
  }

  #count(): void {
    const now = performance.now();
    const phase = this.#phase;
    if (phase !== "validate" && phase !== "policy") {
      this.#times[phase] = (this.#times[phase] ?? 0) + now - this.#since;
    }
    this.#since = now;
  }
}
