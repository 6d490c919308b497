import { FUEL, GRANT, METER, REFUSED, TICK } from "./code/names.ts";
import { type FuelMeter, TICKS } from "./code/tick.ts";
import { trap } from "./trap.ts";
import { nextTurn } from "./turns.ts";
import type { Store } from "./store.ts";

/** What a guest is given at a time: usually spent in some 20 µs, and in 10 ms at the slowest that code can be. */
const SHARE = 1_000_000;

/** Whether it asks for more by the tick that may suspend it, or by the one for calls that cannot be suspended. */
const SUSPENDABLE = 0;
const LENT = 1;

/** What a module's start function may use: it runs before the host can give any. */
export const START_GRANT = 100_000_000;

/** Milliseconds that a guest runs until it waits for its next turn. */
const SLICE = 0.3;

/**
 * Milliseconds that a guest may run where it cannot be suspended: while an instance is made, and while the host allocates
 * in it or tells it that a result was read. The longest that a hook can hold up the others.
 */
const UNSUSPENDED = 20;

/** The fuel of one instance: what each of its core modules may run before it asks the host. */
export class Fuel implements FuelMeter {
  readonly #tanks: WebAssembly.Global<"i32">[] = [];
  readonly #grants: ((fuel: number, lent: number) => void)[] = [];
  readonly #refusals: (() => number)[] = [];
  /** Whether it runs where it cannot be suspended. An instance begins so. */
  #isLent = true;
  /** When the first grant of a slice, or of a call that cannot be suspended, was spent. */
  #since: number | undefined;
  /** Whom it runs for; undefined while the instance works for no event. */
  store: Store | undefined;

  /** Takes a core instance under this meter. */
  watch({ exports }: WebAssembly.Instance): void {
    const tank = exports[FUEL];
    if (tank === undefined) return;
    this.#tanks.push(tank as WebAssembly.Global<"i32">);
    this.#grants.push(exports[GRANT] as (fuel: number, lent: number) => void);
    this.#refusals.push(exports[REFUSED] as () => number);
    (exports[METER] as WebAssembly.Global<"externref">).value = this;
    TICKS.forEach((tick, i) => (exports[TICK] as WebAssembly.Table).set(i, tick));
  }

  /** Whether a guest asked for more memory than it may have. */
  get wasRefusedMemory(): boolean {
    return this.#refusals.some((refused) => refused() !== 0);
  }

  /** The guest is about to run, where it can be suspended. */
  begin(): void {
    this.#since = undefined;
    this.#isLent = false;
    for (const grant of this.#grants) grant(SHARE, SUSPENDABLE);
  }

  /** The host is about to call the guest, where it cannot be suspended. */
  lend(): void {
    this.#since = undefined;
    this.#isLent = true;
    for (const grant of this.#grants) grant(SHARE, LENT);
  }

  /**
   * Lends for a function of the host that does not suspend. A guest that cannot be suspended has been lent already, and goes
   * on with that: else it would have its time again at each call. Gives what `giveBack` takes.
   */
  borrow(): FuelLeft {
    const isLent = this.#isLent;
    const left = { isLent, tanks: this.#left(), since: this.#since, at: performance.now() };
    if (!isLent) this.lend();
    return left;
  }

  /**
   * The guest goes on with what it had, less what the host has worked for it: one that calls the host again and again waits
   * for its turn as one that computes. Where it has run for long meanwhile, it waits at once. Where it could not be
   * suspended before, it cannot be now.
   */
  giveBack({ isLent, tanks, since, at }: FuelLeft): void {
    const cost = Math.ceil(((performance.now() - at) / SLICE) * SHARE);
    if (isLent) {
      this.#grant(this.#left(), cost, LENT);
      return;
    }
    const ranLong = this.#since !== undefined;
    this.#since = since ?? this.#since;
    this.#isLent = false;
    this.#grant(tanks, ranLong ? SHARE : cost, SUSPENDABLE);
  }

  #left(): readonly number[] {
    return this.#tanks.map((tank) => tank.value);
  }

  #grant(tanks: readonly number[], cost: number, mode: number): void {
    this.#grants.forEach((grant, i) => grant(Math.max(0, (tanks[i] as number) - cost), mode));
  }

  tick(): number | Promise<number> {
    const store = this.#running();
    const now = performance.now();
    this.#since ??= now;
    if (now - this.#since < SLICE) return SHARE;
    if (!store.cpu.stop()) throw exceeded(store);
    return nextTurn().then(() => {
      if (store.ending.over) throw trap();
      store.cpu.startMeasured();
      this.#since = performance.now();
      return SHARE;
    });
  }

  tickNow(): number {
    const now = performance.now();
    this.#since ??= now;
    if (now - this.#since < UNSUSPENDED) return SHARE;
    throw exceeded(this.#running());
  }

  #running(): Store {
    const { store } = this;
    if (store === undefined || store.ending.over) throw trap();
    return store;
  }
}

/** What an instance had left when it was lent more. */
interface FuelLeft {
  readonly isLent: boolean;
  readonly tanks: readonly number[];
  readonly since: number | undefined;
  /** When that was. */
  readonly at: number;
}

function exceeded(store: Store): Error {
  store.end(store.cpu.exceeded());
  return trap();
}
