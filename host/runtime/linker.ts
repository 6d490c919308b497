import { ComponentError } from "../errors.ts";
import type { GuestMemory } from "../abi/memory.ts";
import type { Component } from "./engine.ts";
import { memoryName, writtenName } from "./code/names.ts";
import { Fuel } from "./fuel.ts";
import type { Boundary, CoreExport, CoreModule, LoweredImport } from "./link.ts";
import { Instance } from "./instance.ts";
import type { Store } from "./store.ts";
import { trap } from "./trap.ts";
import { WrittenParts } from "./written.ts";

/** What a function of the host works on: the event that asks, and the memory it asks from. */
export interface ImportContext {
  readonly store: Store;
  readonly memory: GuestMemory;
  /** What a function that suspends ends with: the event goes on, where it is not over, when the answer is lowered. */
  resume(answer: () => void): void;
}

/** A function of the host: works on the guest's flat parameters. */
export type HostFunction = (context: ImportContext, parameters: readonly number[]) => unknown;

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

  /** Makes a fresh instance, which works for no event yet. Its initialisers are the caller's to run. */
  instantiate({ plan }: Component): Instance {
    const cores: WebAssembly.Instance[] = [];
    const contexts: InstanceContext[] = [];
    const memories: WrittenParts[] = [];
    // What one module writes to another one's memory, that one's code does not count.
    const counts = !plan.steps.some(({ core }) => core.writesImported);
    const fuel = new Fuel();
    for (const step of plan.steps) {
      const imports: WebAssembly.Imports = {};
      for (const one of step.imports) {
        const module = (imports[one.module] ??= {});
        if (one.kind === "export") {
          module[one.name] = exported(cores, one.from);
        } else {
          const context = new InstanceContext(one.host.boundary);
          contexts.push(context);
          module[one.name] = guarded(this.#definition(one.host), context);
        }
      }
      const core = instantiateCore(step.core, imports);
      for (let i = 0; i < step.core.memories; i++) {
        const written = counts ? (core.exports[writtenName(i)] as WebAssembly.Global<"i64">) : undefined;
        memories.push(new WrittenParts(core.exports[memoryName(i)] as WebAssembly.Memory, written));
      }
      fuel.watch(core);
      cores[step.instance] = core;
    }
    const instance = new Instance(cores, memories, fuel);
    for (const context of contexts) context.settle(instance);
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
function guarded({ call, suspends }: Definition, context: InstanceContext): WebAssembly.ImportValue {
  const failed = (error: unknown): never => {
    context.store.end(error as Error);
    throw trap();
  };
  if (!suspends) {
    return (...parameters: number[]): unknown => {
      const { instance } = context;
      instance.leave();
      instance.store.cpu.start();
      const left = instance.fuel.borrow();
      try {
        return call(context, parameters);
      } catch (error) {
        return failed(error);
      } finally {
        instance.fuel.giveBack(left);
      }
    };
  }
  return new WebAssembly.Suspending((...parameters: number[]): unknown => {
    context.instance.leave();
    try {
      return (call(context, parameters) as Promise<unknown>).catch(failed);
    } catch (error) {
      return failed(error);
    }
  });
}

/** Makes a core instance with its data in its memories. */
function instantiateCore({ module, segments }: CoreModule, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    const core = new WebAssembly.Instance(module, imports);
    for (const { memory, offset, bytes } of segments)
      new Uint8Array((core.exports[memoryName(memory)] as WebAssembly.Memory).buffer).set(bytes, offset);
    return core;
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw cause;
    throw new ComponentError(`a core module of the component cannot be linked: ${(cause as Error).message}`, { cause });
  }
}

/** What the imports of one instance work on: its memory, and whichever event it works for. */
class InstanceContext implements ImportContext {
  readonly #boundary: Boundary;
  #instance: Instance | undefined;
  #memory: GuestMemory | undefined;

  constructor(boundary: Boundary) {
    this.#boundary = boundary;
  }

  get store(): Store {
    return this.instance.store;
  }

  get memory(): GuestMemory {
    return (this.#memory ??= this.instance.memory(this.#boundary));
  }

  get instance(): Instance {
    if (this.#instance !== undefined) return this.#instance;
    throw new ComponentError("the component calls its imports while it is being made");
  }

  resume(answer: () => void): void {
    const { instance } = this;
    instance.enter();
    answer();
    instance.fuel.begin();
  }

  settle(instance: Instance): void {
    this.#instance = instance;
  }
}

function exported(cores: readonly WebAssembly.Instance[], { instance, name }: CoreExport): WebAssembly.ExportValue {
  const value = cores[instance]?.exports[name];
  if (value === undefined) throw new ComponentError(`the component uses an export ${name} before it is there`);
  return value;
}
