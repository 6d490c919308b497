import type { Component } from "./engine.ts";
import type { Instance } from "./instance.ts";
import { entryOf, type Entry } from "./link.ts";
import type { Linker } from "./linker.ts";
import type { Store } from "./store.ts";

/** The instances of one component. */
export class InstancePool {
  readonly #component: Component;
  readonly #linker: Linker;
  readonly #idle: Instance[] = [];

  constructor(component: Component, linker: Linker) {
    this.#component = component;
    this.#linker = linker;
  }

  entry(name: string): Entry {
    return entryOf(this.#component.decoded, name);
  }

  /** An instance at the state after its initialisation, for this event alone. */
  take(store: Store): Instance | Promise<Instance> {
    const idle = this.#idle.pop();
    if (idle === undefined) return this.#make(store);
    idle.bind(store);
    return idle;
  }

  async #make(store: Store): Promise<Instance> {
    const instance = this.#linker.instantiate(this.#component);
    instance.bind(store);
    for (const initialiser of this.#component.plan.initialisers)
      await store.unlessOver(WebAssembly.promising(instance.function(initialiser))());
    return instance;
  }

  /** Takes an instance back, whose event has ended well and whose results have been lifted. */
  give(instance: Instance): void {
    if (process.env.REUSE) this.#idle.push(instance);
  }
}
