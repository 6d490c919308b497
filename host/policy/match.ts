import { holdsSlash } from "./path.ts";

/** What stands for a whole segment in an entry's path. */
export const WILDCARD = "*";

/**
 * Where the segments of a request's path stop matching those of an entry, as an index; -1 where they match.
 * As the last segment `*` stands for one segment or more, or for the empty one after the slash; elsewhere for
 * exactly one that is not empty and holds no encoded slash. Everything else stands for itself, byte for byte.
 */
export function mismatchAt(entry: readonly string[], path: readonly string[]): number {
  const open = entry.at(-1) === WILDCARD;
  const fixed = open ? entry.length - 1 : entry.length;
  for (let i = 0; i < fixed; i += 1) {
    const segment = path[i];
    if (segment === undefined) return i;
    if (entry[i] === WILDCARD ? segment === "" || holdsSlash(segment) : entry[i] !== segment) return i;
  }
  const more = path.length > fixed;
  return more === open ? -1 : fixed;
}
