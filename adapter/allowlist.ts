// The allowlist: entries that the build has checked and written in canonical form (host/policy/match.ts).

import { holdsSlash } from "./path";
import { Target } from "./url";

const WILDCARD: string = "*";

@final
class Entry {
  constructor(
    public authority: string,
    /** The path, cut at its slashes. */
    public segments: string[],
  ) {}
}

let entries: Entry[] = [];

/** Takes the entries, as `api.example.com/v1/*`, one a line. */
export function setEntries(text: string): void {
  entries = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; ++i) {
    const slash = lines[i].indexOf("/");
    if (slash < 0) continue;
    entries.push(new Entry(lines[i].substring(0, slash), lines[i].substring(slash + 1).split("/")));
  }
}

/** Whether an entry matches. */
export function isAllowed(target: Target): bool {
  const segments = target.path.substring(1).split("/");
  for (let i = 0; i < entries.length; ++i) {
    if (entries[i].authority == target.authority && matches(entries[i].segments, segments)) return true;
  }
  return false;
}

/**
 * As the last segment `*` stands for one segment or more, or for the empty one after the slash; elsewhere for exactly one
 * that is not empty and holds no encoded slash. Everything else stands for itself.
 */
function matches(entry: string[], path: string[]): bool {
  const isOpen = entry[entry.length - 1] == WILDCARD;
  const fixed = isOpen ? entry.length - 1 : entry.length;
  if (isOpen ? path.length <= fixed : path.length != fixed) return false;
  for (let i = 0; i < fixed; ++i) {
    const segment = path[i];
    if (entry[i] == WILDCARD ? segment.length == 0 || holdsSlash(segment) : entry[i] != segment) return false;
  }
  return true;
}
