import { ComponentError } from "../errors.ts";
import type { HandleTable, Resource, ResourceClass } from "../abi/handles.ts";
import { abiError, type GuestMemory } from "../abi/memory.ts";
import type { Component } from "./engine.ts";
import { memoryName, writtenName } from "./code/names.ts";
import { cross } from "./crossing.ts";
import { crossingType } from "./crossing-types.ts";
import { Fuel } from "./fuel.ts";
import { type CoreExport, type CoreModule, type Entry, type LoweredImport, RESOURCE_DROP } from "./link.ts";
import { Instance } from "./instance.ts";
import type { Store } from "./store.ts";
import { trap } from "./trap.ts";
import { type GuestMarks, WrittenParts } from "./written.ts";

/** What a function of the host works on: the event that asks, and the memory it asks from. */
export interface ImportContext {
  readonly store: Store;
  readonly instance: Instance;
  readonly memory: GuestMemory;
  /** What the handles stand for that the asking component is given. */
  readonly handles: HandleTable;
  /** What a function that suspends ends with: the event goes on, where it is not over, when the answer is lowered. */
  resume(answer: () => void): void;
  /** Ends the event, for something went wrong, and gives the error that the guest's code ends with: none that it can catch. */
  failed(error: unknown): Error;
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
  readonly #absent = new Set<string>();

  /** Offers a function that answers at once. */
  define(interfaceName: string, name: string, call: HostFunction): this {
    this.#definitions.set(`${interfaceName}#${name}`, { call, suspends: false });
    return this;
  }

  /** Offers a function that suspends the instance until its promise settles. */
  defineSuspending(interfaceName: string, name: string, call: HostFunction): this {
    return this.defineTrapping(interfaceName, name, trapping(call));
  }

  /** As `defineSuspending`, for one whose promise rejects with what {@link ImportContext.failed} gives and nothing else. */
  defineTrapping(interfaceName: string, name: string, call: HostFunction): this {
    this.#definitions.set(`${interfaceName}#${name}`, { call, suspends: true });
    return this;
  }

  /** Offers that handles of a resource are dropped. */
  drops<T extends Resource>(type: ResourceClass<T>): this {
    return this.define(RESOURCE_DROP, type.resource, ({ handles }, [handle = 0]) => {
      handles.take(handle, type).dropped();
    });
  }

  /** Offers the methods of resources of which no guest is ever given one. */
  defineAbsent(interfaceName: string, resources: readonly string[]): this {
    for (const resource of resources) {
      this.#absent.add(`${interfaceName}#${resource}`);
      this.define(RESOURCE_DROP, resource, () => noHandle(resource));
    }
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
          const context = new InstanceContext(one.host);
          contexts.push(context);
          module[one.name] = guarded(this.#definition(one.host), context);
        }
      }
      const core = instantiateCore(step.core, imports);
      for (let i = 0; i < step.core.memories; i++) {
        const written = counts ? (core.exports[writtenName(i)] as GuestMarks) : undefined;
        memories.push(new WrittenParts(core.exports[memoryName(i)] as WebAssembly.Memory, written));
      }
      fuel.watch(core);
      cores[step.instance] = core;
    }
    const instance = new Instance(cores, memories, fuel);
    for (const context of contexts) context.settle(instance);
    return instance;
  }

  #definition({ interface: from, function: name, callee }: LoweredImport): Definition {
    if (callee !== undefined) return crossing(from, name, callee);
    const offered = withoutPatch(from);
    const definition = this.#definitions.get(`${offered}#${name}`);
    if (definition !== undefined) return definition;
    const [, resource] = METHOD.exec(name) ?? [];
    if (resource !== undefined && this.#absent.has(`${offered}#${resource}`)) {
      return { call: () => noHandle(resource), suspends: false };
    }
    throw new ComponentError(
      `the component imports ${from === "" ? name : `${from}#${name}`}, which this host does not offer`,
    );
  }
}

/** A call from one component to another within one. The caller is suspended meanwhile, as with a call of the host. */
function crossing(from: string, name: string, callee: Entry): Definition {
  const type = crossingType(from, name);
  if (type === undefined) {
    throw new ComponentError(
      `one component calls ${from === "" ? name : `${from}#${name}`} of another within it, which this host does not link`,
    );
  }
  return {
    suspends: true,
    call: trapping((context, parameters) => cross(context, callee, type, parameters)),
  };
}

const WASI = /^(wasi:[^@]+@0\.2)\.\d+$/;
const METHOD = /^\[(?:constructor|method|static)\]([^.]+)/;

/** Every version 0.2.x of WASI is offered as one: a later one only adds to an earlier one. */
function withoutPatch(interfaceName: string): string {
  return WASI.exec(interfaceName)?.[1] ?? interfaceName;
}

function noHandle(resource: string): never {
  throw abiError(`it has no handle of a resource ${resource}, for none is given out`);
}

/** Has a function's promise reject with an error that no guest can catch. */
function trapping(call: HostFunction): HostFunction {
  return (context, parameters) =>
    (call(context, parameters) as Promise<unknown>).catch((error: unknown) => {
      throw context.failed(error);
    });
}

/** Nothing answers once the event is over, and whatever goes wrong here ends it, by an error that no guest can catch. */
function guarded({ call, suspends }: Definition, context: InstanceContext): WebAssembly.ImportValue {
  if (!suspends) {
    return (...parameters: number[]): unknown => {
      const { instance } = context;
      instance.leave();
      const left = instance.fuel.borrow();
      try {
        return call(context, parameters);
      } catch (error) {
        throw context.failed(error);
      } finally {
        instance.fuel.giveBack(left);
      }
    };
  }
  return new WebAssembly.Suspending((...parameters: number[]): unknown => {
    const { instance, store } = context;
    instance.leave();
    try {
      const answer = call(context, parameters);
      // Whatever was begun ends with the event.
      if (!store.cpu.stop()) store.end(store.cpu.exceeded());
      return answer;
    } catch (error) {
      throw context.failed(error);
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
  readonly #import: LoweredImport;
  #instance: Instance | undefined;
  #memory: GuestMemory | undefined;

  constructor(lowered: LoweredImport) {
    this.#import = lowered;
  }

  get store(): Store {
    return this.instance.store;
  }

  get memory(): GuestMemory {
    return (this.#memory ??= this.instance.memory(this.#import.boundary));
  }

  get handles(): HandleTable {
    return this.instance.handles(this.#import.scope);
  }

  get instance(): Instance {
    if (this.#instance !== undefined) return this.#instance;
    throw new ComponentError("the component calls its imports while it is being made");
  }

  resume(answer: () => void): void {
    const { instance } = this;
    instance.enter();
    answer();
    instance.ready();
  }

  failed(error: unknown): Error {
    this.store.end(error as Error);
    return trap();
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
