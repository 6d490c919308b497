import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "undici";
import { type Call, eventOf, type Kept, type Peer, type Target } from "./peer.ts";

interface Header {
  readonly name: string;
  readonly value: string;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body?: Uint8Array;
}

interface Response {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

interface Hook {
  run(event: string): Promise<string>;
}

type GetCoreModule = (path: string) => Promise<WebAssembly.Module>;
type Instantiate = (getCoreModule: GetCoreModule, imports: Record<string, object>) => Promise<Hook>;

/** The same AssemblyScript component through the code that jco makes of it, on undici. No rules. */
export async function open({ origin, folder }: Target): Promise<Peer> {
  const pool = new Pool(origin);
  const { instantiate } = (await import(pathToFileURL(join(folder, "jco", "hook.js")).href)) as {
    readonly instantiate: Instantiate;
  };
  const modules = new Map<string, Promise<WebAssembly.Module>>();
  const compile: GetCoreModule = (path) => {
    let module = modules.get(path);
    if (module === undefined) {
      module = readFile(join(folder, "jco", path)).then((bytes) => WebAssembly.compile(bytes));
      modules.set(path, module);
    }
    return module;
  };
  const send = async ({ method, url, body: sent }: Request): Promise<Response> => {
    const path = url.slice(origin.length);
    const response = await pool.request({ path, method: method.toUpperCase() as "GET", body: sent ?? null });
    const headers: Header[] = [];
    for (const [name, values] of Object.entries(response.headers)) {
      for (const value of [values ?? []].flat()) headers.push({ name, value });
    }
    return { status: response.statusCode, headers, body: await response.body.bytes() };
  };
  const imports = { "backfill:http/outbound": { send }, "backfill:http/log": { write: () => {} } };
  const keep = async (): Promise<Kept> => {
    const hook = await instantiate(compile, imports);
    return {
      call: async ({ path, upload }: Call) => Number(await hook.run(JSON.stringify(eventOf(origin + path, upload)))),
    };
  };
  return {
    keep,
    call: async (call) => (await keep()).call(call),
    fresh: async () => void (await (await instantiate(compile, imports)).run("{}")),
  };
}
