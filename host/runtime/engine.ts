import { BackfillError, ComponentError } from "../errors.ts";
import { decode, type DecodedComponent } from "./decode.ts";
import { DEFAULT_LIMITS } from "../transport/limits.ts";
import { prepareModule } from "./code/prepare.ts";
import { START_GRANT } from "./fuel.ts";
import { type CoreModule, type Entry, entryOf, link, type LinkPlan } from "./link.ts";
import { sectionsOf } from "./sections.ts";

/** What an engine allows each instance. */
export interface EngineOptions {
  /** Bytes of linear memory. Default as in `Limits`. */
  readonly memoryBytes?: number | undefined;
}

/** Compiles components. Needs JavaScript Promise Integration (JSPI), which Node has from 26 on without a flag. */
export class Engine {
  readonly #memoryBytes: number;

  constructor({ memoryBytes = DEFAULT_LIMITS.memoryBytes }: EngineOptions = {}) {
    this.#memoryBytes = memoryBytes;
    if (!("Suspending" in WebAssembly && "promising" in WebAssembly)) {
      throw new BackfillError(
        "BACKFILL_NO_JSPI",
        `Node ${process.versions.node} has no JavaScript Promise Integration (WebAssembly.Suspending); use Node 26 or later`,
      );
    }
  }

  /** Compiles a component once, to be instantiated many times. Throws `ComponentError`. */
  async compile(bytes: Uint8Array): Promise<Component> {
    const decoded = decode(bytes);
    const share = this.#memoryBytes / Math.max(1, memoriesOf(decoded));
    const modules = await Promise.all(decoded.modules.map((module) => compileModule(module, share)));
    return new Component(bytes.length, decoded, link(decoded, modules));
  }
}

/** Core instances of one component: its own, shims, fix-ups and adapters, and the libraries that Python links. */
const CORE_INSTANCES = 64;

/** How many memories an instance of the component has, so that they share one budget. */
function memoriesOf({ instances, modules }: DecodedComponent): number {
  const made = instances.flatMap((instance) => (instance.kind === "instantiate" ? [instance.module] : []));
  if (made.length > CORE_INSTANCES) {
    throw new ComponentError(`the component has ${made.length} core instances; at most ${CORE_INSTANCES} are allowed`);
  }
  return made.reduce((sum, module) => sum + memoryCount(modules[module] ?? EMPTY_MODULE), 0);
}

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const MEMORY_SECTION = 5;

function memoryCount(module: Uint8Array): number {
  let count = 0;
  for (const { id, body } of sectionsOf(module)) if (id === MEMORY_SECTION) count += body.u32();
  return count;
}

async function compileModule(bytes: Uint8Array, memoryBytes: number): Promise<CoreModule> {
  const { code, ...prepared } = prepareModule(bytes, { memoryBytes, fuel: START_GRANT });
  return { ...prepared, module: await WebAssembly.compile(code) };
}

/** A compiled component and the plan of its linking. Holds no state of any event. */
export class Component {
  /** The size of the component in bytes. */
  readonly size: number;
  readonly decoded: DecodedComponent;
  readonly plan: LinkPlan;

  constructor(size: number, decoded: DecodedComponent, plan: LinkPlan) {
    this.size = size;
    this.decoded = decoded;
    this.plan = plan;
  }

  /** Why its instances cannot be set back to a state they had, or undefined where they can. */
  get notRestorable(): string | undefined {
    return this.plan.steps.map(({ core }) => core.notRestorable).find((reason) => reason !== undefined);
  }

  /** The exported function of this name. Throws `ComponentError` where there is none. */
  entry(name: string): Entry {
    return entryOf(this.decoded, name);
  }

  /** The interfaces and functions it imports, as `backfill:http/outbound@0.1.0`. */
  get imports(): readonly string[] {
    return this.decoded.imports;
  }

  /** The interfaces and functions it exports, as `run`. */
  get exports(): readonly string[] {
    return this.decoded.exports;
  }
}
