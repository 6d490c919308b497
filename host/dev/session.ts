import type { BackfillConfig } from "../config/config.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { BackfillError } from "../errors.ts";
import { createHookRuntime } from "../runtime/create.ts";
import { type Hook, type HookRuntime, type HookRuntimeOptions, type RunOptions } from "../runtime/runtime.ts";

/** What a session runs under. */
export interface DevSetup {
  readonly config: BackfillConfig;
  /** The connector that the hooks are routes of. */
  readonly connector: ConnectorConfig | undefined;
}

/** What a {@link DevSession} is made with. */
export interface DevSessionOptions {
  /** Reads the configuration as it is now. */
  readonly setUp: () => Promise<DevSetup>;
  /** Builds a hook as its files are now. */
  readonly build: (file: string) => Promise<Uint8Array>;
  /** The files of the hooks, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly listeners: Pick<HookRuntimeOptions, "onCall" | "onLog">;
}

/** A hook's last event. */
export interface LastEvent {
  readonly hook: string;
  readonly event: unknown;
  readonly options: RunOptions;
}

/** The hooks as they are served until the next change, and the events that run in them. */
interface Generation {
  readonly runtime: HookRuntime;
  readonly hooks: ReadonlyMap<string, Hook>;
  events: number;
  replaced: boolean;
}

type Components = ReadonlyMap<string, Uint8Array>;

/**
 * Hooks that are exchanged while they serve: what fails to build or to load changes nothing, and an event that has
 * begun is run to its end by the hook it began with.
 */
export class DevSession {
  readonly #options: DevSessionOptions;
  #setup: DevSetup | undefined;
  /** The last good build of each hook. */
  #components: Components = new Map();
  #current: Generation | undefined;
  #last: LastEvent | undefined;

  constructor(options: DevSessionOptions) {
    this.#options = options;
  }

  /** The last event that was run, whatever came of it. */
  get last(): LastEvent | undefined {
    return this.#last;
  }

  /** The component of a hook as its files are now. Throws as the build does. */
  build(name: string): Promise<Uint8Array> {
    return this.#options.build(this.#options.files.get(name) ?? name);
  }

  /** Serves these builds from now on, beside what the others were. Throws where they cannot be loaded. */
  async exchange(built: Components): Promise<void> {
    const components = new Map([...this.#components, ...built]);
    if (this.#setup !== undefined) await this.#exchange(this.#setup, components);
    this.#components = components;
  }

  /** Reads the configuration again and exchanges what runs under it. Throws where it cannot be used. */
  async configure(): Promise<void> {
    const setup = await this.#options.setUp();
    await this.#exchange(setup, this.#components);
    this.#setup = setup;
  }

  /** Runs an event, and keeps it. Throws `HookError`, and a `BackfillError` where the hook has never been built. */
  async run(name: string, event: unknown, options: RunOptions = {}): Promise<unknown> {
    this.#last = { hook: name, event, options };
    const generation = this.#current;
    const hook = generation?.hooks.get(name);
    if (generation === undefined || hook === undefined) {
      throw new BackfillError("BACKFILL_NOT_BUILT", `${name} has not been built yet`);
    }
    generation.events += 1;
    try {
      return await hook.run(event, options);
    } finally {
      generation.events -= 1;
      await closeUnused(generation);
    }
  }

  async close(): Promise<void> {
    await this.#current?.runtime.close();
  }

  async #exchange({ config, connector }: DevSetup, components: Components): Promise<void> {
    const runtime = await createHookRuntime({ ...config, ...this.#options.listeners });
    const hooks = new Map<string, Hook>();
    try {
      for (const [name, component] of components) {
        const whole = connector === undefined ? { name } : { name: `${connector.name}/${name}`, connector };
        hooks.set(name, await runtime.load(component, whole));
      }
    } catch (error) {
      await runtime.close();
      throw error;
    }
    const before = this.#current;
    this.#current = { runtime, hooks, events: 0, replaced: false };
    if (before === undefined) return;
    before.replaced = true;
    await closeUnused(before);
  }
}

async function closeUnused({ runtime, replaced, events }: Generation): Promise<void> {
  if (replaced && events === 0) await runtime.close();
}
