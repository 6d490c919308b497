import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readWit } from "../../host/compile/wit.ts";

/** A component of this world around a core module given as text: a guest that does what no compiler would. */
export async function componentFromWat(
  wat: string,
  world = "linked-hook",
  stringEncoding: "utf8" | "utf16" | "compact-utf16" = "utf16",
): Promise<Uint8Array> {
  const binary = await parse(wat);
  return componentNew(await componentEmbed({ binary, witSource: await readWit(), world, stringEncoding }), []);
}
