import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const root = join(import.meta.dirname, "..", "..");
/** 256 MiB, the default limit of a hook's memory. */
const MEMORY_PAGES = 4096;
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles an AssemblyScript entry (a path from the root of the repository) as a hook is compiled; once per run. */
export function compileFixture(path: string): Promise<WebAssembly.Module> {
  let module = compiled.get(path);
  if (module === undefined) {
    module = compile(path);
    compiled.set(path, module);
  }
  return module;
}

async function compile(path: string): Promise<WebAssembly.Module> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      path,
      "--outFile",
      "out.wasm",
      "--runtime",
      "incremental",
      "--exportStart",
      "_initialize",
      "-O3",
      "--maximumMemory",
      String(MEMORY_PAGES),
      "--baseDir",
      root,
    ],
    {
      readFile: (name, base) => readFile(resolve(base, name), "utf8").catch(() => null),
      writeFile: (_name, contents) => {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`asc could not compile ${path}:\n${stderr.toString()}`);
  return new WebAssembly.Module(new Uint8Array(binary));
}
