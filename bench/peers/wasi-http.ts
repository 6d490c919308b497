import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Kept, Peer, Target } from "./peer.ts";

interface Guest {
  run(url: string, upload: number): number;
}

interface Shim {
  readonly WASIShim: new () => { getImportObject(): Record<string, object> };
}

type GetCoreModule = (path: string) => Promise<WebAssembly.Module>;
type Instantiate = (getCoreModule: GetCoreModule, imports: Record<string, object>) => Promise<Guest>;

// Not spelt out, so that types are checked where it is not installed.
const PACKAGE: string = "@bytecodealliance/preview2-shim/instantiation";

/** A guest whose `fetch` is wasi:http, through jco and its WASI for Node. A call blocks the thread. No rules. */
export async function open({ origin, folder }: Target): Promise<Peer> {
  const { WASIShim } = (await import(PACKAGE)) as Shim;
  const { instantiate } = (await import(pathToFileURL(join(folder, "wasi-http", "guest.js")).href)) as {
    readonly instantiate: Instantiate;
  };
  const modules = new Map<string, Promise<WebAssembly.Module>>();
  const compile: GetCoreModule = (path) => {
    let module = modules.get(path);
    if (module === undefined) {
      module = readFile(join(folder, "wasi-http", path)).then((bytes) => WebAssembly.compile(bytes));
      modules.set(path, module);
    }
    return module;
  };
  const make = (): Promise<Guest> => instantiate(compile, new WASIShim().getImportObject());
  const keep = async (): Promise<Kept> => {
    const guest = await make();
    return { call: async ({ path, upload = -1 }) => guest.run(origin + path, upload) };
  };
  return {
    keep,
    call: async (call) => (await keep()).call(call),
    fresh: async () => void (await make()).run("", -1),
  };
}
