import type { EndListener, Ending } from "../ending.ts";
import { ComponentError } from "../errors.ts";
import { HandleTable } from "../abi/handles.ts";
import { GuestMemory, type Realloc } from "../abi/memory.ts";
import { Driver, type DrivenCall } from "./driver.ts";
import type { Fuel } from "./fuel.ts";
import { RESTORE, SAVE } from "./code/names.ts";
import { faultOf } from "./faults.ts";
import type { Boundary, CoreExport, Entry } from "./link.ts";
import type { Store } from "./store.ts";
import { trap } from "./trap.ts";
import type { WrittenParts } from "./written.ts";

type CoreFunction = (...parameters: number[]) => unknown;

/** One component, instantiated. It works for one event at a time. */
export class Instance {
  readonly fuel: Fuel;
  /** Every linear memory that it has, and what of it was written. */
  readonly memories: readonly WrittenParts[];
  /** The pool's images that it can be set back to; 0 for none. */
  generation = 0;
  /** Since when it waits for an event, where it does. */
  waitingSince = 0;
  readonly #cores: readonly WebAssembly.Instance[];
  readonly #entries: Map<Entry, EntryPoint> = new Map();
  readonly #restores: readonly CoreFunction[];
  readonly #handles: HandleTable[] = [];
  #asked = false;

  /** @param cores - By their places among the core instances. */
  constructor(cores: readonly WebAssembly.Instance[], memories: readonly WrittenParts[], fuel: Fuel) {
    this.#cores = cores;
    this.memories = memories;
    this.fuel = fuel;
    this.#restores = this.#all(RESTORE);
  }

