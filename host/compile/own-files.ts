import { existsSync, realpathSync } from "node:fs";
import { dirname, extname, join, sep } from "node:path";
import type { Plugin } from "esbuild";
import { URL_MODULE } from "./hook-modules.ts";

/** What a bundle is made of. Any other file could only be read as text. */
const EXTENSIONS: ReadonlySet<string> = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", ".txt"]);

/**
 * Keeps a build to the hook's project: whoever writes a hook is not who runs the build, and what an import names lands
 * in the bundle, a key file or the build's own environment too.
 */
export function ownFiles(folder: string): Plugin {
  const roots = [projectOf(folder), ...packageFolders(folder)].map((root) => root + sep);
  return {
    name: "own-files",
    setup(build) {
      build.onLoad({ filter: /./, namespace: "file" }, ({ path }) => {
        const real = realpathSync(path);
        if (real === realpathSync.native(URL_MODULE)) return undefined;
        const isOwn = roots.some((root) => real.startsWith(root));
        if (isOwn && EXTENSIONS.has(extname(real).toLowerCase())) return undefined;
        const text = isOwn
          ? "only TypeScript, JavaScript, .json and .txt can be imported"
          : `the file is outside the hook's project, ${roots[0] ?? ""}, and its node_modules`;
        return { errors: [{ text, detail: "IMPORT" }] };
      });
    },
  };
}

/** The nearest folder with a package.json; the hook's own where there is none. */
function projectOf(folder: string): string {
  const real = realpathSync(folder);
  return ancestors(real).find((one) => existsSync(join(one, "package.json"))) ?? real;
}

/** Where packages are found from there, as Node looks for them. */
function packageFolders(folder: string): string[] {
  return ancestors(realpathSync(folder))
    .map((one) => join(one, "node_modules"))
    .filter((one) => existsSync(one))
    .map((one) => realpathSync(one));
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
