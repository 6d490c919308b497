import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { type Language, root, run, tools } from "./language.ts";

const generator = join(tools, "cargo", "bin", "wit-bindgen");
const library = join(root, "sdk", "c");

/** wit-bindgen's bindings, compiled by clang with wasi-libc, of which nothing is used that asks for WASI. */
export const c: Language = {
  name: "c",
  needs: async () => ["clang", "wasm-ld", "/usr/lib/wasm32-wasi/libc.a", generator],
  build: async (program, folder) => {
    const core = join(folder, "core.wasm");
    await run(generator, ["c", "wit", "--world", "hook", "--rename-world", "bindings", "--out-dir", folder]);
    await run("clang", [
      "--target=wasm32-wasi",
      "-std=c11",
      "-Os",
      "-Wall",
      "-Wextra",
      "-Werror",
      // There is no start: a hook is called, and has nothing to set up.
      "-nostartfiles",
      "-Wl,--no-entry,--strip-debug",
      `-I${library}`,
      `-I${folder}`,
      ...(await sourcesIn(library)),
      ...(await sourcesIn(join(library, program))),
      join(folder, "bindings.c"),
      join(folder, "bindings_component_type.o"),
      "-o",
      core,
    ]);
    return componentNew(await readFile(core), []);
  },
};

async function sourcesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(".c")).map((name) => join(folder, name));
}
