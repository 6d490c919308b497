import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { FUEL, GRANT, memoryName, METER, TICK, writtenName } from "../../../host/runtime/code/names.ts";
import { type PreparedModule, prepareModule } from "../../../host/runtime/code/prepare.ts";
import { asCoreFunction } from "../../../host/runtime/code/tick.ts";
import { type GuestMarks, WrittenParts } from "../../../host/runtime/written.ts";
import { trap } from "../../../host/runtime/trap.ts";

export const MEMORY_BYTES = 16 * 65_536;

export type Exports = Record<string, (...parameters: unknown[]) => unknown> & {
  readonly memory: WebAssembly.Memory;
};

export { parse as binaryOf };

export async function prepare(wat: string, fuel?: number): Promise<PreparedModule> {
  return prepareModule(await parse(wat), { memoryBytes: MEMORY_BYTES, fuel });
}

/** Counts the fuel that an instance uses, and ends it once that is more than it may. */
export class Counter {
  ticks = 0;
  #given = 0;
  readonly #grant: number;
  readonly #most: number;
  #exports: Exports | undefined;

  constructor(most = Infinity, grant = 10_000) {
    this.#most = most;
    this.#grant = grant;
  }

  /** The fuel that is used by now. */
  get used(): number {
    return this.#given - (this.#exports === undefined ? 0 : fuelOf(this.#exports).value);
  }

  tick(fuel: number): number {
    this.ticks++;
    if (fuel >= 0) throw new Error(`ticked with ${fuel} left`);
    if (this.#given - fuel > this.#most) throw trap();
    this.#given += this.#grant - fuel;
    return this.#grant;
  }

  equip(exports: Exports): void {
    this.#exports = exports;
    (exports[METER] as unknown as { value: unknown }).value = this;
  }
}

function fuelOf(exports: Exports): { value: number } {
  return exports[FUEL] as unknown as { value: number };
}

// Where a call cannot suspend.
const immediate = asCoreFunction((counter: Counter, fuel: number) => counter.tick(fuel));
const suspending = asCoreFunction(
  new WebAssembly.Suspending((counter: Counter, fuel: number) => {
    const granted = counter.tick(fuel);
    return counter.ticks % 2 === 0 ? granted : Promise.resolve(granted);
  }),
);

/** An instance as a host makes it: with its data, and with fuel from this counter. */
export function instantiate(
  { code, segments, metered }: PreparedModule,
  { imports = {}, counter = new Counter(), suspends = false }: InstantiateOptions = {},
): Exports {
  const exports = new WebAssembly.Instance(new WebAssembly.Module(code), imports).exports as Exports;
  for (const { offset, bytes } of segments) new Uint8Array(exports.memory.buffer).set(bytes, offset);
  if (metered) {
    const table = exports[TICK] as unknown as { set(index: number, tick: unknown): void };
    [suspending, immediate].forEach((tick, i) => table.set(i, tick));
    exports[GRANT]?.(fuelOf(exports).value, suspends ? 0 : 1);
    counter.equip(exports);
  }
  return exports;
}

/** What was written of a memory that the module defines, since its `SAVE`. */
export function writtenOf(exports: Exports, memory = 0): WrittenParts {
  const found = exports[memoryName(memory)] as unknown as WebAssembly.Memory;
  const written = new WrittenParts(found, exports[writtenName(memory)] as unknown as GuestMarks);
  written.begin();
  return written;
}

export interface InstantiateOptions {
  readonly imports?: WebAssembly.Imports;
  readonly counter?: Counter;
  readonly suspends?: boolean;
}

export function raw(binary: Uint8Array, imports: WebAssembly.Imports = {}): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(binary), imports).exports as Exports;
}

/** What a call gives, or how it ends. */
export function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
}
