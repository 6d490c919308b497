import { ComponentError } from "../errors.ts";
import type { CoreInstance, DecodedComponent, LiftedFunction } from "./decode.ts";
import { type ComponentFunction, type ComponentInstance, Scope } from "./scope.ts";
import type { Reader } from "./reader.ts";

/** Component instances of one component: its own, those that were composed, and those that only regroup functions. */
const COMPONENT_INSTANCES = 128;

/** Core instances of one component: those of each component within it, their shims, fix-ups and adapters. */
const CORE_INSTANCES = 256;

/** What stands in the index spaces of all component instances together: each instantiation has its own. */
const DEFINITIONS = 1_000_000;

/** A component with everything within it, instantiated on paper: what is left is one list of core instances. */
export class Elaboration implements DecodedComponent {
  readonly modules: Uint8Array[] = [];
  readonly instances: CoreInstance[] = [];
  readonly lifted: Map<string, LiftedFunction> = new Map();
  readonly imports: string[] = [];
  readonly exports: readonly string[];
  readonly #modulesByOffset = new Map<number, number>();
  #components = 0;
  #definitions = 0;

  /** @param reader - Behind the preamble of the outermost component. */
  constructor(reader: Reader) {
    const outermost = new Scope(this, undefined, undefined);
    outermost.read(reader);
    this.exports = [...outermost.exports.keys()];
    for (const [name, item] of outermost.exports) {
      if (item.sort === "function") this.#lift(name, item.value);
      if (item.sort === "instance") this.#liftAll(name, item.value);
    }
  }

  /** The place of one more component instance. */
  component(): number {
    if (this.#components >= COMPONENT_INSTANCES) throw tooMany("component instances", COMPONENT_INSTANCES);
    return this.#components++;
  }

  /** Counts so many more definitions. */
  define(count: number): void {
    this.#definitions += count;
    if (this.#definitions > DEFINITIONS) throw tooMany("definitions", DEFINITIONS);
  }

  /** The index of a core module, which is one however often the component that holds it is instantiated. */
  module({ bytes, offset, end }: Reader): number {
    let index = this.#modulesByOffset.get(offset);
    if (index === undefined) {
      index = this.modules.push(bytes.subarray(offset, end)) - 1;
      this.#modulesByOffset.set(offset, index);
    }
    return index;
  }

  /** The index of one more core instance. */
  coreInstance(instance: CoreInstance): number {
    if (this.instances.length >= CORE_INSTANCES) throw tooMany("core instances", CORE_INSTANCES);
    return this.instances.push(instance) - 1;
  }

  #lift(name: string, exported: ComponentFunction): void {
    if (exported.kind === "lifted") this.lifted.set(name, exported.function);
  }

  #liftAll(name: string, { exports }: ComponentInstance): void {
    for (const [each, item] of exports ?? []) if (item.sort === "function") this.#lift(`${name}#${each}`, item.value);
  }
}

function tooMany(what: string, most: number): ComponentError {
  return new ComponentError(`the component has more than ${most} ${what}`);
}
