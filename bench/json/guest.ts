import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";
import { compile } from "../../host/compile/assemblyscript.ts";
import { packageRoot } from "../../host/package-root.ts";

/** What the programs in `guest/` export. */
interface GuestExports {
  readonly memory: WebAssembly.Memory;
  readonly _initialize: () => void;
  readonly room: (length: number) => number;
  readonly sum: () => number;
  readonly walk: () => number;
}

/** What the guests do with a document. */
export type Task = "sum" | "walk";

/** A JSON library in a guest. */
export class Guest {
  readonly #module: WebAssembly.Module;
  readonly #encoding: "utf8" | "utf16le";

  constructor(module: WebAssembly.Module, encoding: "utf8" | "utf16le") {
    this.#module = module;
    this.#encoding = encoding;
  }

  /** An instance that has the document in its memory and has run nothing yet: what it returns does the task. */
  prepare(text: string, task: Task): () => number {
    const body = Buffer.from(text, this.#encoding);
    const imports = { env: { abort: trap, seed: () => 1 } };
    const guest = new WebAssembly.Instance(this.#module, imports).exports as unknown as GuestExports;
    guest._initialize();
    const address = guest.room(this.#encoding === "utf8" ? body.length : text.length);
    Buffer.from(guest.memory.buffer).set(body, address);
    return guest[task];
  }
}

function trap(): never {
  throw new Error("the guest trapped");
}

/** The library of this package, compiled as a hook is. */
export async function backfillGuest(): Promise<Guest> {
  const { core, errors } = await compile({
    folder: packageRoot,
    entry: "bench/json/guest/backfill.ts",
    library: "assembly",
    abort: "abi/trap/trap",
  });
  if (core === undefined) throw new Error(errors.map(({ message }) => message).join("\n"));
  return new Guest(new WebAssembly.Module(core.slice()), "utf8");
}

/** json-as in its SIMD mode, with the options that a hook has; undefined where it is not installed. */
export async function jsonAsGuest(): Promise<Guest | undefined> {
  const entry = "bench/json/guest/json-as.ts";
  let transform: string;
  try {
    transform = createRequire(import.meta.url).resolve("json-as");
  } catch {
    return undefined;
  }
  const installed = transform.slice(0, transform.lastIndexOf(`${sep}json-as${sep}`));
  // Read by the transform.
  process.env["JSON_MODE"] = "SIMD";
  const { default: jsonAs } = (await import(pathToFileURL(transform).href)) as { default: new () => object };
  let core: Uint8Array | undefined;
  const options = ["--outFile", "core.wasm", "--baseDir", packageRoot, "--path", relative(packageRoot, installed)];
  const { error, stderr } = await asc.main(
    // Its default would zero an arena of 1 MiB in every instance.
    [entry, ...options, "--use", "JSON_CACHE_SIZE=128", "--enable", "simd"],
    {
      readFile: (name: string, base: string) => readFile(resolve(base, name), "utf8").catch(() => null),
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== "string") core = contents;
      },
      listFiles: () => [],
      transforms: [jsonAs],
    } as unknown as Parameters<typeof asc.main>[1],
  );
  if (error !== null || core === undefined) throw new Error(`json-as: ${stderr.toString()}`);
  return new Guest(new WebAssembly.Module(core.slice()), "utf16le");
}