  /** Keeps its globals as they are, for `restoreGlobals`, and counts what of its memories is written from now on. */
  saveGlobals(): void {
    for (const save of this.#all(SAVE)) save();
    for (const memory of this.memories) memory.begin();
  }

  /** Sets its globals back, and counts from zero what of its memories is written. */
  restoreGlobals(): void {
    for (const restore of this.#restores) restore();
    for (const memory of this.memories) memory.clear();
  }

  #all(name: string): CoreFunction[] {
    return this.#cores.flatMap(({ exports }) => (name in exports ? [exports[name] as CoreFunction] : []));
  }

  /** The event it works for. */
  get store(): Store {
    const { store } = this.fuel;
    if (store !== undefined) return store;
    this.#asked = true;
    throw trap();
  }

  /** Whether it called the host while it worked for no event, in vain. */
  get hasAsked(): boolean {
    return this.#asked;
  }

  /** Makes it work for this event alone. */
  bind(store: Store): void {
    this.fuel.store = store;
  }

  /** Ends its work: no import answers any more. */
  unbind(): void {
    this.fuel.store = undefined;
    this.#handles.forEach((table) => table.clear());
  }

  /** What the handles of one of its components stand for. */
  handles(scope: number): HandleTable {
    return (this.#handles[scope] ??= new HandleTable());
  }

  /** The host is about to call the guest, or to answer it: what it lowers counts as the guest's own time. */
  enter(): void {
    const { store } = this;
    store.check();
    store.cpu.start();
    this.fuel.lend();
  }

  /** The guest goes on when its turn comes: what others compute until then is not its own. */
  ready(): void {
    this.store.cpu.start();
    this.fuel.begin();
  }

  /**
   * The guest has called the host, which works for it now. Traps where its event is over, or its time is spent: no call is
   * made on that.
   */
  leave(): void {
    const { store } = this;
    if (store.ending.over) throw trap();
    if (store.cpu.start()) return;
    store.end(store.cpu.exceeded());
    throw trap();
  }

  /** The way in through an exported function. */
  entry(entry: Entry): EntryPoint {
    let point = this.#entries.get(entry);
    if (point === undefined) {
      point = new EntryPoint(this, entry);
      this.#entries.set(entry, point);
    }
    return point;
  }

  /** The memory that values of this boundary lie in. */
  memory({ memory, realloc, encoding }: Boundary): GuestMemory {
    const found = memory === undefined ? undefined : this.#export(memory);
    const written = this.memories.find((one) => one.memory === found);
    if (written === undefined) throw new ComponentError("the component gives no memory to its boundary");
    const allocator = realloc === undefined ? undefined : (this.function(realloc) as Realloc);
    return new GuestMemory(written.memory, allocator, encoding, written);
  }

  function(target: CoreExport): CoreFunction {
    const found = this.#export(target);
    if (typeof found !== "function") throw new ComponentError(`the component has no function ${target.name}`);
    return found as CoreFunction;
  }

  /**
   * Calls a core function through its driver, for the event, and tells what `lift` makes of its result. Fails as soon as
   * the event is over.
   */
  call<T>(
    driver: Driver,
    parameters: readonly [number, number],
    lift: (result: number) => T,
    outcome: Outcome<T>,
  ): void {
    const call = new Call(this, parameters, lift, outcome);
    this.ready();
    driver.begin(call);
  }

  /** Calls a core function without parameters that may suspend. Rejects as soon as the event is over. */
  run(target: CoreExport): Promise<void> {
    return this.callOnce(target, [], () => {});
  }

  /** Calls a core function with any parameters, on a stack made for it. Rejects as soon as the event is over. */
  callOnce<T>(target: CoreExport, parameters: readonly number[], lift: (result: number) => T): Promise<T> {
    const start = WebAssembly.promising(this.function(target));
    return new Promise((resolve, reject) => {
      const call = new Call(this, NOTHING, lift, { onValue: resolve, onError: reject });
      this.fuel.begin();
      start(...parameters)
        .then((result) => call.onReturn(result))
        .catch((error: unknown) => call.onTrap(error));
    });
  }

  /** It is of no use any more. */
  drop(): void {
    for (const point of this.#entries.values()) point.drop();
  }

  #export({ instance, name }: CoreExport): WebAssembly.ExportValue | undefined {
    return this.#cores[instance]?.exports[name];
  }
}

const NOTHING: readonly [number, number] = [0, 0];

/** Who waits for what work comes to. The first that is told counts. */
export interface Outcome<T> {
  onValue(value: T): void;
  onError(error: unknown): void;
}

/** One call into a guest, while it goes on. */
class Call<T> implements DrivenCall, EndListener {
  readonly first: number;
  readonly second: number;
  readonly #instance: Instance;
  readonly #lift: (result: number) => T;
  readonly #ending: Ending;
  readonly #outcome: Outcome<T>;

  constructor(
    instance: Instance,
    [first, second]: readonly [number, number],
    lift: (result: number) => T,
    outcome: Outcome<T>,
  ) {
    this.first = first;
    this.second = second;
    this.#instance = instance;
    this.#lift = lift;
    this.#ending = instance.store.ending;
    this.#outcome = outcome;
    this.#ending.listen(this);
  }

  onReturn(result: number): void {
    this.#back();
    // An event that is over has got its error.
    if (this.#ending.over) throw trap();
    this.#outcome.onValue(this.#lift(result));
  }

  onTrap(error: unknown): void {
    this.#back();
    this.#outcome.onError(this.#ending.over ? error : faultOf(error, this.#instance.fuel));
  }

  onEnd(): void {
    this.#outcome.onError(this.#ending.reason);
  }

  #back(): void {
    this.#ending.unlisten(this);
    this.#instance.fuel.lend();
  }
}

/** One exported function of one instance. */
export class EntryPoint {
  /** What its parameters and its result lie in. */
  readonly memory: GuestMemory;
  readonly #instance: Instance;
  readonly #driver: Driver;
  readonly #postReturn: CoreFunction | undefined;

  constructor(instance: Instance, { target, boundary, postReturn }: Entry) {
    this.#instance = instance;
    this.memory = instance.memory(boundary);
    try {
      this.#driver = new Driver(instance.function(target));
    } catch (cause) {
      if (!(cause instanceof WebAssembly.LinkError)) throw cause;
      throw new ComponentError(`the component's function ${target.name} has not the type that it is lifted by`, {
        cause,
      });
    }
    this.#postReturn = postReturn && instance.function(postReturn);
  }

  /** Calls it; it may suspend. As {@link Instance.call}. */
  call<T>(parameters: readonly [number, number], lift: (result: number) => T, outcome: Outcome<T>): void {
    this.#instance.call(this.#driver, parameters, lift, outcome);
  }

  /** Tells the guest that its result has been lifted. */
  finish(result: number): void {
    this.#postReturn?.(result);
    this.#instance.store.cpu.stop();
  }

  drop(): void {
    this.#driver.end();
  }
}
