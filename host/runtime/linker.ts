import { ComponentError } from "../errors.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { Component } from "./engine.ts";
import type { Boundary, CoreExport, LinkPlan, LoweredImport } from "./link.ts";
import { Instance } from "./instance.ts";
import type { Store } from "./store.ts";

/** What a function of the host works on. Its memory is there once the instance is. */
export interface ImportContext {
  readonly store: Store;
  readonly memory: GuestMemory;
}

/** Makes one function of the host for one instance: a plain one, or a suspending one. */
export type HostFunction = (context: ImportContext) => WebAssembly.ImportValue;

/** The functions that this host offers to components, by interface and name. */
export class Linker {
  readonly #functions = new Map<string, HostFunction>();

  define(interfaceName: string, name: string, make: HostFunction): this {
    this.#functions.set(`${interfaceName}#${name}`, make);
    return this;
  }

  /** Throws `ComponentError` where the component imports what is not offered. Called once a component, when it is loaded. */
  check({ plan }: Component): void {
    for (const step of plan.steps) {
      for (const one of step.imports) if (one.kind === "host") this.#function(one.host);
    }
  }

  /** Makes a fresh instance for one event. */
  async instantiate({ plan }: Component, store: Store): Promise<Instance> {
    const cores: WebAssembly.Instance[] = [];
    const contexts: LateContext[] = [];
    for (const step of plan.steps) {
      const imports: WebAssembly.Imports = {};
      for (const one of step.imports) {
        const module = (imports[one.module] ??= {});
        if (one.kind === "export") {
          module[one.name] = exported(cores, one.from);
        } else {
          const context = new LateContext(store, one.host.boundary);
          contexts.push(context);
          module[one.name] = this.#function(one.host)(context);
        }
      }
      cores[step.instance] = new WebAssembly.Instance(step.module, imports);
    }
    const instance = new Instance(store, cores);
    for (const context of contexts) context.settle(instance);
    await initialise(plan, instance);
    return instance;
  }

  #function({ interface: from, function: name }: LoweredImport): HostFunction {
    const make = this.#functions.get(`${from}#${name}`);
    if (make !== undefined) return make;
    throw new ComponentError(
      `the component imports ${from === "" ? name : `${from}#${name}`}, which this host does not offer`,
    );
  }
}

async function initialise({ initialisers }: LinkPlan, instance: Instance): Promise<void> {
  for (const initialiser of initialisers) await instance.call(initialiser);
}

class LateContext implements ImportContext {
  readonly store: Store;
  readonly #boundary: Boundary;
  #memory: GuestMemory | undefined;

  constructor(store: Store, boundary: Boundary) {
    this.store = store;
    this.#boundary = boundary;
  }

  get memory(): GuestMemory {
    if (this.#memory === undefined) throw new ComponentError("the component calls its imports while it is being made");
    return this.#memory;
  }

  settle(instance: Instance): void {
    if (this.#boundary.memory !== undefined) this.#memory = instance.memory(this.#boundary);
  }
}

function exported(cores: readonly WebAssembly.Instance[], { instance, name }: CoreExport): WebAssembly.ExportValue {
  const value = cores[instance]?.exports[name];
  if (value === undefined) throw new ComponentError(`the component uses an export ${name} before it is there`);
  return value;
}
