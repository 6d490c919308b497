import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Language, root, run, tools } from "./language.ts";

const generator = join(tools, "cargo", "bin", "wit-bindgen");
const library = join(root, "sdk", "go");

/** A reactor of WASI preview 1 by the Go compiler, into which the adapter is merged that has WASI on the hook's imports. */
export const go: Language = {
  name: "go",
  needs: async () => ["go"],
  build: async (program, folder) => {
    await checkBindings();
    const core = join(folder, "core.wasm");
    const component = join(folder, "hook.wasm");
    await run(
      "go",
      [
        "build",
        "-buildmode=c-shared",
        "-trimpath",
        // The bindings allocate with the runtime's own sbrk, as long as Go is not there yet.
        "-ldflags=-s -w -checklinkname=0",
        "-o",
        core,
        `./${program}`,
      ],
      { folder: library, environment: { GOOS: "wasip1", GOARCH: "wasm" } },
    );
    await run(process.execPath, [join(library, "component.mjs"), core, component]);
    return readFile(component);
  },
};

/** Fails where the bindings are not those of the WIT package. Without the generator they are taken as they are. */
async function checkBindings(): Promise<void> {
  if (!existsSync(generator)) return;
  const folder = join(library, "internal", "generated");
  const parameters = ["go", "wit", "--world", "hook", "--pkg-name", "backfill/internal/generated", "--out-dir", folder];
  await run(generator, [...parameters, "--check"]);
}
