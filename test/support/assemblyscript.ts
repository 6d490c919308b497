import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const root = join(import.meta.dirname, "..", "..");
/** 256 MiB, the default limit of a hook's memory. */
const MEMORY_PAGES = 4096;
const compiled = new Map<string, Promise<WebAssembly.Module>>();
const binaries = new Map<string, Promise<Uint8Array>>();

/** Compiles an AssemblyScript entry (a path from the root of the repository) as a hook is compiled; once per run. */
export function compileFixture(path: string): Promise<WebAssembly.Module> {
  let module = compiled.get(path);
  if (module === undefined) {
    module = fixtureBinary(path).then((binary) => new WebAssembly.Module(binary));
    compiled.set(path, module);
  }
  return module;
}

/** The binary of an entry, as `compileFixture` compiles it. */
export function fixtureBinary(path: string): Promise<Uint8Array> {
  let binary = binaries.get(path);
  if (binary === undefined) {
    binary = compile(path);
    binaries.set(path, binary);
  }
  return binary;
}

/** What was compiled of the same sources is kept for the other files of a run, which are processes of their own. */
async function compile(path: string): Promise<Uint8Array> {
  const kept = join(root, "node_modules", ".cache", "backfill-fixtures", `${await digest(path)}.wasm`);
  const binary = await readFile(kept).catch(async () => {
    const fresh = await compileAnew(path);
    await mkdir(dirname(kept), { recursive: true });
    await writeFile(`${kept}.${process.pid}`, fresh);
    await rename(`${kept}.${process.pid}`, kept);
    return fresh;
  });
  return new Uint8Array(binary);
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256").update(path);
  const folders = [join(root, "assembly"), dirname(join(root, path)), import.meta.dirname];
  for (const folder of folders) {
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((one) => one.endsWith(".ts")).toSorted()) {
      hash.update(name).update(await readFile(join(folder, name)));
    }
  }
  return hash.update(await readFile(join(root, "package-lock.json"))).digest("hex");
}

async function compileAnew(path: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      path,
      "--outFile",
      "out.wasm",
      "--runtime",
      "assembly/abi/runtime/index",
      "--exportStart",
      "_initialize",
      "-O3",
      "--enable",
      "simd",
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
  return binary;
}
