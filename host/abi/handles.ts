import { HookError } from "../errors.ts";
import { abiError } from "./memory.ts";

/** Handles of one component at once. */
export const HANDLES = 4096;

/** What a handle stands for. */
export abstract class Resource {
  /** The guest has dropped it, or the event is over. */
  dropped(): void {}
}

/** A class of resources, by its name in WIT. */
export interface ResourceClass<T extends Resource> {
  readonly resource: string;
  readonly prototype: T;
  [Symbol.hasInstance](value: unknown): boolean;
}

/**
 * The handles of one component for one event. A handle is a number that the guest is free to make up, so each is checked
 * for what it stands for. One that was dropped is given out again, as the canonical ABI has it.
 */
export class HandleTable {
  /** No handle is 0. */
  readonly #resources: (Resource | undefined)[] = [undefined];
  readonly #free: number[] = [];

  /** Gives the guest a handle of its own. */
  add(resource: Resource): number {
    const handle = this.#free.pop() ?? this.#resources.length;
    if (handle > HANDLES) {
      throw new HookError("BACKFILL_HOOK_FAILED", `the hook holds more than ${HANDLES} handles at once`);
    }
    this.#resources[handle] = resource;
    return handle;
  }

  /** What the guest lends. */
  get<T extends Resource>(handle: number, type: ResourceClass<T>): T {
    const resource = this.#resources[handle >>> 0];
    if (resource instanceof type) return resource as T;
    throw abiError(`${handle >>> 0} is no handle of a resource ${type.resource}`);
  }

  /** What the guest gives away: its handle is gone. */
  take<T extends Resource>(handle: number, type: ResourceClass<T>): T {
    const resource = this.get(handle, type);
    this.#resources[handle >>> 0] = undefined;
    this.#free.push(handle >>> 0);
    return resource;
  }

  /** Drops everything that the guest still holds. */
  clear(): void {
    for (const resource of this.#resources.splice(1)) resource?.dropped();
    this.#free.length = 0;
  }
}
