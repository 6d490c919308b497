import { ComponentError } from "../errors.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { Component } from "./engine.ts";
import type { Boundary, CoreExport, LinkPlan, LoweredImport } from "./link.ts";
import { Instance } from "./instance.ts";
import type { Store } from "./store.ts";
import { trap } from "./trap.ts";

/** What a function of the host works on. Its memory is there once the instance is. */
export interface ImportContext {
  readonly store: Store;
  readonly memory: GuestMemory;
}

/** A function of the host: works on the guest's flat parameters. */
export type HostFunction = (context: ImportContext, ...parameters: number[]) => unknown;

interface Definition {
  readonly call: HostFunction;
  readonly suspends: boolean;
}

/** The functions that this host offers to components, by interface and name. */
export class Linker {
  readonly #definitions = new Map<string, Definition>();

  /** Offers a function that answers at once. */
  define(interfaceName: string, name: string, call: HostFunction): this {
    this.#definitions.set(`${interfaceName}#${name}`, { call, suspends: false });
    return this;
  }

  /** Offers a function that suspends the instance until its promise settles. */
  defineSuspending(interfaceName: string, name: string, call: HostFunction): this {
    this.#definitions.set(`${interfaceName}#${name}`, { call, suspends: true });
    return this;
  }

  /** Throws `ComponentError` where the component imports what is not offered. Called once a component, when it is loaded. */
  check({ plan }: Component): void {
    for (const step of plan.steps) {
      for (const one of step.imports) if (one.kind === "host") this.#definition(one.host);
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
          module[one.name] = guarded(this.#definition(one.host), context);
        }
      }
      cores[step.instance] = instantiateCore(step.module, imports);
    }
    const instance = new Instance(store, cores);
    for (const context of contexts) context.settle(instance);
    await initialise(plan, instance);
    return instance;
  }

  #definition({ interface: from, function: name }: LoweredImport): Definition {
    const definition = this.#definitions.get(`${from}#${name}`);
    if (definition !== undefined) return definition;
    throw new ComponentError(
      `the component imports ${from === "" ? name : `${from}#${name}`}, which this host does not offer`,
    );
  }
}

/** Nothing answers once the event is over, and whatever goes wrong here ends it, by an error that no guest can catch. */
function guarded({ call, suspends }: Definition, context: ImportContext): WebAssembly.ImportValue {
  const { store } = context;
  const end = (error: unknown): Error => {
    store.end(error as Error);
    return trap();
  };
  if (!suspends) {
    return (...parameters: number[]): unknown => {
      if (store.signal.aborted) throw trap();
      try {
        return call(context, ...parameters);
      } catch (error) {
        throw end(error);
      }
    };
  }
  return new WebAssembly.Suspending(async (...parameters: number[]): Promise<unknown> => {
    if (store.signal.aborted) throw trap();
    try {
      return await call(context, ...parameters);
    } catch (error) {
      throw end(error);
    }
  });
}

function instantiateCore(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause;
    throw new ComponentError(`a core module of the component cannot be linked: ${(cause as Error).message}`, { cause });
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
