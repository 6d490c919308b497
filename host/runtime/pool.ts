import { answers } from "../gathering.ts";
import type { Component } from "./engine.ts";
import { bytesOf, type IdleInstances } from "./idle.ts";
import type { Instance } from "./instance.ts";
import type { Entry } from "./link.ts";
import type { Linker } from "./linker.ts";
import { MemoryImage } from "./memory-image.ts";
import type { Store } from "./store.ts";
import { WorkingSet } from "./working-set.ts";
import type { WrittenParts } from "./written.ts";

/** How instances are kept from one event to the next. */
export interface ReuseLimits {
  /** Idle instances of one component. */
  readonly idleInstancesPerHook: number;
  /** Bytes of linear memory over which an instance is not used again. */
  readonly reusedMemoryBytes: number;
}

const PAGE_BYTES = 65_536;

/**
 * Bytes of memory that instances begin with, where events have needed more than their module asks for: each is what
 * the next ones get when one has grown past the size before, so that a hook of large bodies is not made anew for
 * every event. That an event once was large is all that outlives it, and can be told only as often as there are sizes.
 */
const SIZES = [
  256 * 1024,
  512 * 1024,
  1024 * 1024,
  2 * 1024 * 1024,
  4 * 1024 * 1024,
  8 * 1024 * 1024,
  16 * 1024 * 1024,
] as const;

/**
 * The instances of one component. An event gets one that equals a new one in everything that its guest can see. Where
 * that cannot be proved, every event gets a new one: where the component's code can change what cannot be set back, or
 * where its initialisation asks the host, whose answer is that event's own.
 */
export class InstancePool {
  /** The events that instances are taken for. */
  readonly workingSet: WorkingSet = new WorkingSet(answers);
  readonly #component: Component;
  readonly #linker: Linker;
  readonly #limits: ReuseLimits;
  readonly #all: IdleInstances;
  /** The one used last is at the end: it is nearest in the caches. */
  readonly #idle: Instance[] = [];
  #startBytes = 0;
  /** Goes up with each set of images. */
  #generation = 0;
  /** What the memories hold after the initialisation; undefined where each event gets a new instance. */
  #images: readonly MemoryImage[] | undefined;

  constructor(component: Component, linker: Linker, limits: ReuseLimits, all: IdleInstances) {
    this.#component = component;
    this.#linker = linker;
    this.#limits = limits;
    this.#all = all;
    all.add(this);
    if (component.notRestorable === undefined && limits.idleInstancesPerHook > 0) this.#begin();
  }

  /** An exported function of the component. Throws `ComponentError` where there is none. */
  entry(name: string): Entry {
    return this.#component.entry(name);
  }

  /** An instance just after its initialisation, for this event alone. */
  take(store: Store): Instance | Promise<Instance> {
    const idle = this.#idle.pop();
    if (idle !== undefined) this.#all.count(-bytesOf(idle));
    const instance = idle ?? (this.#images && this.#initialised());
    if (instance === undefined) return this.#initialise(store);
    instance.bind(store);
    return instance;
  }

  /** Takes an instance back, whose event has ended well, and of which nothing is read any more. */
  give(instance: Instance): void {
    instance.unbind();
    if (this.#canKeep(instance)) this.#keep(instance);
    else instance.drop();
  }

  #canKeep(instance: Instance): boolean {
    // One that was made for an event, or before the images were, is not what they are of.
    if (this.#images === undefined || instance.generation !== this.#generation) return false;
    if (instance.fuel.wasRefusedMemory) return false;
    const grown = instance.memories[0]?.bytes.length ?? 0;
    if (instance.memories.length === 1 && grown > this.#startBytes) {
      this.#raise(grown);
      return false;
    }
    return this.#restore(instance);
  }

  /** When the instance began to wait that has waited longest, on the count of {@link IdleInstances}; undefined where none waits. */
  get waitingSince(): number | undefined {
    return this.#idle[0]?.waitingSince;
  }

  /** Lets the instance go that has waited longest. */
  evict(): void {
    const [oldest] = this.#idle.splice(0, 1);
    if (oldest !== undefined) this.#letGo(oldest);
  }

  /** Those that events will need which wait already are not idle. */
  trim(): void {
    const { idleInstancesPerHook: most } = this.#limits;
    while (this.#idle.length > most + this.workingSet.waiting) this.evict();
    if (this.#idle.length > most) this.#all.trimSoon();
  }

  /** Lets all idle instances go: none will be needed. */
  close(): void {
    this.#images = undefined;
    this.#clear();
    this.#all.remove(this);
  }

  #clear(): void {
    for (const instance of this.#idle.splice(0)) this.#letGo(instance);
  }

  #letGo(instance: Instance): void {
    this.#all.count(-bytesOf(instance));
    instance.drop();
  }

  #keep(instance: Instance): void {
    instance.waitingSince = this.#all.now();
    this.#idle.push(instance);
    this.#all.count(bytesOf(instance));
    if (this.#idle.length > this.#limits.idleInstancesPerHook) this.#all.trimSoon();
  }

  /** Makes the first instance, which tells what every other one is set back to. */
  #begin(): void {
    this.#generation++;
    const made = this.#initialised();
    const first = made !== undefined && bytesOf(made) <= this.#limits.reusedMemoryBytes ? made : undefined;
    this.#images = first?.memories.map(({ memory }) => new MemoryImage(memory));
    if (first === undefined) return;
    this.#startBytes = first.memories[0]?.bytes.length ?? 0;
    this.#keep(first);
  }

  /** Has instances begin with as much memory as one has needed. */
  #raise(bytes: number): void {
    const size = SIZES.find((one) => one >= bytes);
    if (size === undefined || size > this.#limits.reusedMemoryBytes) return;
    this.#clear();
    this.#startBytes = size;
    this.#begin();
  }

  /** A new instance, initialised for no event; undefined where its initialisation fails, or asks the host. */
  #initialised(): Instance | undefined {
    try {
      const instance = this.#linker.instantiate(this.#component);
      const memory = instance.memories[0]?.memory;
      if (memory !== undefined && memory.buffer.byteLength < this.#startBytes) {
        memory.grow((this.#startBytes - memory.buffer.byteLength) / PAGE_BYTES);
      }
      for (const initialiser of this.#component.plan.initialisers) instance.function(initialiser)();
      if (instance.hasAsked) return undefined;
      instance.saveGlobals();
      instance.generation = this.#generation;
      return instance;
    } catch {
      // Whatever is wrong with it is told by the event that needs it.
      return undefined;
    }
  }

  async #initialise(store: Store): Promise<Instance> {
    const instance = this.#linker.instantiate(this.#component);
    instance.bind(store);
    for (const initialiser of this.#component.plan.initialisers) {
      instance.enter();
      await instance.run(initialiser);
      store.cpu.stop();
    }
    return instance;
  }

  #restore(instance: Instance): boolean {
    const images = this.#images as readonly MemoryImage[];
    for (let i = 0; i < images.length; i++) {
      if (images[i]?.set(instance.memories[i] as WrittenParts) !== true) return false;
    }
    instance.restoreGlobals();
    return true;
  }
}
