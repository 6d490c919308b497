import { watch, type FSWatcher, type WatchOptions } from "node:fs";
import { resolve } from "node:path";

/** Milliseconds that a save may take: an editor writes a file in several steps. */
const SETTLE = 20;
/** Folders and files whose changes are no change of a hook. */
const IGNORED = /(?:^|[\\/])(?:node_modules|\.[^\\/]*)(?:[\\/]|$)|\.(?:wasm|har|db)(?:-[^\\/]*)?$/;

/** Else every folder of every package would be watched. The types of Node do not have `ignore` yet. */
const WHAT: Omit<WatchOptions, "encoding"> & { readonly encoding: "utf8"; readonly ignore: RegExp } = {
  encoding: "utf8",
  recursive: true,
  ignore: IGNORED,
};

/**
 * Tells of saved files, together where they are saved together.
 *
 * @param onChange - Given their absolute paths.
 * @returns what stops it.
 */
export function watchFolders(folders: readonly string[], onChange: (files: ReadonlySet<string>) => void): () => void {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    const files = changed;
    changed = new Set();
    onChange(files);
  };
  const watchers: FSWatcher[] = folders.map((folder) =>
    watch(folder, WHAT, (_event, name) => {
      if (name === null || IGNORED.test(name)) return;
      changed.add(resolve(folder, name));
      clearTimeout(timer);
      timer = setTimeout(tell, SETTLE);
    }).on("error", (error: Error) => process.emitWarning(`${folder} is not watched whole: ${error.message}`)),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
