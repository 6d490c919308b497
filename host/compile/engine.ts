import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GuestMemory, type Realloc } from "../abi/memory.ts";
import { BackfillError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { rewriteSections, sectionFrom } from "../runtime/sections.ts";
import { snapshot } from "./snapshot.ts";

// A hook in TypeScript is the engine, a component of world `hook` with JavaScript and the guest library in it, that has
// compiled the hook's bundle. Nothing of the bundle has run: what a snapshot of a running hook would freeze (the time,
// randomness, secrets) is not there yet.

/** A bundle that the engine cannot compile: its message says why. */
export class BundleError extends BackfillError {
  constructor(message: string) {
    super("BACKFILL_BUNDLE", message);
  }
}

/** A bundle in the engine. */
export interface EngineHook {
  readonly component: Uint8Array;
  /** The size of its core module in bytes. */
  readonly coreSize: number;
}

const CORE_MODULE = 1;

let loaded: Promise<Uint8Array> | undefined;

/** The engine's file, read once. */
function engineFile(): Promise<Uint8Array> {
  loaded ??= readFile(join(packageRoot, "dist", "typescript-engine.wasm"));
  return loaded;
}

/** Puts a bundle into the engine. The same bundle gives the same bytes. Throws `BundleError`. */
export async function putInEngine(bundle: string, sourceMap: string): Promise<EngineHook> {
  let coreSize = 0;
  const component = rewriteSections(await engineFile(), ({ id, body }) => {
    if (id !== CORE_MODULE) return undefined;
    const bytes = body.take(body.end - body.offset);
    const module = new WebAssembly.Module(bytes);
    // The others are helpers that link it.
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === "compile")) return undefined;
    const core = snapshot(bytes, compiled(module, bundle), sourceMap);
    coreSize = core.length;
    return sectionFrom(CORE_MODULE, core);
  });
  return { component, coreSize };
}

/** The memory of an engine that has compiled the bundle. */
function compiled(module: WebAssembly.Module, bundle: string): Uint8Array {
  const instance = new WebAssembly.Instance(module, closedImports(module));
  const { memory, cabi_realloc, compile, cabi_post_compile } = instance.exports as unknown as EngineExports;
  const guest = new GuestMemory(memory, cabi_realloc, "utf8");
  const result = compileIn(compile, guest.lowerString(bundle.toWellFormed()));
  if (guest.u8(result) !== 0) {
    throw new BundleError(guest.text(guest.u32(result + 4), guest.u32(result + 8), Number.MAX_SAFE_INTEGER));
  }
  cabi_post_compile?.(result);
  return new Uint8Array(memory.buffer);
}

function compileIn(compile: EngineExports["compile"], text: readonly [number, number]): number {
  try {
    return compile(...text);
  } catch (cause) {
    // Out of memory or out of stack.
    throw new BundleError(`it is too large or too deeply nested for the engine (${(cause as Error).message})`);
  }
}

interface EngineExports {
  readonly memory: WebAssembly.Memory;
  readonly cabi_realloc: Realloc;
  /** compile: func(bundle: string) -> result<_, string> */
  readonly compile: (pointer: number, length: number) => number;
  readonly cabi_post_compile: ((result: number) => void) | undefined;
}

/** A build gives nothing: what it gave would be in every event of the hook. */
function closedImports(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => {
      throw new Error(`a build asked for ${from}#${name}`);
    };
  }
  return imports;
}
