import { ComponentError } from "../errors.ts";
import { GuestMemory, type Realloc } from "../abi/memory.ts";
import type { Boundary, CoreExport } from "./link.ts";
import type { Store } from "./store.ts";

type CoreFunction = (...parameters: number[]) => unknown;

/** One component, instantiated for one event. Never used for another. */
export class Instance {
  readonly store: Store;
  readonly #cores: readonly WebAssembly.Instance[];

  constructor(store: Store, cores: readonly WebAssembly.Instance[]) {
    this.store = store;
    this.#cores = cores;
  }

  /** The memory that values of this boundary lie in. */
  memory({ memory, realloc, encoding }: Boundary): GuestMemory {
    const found = memory === undefined ? undefined : this.#export(memory);
    if (!(found instanceof WebAssembly.Memory))
      throw new ComponentError("the component gives no memory to its boundary");
    return new GuestMemory(found, realloc === undefined ? undefined : (this.#function(realloc) as Realloc), encoding);
  }

  /** Calls a core export that may suspend. Rejects as soon as the event is over. */
  async call(target: CoreExport, ...parameters: number[]): Promise<number> {
    this.store.check();
    return this.store.unlessOver(WebAssembly.promising(this.#function(target))(...parameters));
  }

  /** Calls a core export that must not suspend. */
  callNow(target: CoreExport, ...parameters: number[]): void {
    this.#function(target)(...parameters);
  }

  #export({ instance, name }: CoreExport): WebAssembly.ExportValue | undefined {
    return this.#cores[instance]?.exports[name];
  }

  #function(target: CoreExport): CoreFunction {
    const found = this.#export(target);
    if (typeof found !== "function") throw new ComponentError(`the component has no function ${target.name}`);
    return found as CoreFunction;
  }
}
