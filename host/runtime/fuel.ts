import { FUEL, METER, REFUSED, TICK } from "./code/names.ts";
import { type FuelMeter, TICKING } from "./code/tick.ts";
import { trap } from "./trap.ts";
import { nextTurn } from "./turns.ts";
import type { Store } from "./store.ts";

/** What a guest runs on between two looks at its time: some 0.2 ms of work. */
const SLICE = 200_000;

/**
 * What a guest may use where it cannot be suspended: while an instance is made, and while the host allocates in it or
 * tells it that a result was read. Some 20 ms of work; the longest that one hook can hold up the others.
 */
export const LENT = 20_000_000;

/** The fuel of one instance: what each of its core modules may run before it asks the host. */
export class Fuel implements FuelMeter {
  readonly #tanks: WebAssembly.Global<"i32">[] = [];
  readonly #refusals: WebAssembly.Global<"i32">[] = [];
  #isLent = true;
  /** Whom it runs for; undefined while the instance works for no event. */
  store: Store | undefined;

  /** Takes a core instance under this meter. Its module gives it `LENT` to begin with. */
  watch({ exports }: WebAssembly.Instance): void {
    const tank = exports[FUEL];
    if (tank === undefined) return;
    this.#tanks.push(tank as WebAssembly.Global<"i32">);
    (exports[METER] as WebAssembly.Global<"externref">).value = this;
    (exports[TICK] as WebAssembly.Table).set(0, TICKING);
    const refused = exports[REFUSED];
    if (refused !== undefined) this.#refusals.push(refused as WebAssembly.Global<"i32">);
  }

  /** Whether a guest asked for more memory than it may have. */
  get wasRefusedMemory(): boolean {
    return this.#refusals.some((refused) => refused.value !== 0);
  }

  /** The guest is about to run, where it can be suspended. What it has used of what was lent is taken off its slice. */
  begin(): void {
    this.#isLent = false;
    for (const tank of this.#tanks) tank.value += SLICE - LENT;
  }

  /** The host is about to call the guest, where it cannot be suspended. */
  lend(): void {
    this.#isLent = true;
    for (const tank of this.#tanks) tank.value = LENT;
  }

  /** Lends for a function that does not suspend. Gives what the guest goes on with, less what it uses of it. */
  borrow(): readonly number[] {
    const left = this.#tanks.map((tank) => tank.value);
    this.lend();
    return left;
  }

  giveBack(left: readonly number[]): void {
    this.#isLent = false;
    this.#tanks.forEach((tank, i) => (tank.value += (left[i] as number) - LENT));
  }

  /** The fuel is spent: the guest waits for its next turn, or its event is over. */
  tick(): Promise<number> {
    const { store } = this;
    if (store === undefined || store.ending.over) throw trap();
    if (this.#isLent || !store.cpu.stop()) {
      store.end(store.cpu.exceeded());
      throw trap();
    }
    return nextTurn().then(() => {
      if (store.ending.over) throw trap();
      store.cpu.startMeasured();
      return SLICE;
    });
  }
}
