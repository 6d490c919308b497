import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Language, root, run, tools } from "./language.ts";

const componentize = join(tools, "guest-python", "bin", "componentize-py");
const library = join(root, "sdk", "python");

/** CPython with the hook in it, by componentize-py. */
export const python: Language = {
  name: "python",
  needs: async () => [componentize],
  build: async (program, folder) => {
    const component = join(folder, "hook.wasm");
    await run(componentize, [
      "--quiet",
      "--wit-path=wit",
      "--world=hook",
      "componentize",
      "backfill_http.component",
      `--python-path=${join(library, program)}`,
      `--python-path=${library}`,
      `--output=${component}`,
    ]);
    return readFile(component);
  },
};
