import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readWit } from "./wit.ts";

/** Wraps a core module of AssemblyScript, whose strings are UTF-16, into a component of this world of `backfill:http`. */
export async function componentize(core: Uint8Array, world: string, more = ""): Promise<Uint8Array> {
  const embedded = await componentEmbed({
    binary: core,
    witSource: (await readWit()) + more,
    world,
    stringEncoding: "utf16",
  });
  return componentNew(embedded, []);
}
