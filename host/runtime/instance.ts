import { ComponentError } from "../errors.ts";
import { GuestMemory, type Realloc } from "../abi/memory.ts";
import type { Boundary, CoreExport, Entry } from "./link.ts";
import type { Store } from "./store.ts";

type CoreFunction = (...parameters: number[]) => unknown;

/** One component, instantiated. It works for one event at a time. */
export class Instance {
  readonly cores: readonly WebAssembly.Instance[];
  readonly #entries: Map<Entry, EntryPoint> = new Map();
  #store: Store | undefined;

  constructor(cores: readonly WebAssembly.Instance[]) {
    this.cores = cores;
  }

  /** The event it works for. Throws while it works for none. */
  get store(): Store {
    if (this.#store === undefined) throw new ComponentError("the component calls its imports while it is being made");
    return this.#store;
  }

  /** Makes it work for this event alone. */
  bind(store: Store): void {
    this.#store = store;
  }

  /** Ends its work: no import answers any more. */
  unbind(): void {
    this.#store = undefined;
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
    if (!(found instanceof WebAssembly.Memory))
      throw new ComponentError("the component gives no memory to its boundary");
    return new GuestMemory(found, realloc === undefined ? undefined : (this.function(realloc) as Realloc), encoding);
  }

  function(target: CoreExport): CoreFunction {
    const found = this.#export(target);
    if (typeof found !== "function") throw new ComponentError(`the component has no function ${target.name}`);
    return found as CoreFunction;
  }

  #export({ instance, name }: CoreExport): WebAssembly.ExportValue | undefined {
    return this.cores[instance]?.exports[name];
  }
}

/** One exported function of one instance. */
export class EntryPoint {
  /** What its parameters and its result lie in. */
  readonly memory: GuestMemory;
  readonly #instance: Instance;
  readonly #call: (...parameters: number[]) => Promise<number>;
  readonly #postReturn: CoreFunction | undefined;

  constructor(instance: Instance, { target, boundary, postReturn }: Entry) {
    this.#instance = instance;
    this.memory = instance.memory(boundary);
    this.#call = WebAssembly.promising(instance.function(target));
    this.#postReturn = postReturn && instance.function(postReturn);
  }

  /** Calls it; it may suspend. Rejects as soon as the event is over. */
  call(...parameters: number[]): Promise<number> {
    const { store } = this.#instance;
    store.check();
    return store.unlessOver(this.#call(...parameters));
  }

  /** Tells the guest that its result has been lifted. */
  finish(result: number): void {
    this.#postReturn?.(result);
  }
}
