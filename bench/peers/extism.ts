import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kept, Peer, Target } from "./peer.ts";

interface Plugin {
  call(name: string, input: string): Promise<{ text(): string } | null>;
  close(): Promise<void>;
}

interface Extism {
  createPlugin(
    manifest: { readonly wasm: readonly { readonly module: WebAssembly.Module }[] },
    options: { readonly allowedHosts: readonly string[] },
  ): Promise<Plugin>;
}

// Not spelt out, so that types are checked where it is not installed.
const PACKAGE: string = "@extism/extism";

/** Extism on the main thread, with its own HTTP (Node's fetch) and its list of hosts. */
export async function open({ origin, folder }: Target): Promise<Peer> {
  const { createPlugin } = (await import(PACKAGE)) as Extism;
  const module = await WebAssembly.compile(await readFile(join(folder, "extism.wasm")));
  const make = (): Promise<Plugin> => createPlugin({ wasm: [{ module }] }, { allowedHosts: ["localhost"] });
  const run = async (plugin: Plugin, url: string, upload?: number): Promise<number> =>
    Number((await plugin.call("run", `${upload ?? ""} ${url}`))?.text());
  const keep = async (): Promise<Kept> => {
    const plugin = await make();
    return { call: ({ path, upload }) => run(plugin, origin + path, upload) };
  };
  return {
    keep,
    async call({ path, upload }) {
      const plugin = await make();
      const length = await run(plugin, origin + path, upload);
      await plugin.close();
      return length;
    },
    async fresh() {
      const plugin = await make();
      await run(plugin, "");
      await plugin.close();
    },
  };
}
