import { builtinModules } from "node:module";
import { join } from "node:path";
import type { OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { packageRoot } from "../package-root.ts";

// What a hook in TypeScript may import: its own files, npm packages that are plain JavaScript, and the guest library.

/** What a bundle calls the guest library that it is given. */
export const LIBRARY_NAME = "__backfill";

/** What the guest library gives (sdk/typescript/index.ts). */
export const LIBRARY_EXPORTS = ["Clock", "Crypto", "Http", "HttpError", "Log", "Random", "Secrets"] as const;

/** `URL` and `URLSearchParams`, which go into the bundles that name one of them. */
export const URL_MODULE: string = join(packageRoot, "dist", "hook-url.js");

/** The namespace of modules that are no files. */
export const NAMESPACE = "@backfill/http";

const LIBRARY = "@backfill/http/hook";

/** Resolves what is not the hook's own. */
export const hookModules: Plugin = {
  name: "backfill",
  setup(build) {
    build.onResolve({ filter: /^@backfill\/http($|\/)/ }, ({ path }) => library(path));
    build.onLoad({ filter: /./, namespace: NAMESPACE }, () => ({
      contents: `export const { ${LIBRARY_EXPORTS.join(", ")} } = ${LIBRARY_NAME};`,
    }));
    build.onResolve({ filter: /hook-url\.js$/ }, ({ path }) =>
      path === URL_MODULE ? { path, sideEffects: false } : undefined,
    );
    resolveBuiltins(build);
  },
};

function library(path: string): OnResolveResult {
  if (path === LIBRARY) return { path: "hook", namespace: NAMESPACE, sideEffects: false };
  if (path.startsWith("@backfill/http/assembly"))
    return refusal(`${path} is for hooks in AssemblyScript; use ${LIBRARY}`);
  return refusal(`${path} is the host's library; a hook uses ${LIBRARY}`);
}

const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

/** Node's own modules are refused. A package of the same name is another thing, where one is installed. */
function resolveBuiltins(build: PluginBuild): void {
  const asked = {};
  build.onResolve({ filter: /^[a-z_:/]+$/ }, async ({ path, resolveDir, kind, pluginData }) => {
    const name = path.replace(/^node:/, "");
    if (pluginData === asked || (!BUILTINS.has(name) && name === path)) return undefined;
    if (name === path) {
      const found = await build.resolve(path, { resolveDir, kind, pluginData: asked });
      if (found.errors.length === 0) return found;
    }
    const instead = INSTEAD.get(name.split("/")[0] ?? "");
    const use = instead === undefined ? "" : `; use ${instead} from ${LIBRARY}`;
    return refusal(`${path} is a module of Node, which does not exist in a sandbox${use}`);
  });
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["http", "Http"],
  ["https", "Http"],
  ["http2", "Http"],
  ["crypto", "Crypto or Random"],
  ["timers", "Clock.sleep"],
  ["console", "Log"],
]);

function refusal(text: string): OnResolveResult {
  return { errors: [{ text, detail: "IMPORT" }] };
}
