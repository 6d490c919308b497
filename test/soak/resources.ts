import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds. */
export interface Resources {
  /** Open file descriptors; undefined where the system does not list them. */
  readonly descriptors: number | undefined;
  /** What keeps the event loop alive, by kind: sockets, timers, queries. */
  readonly active: Readonly<Record<string, number>>;
  /** Bytes after a collection. */
  readonly heap: number;
  /** Bytes outside the heap, those of array buffers included. */
  readonly external: number;
}

const DESCRIPTORS = "/proc/self/fd";
/** A handle is freed some turns of the event loop after its buffers. */
const COLLECTIONS = 5;

/** Collects garbage, and takes stock. */
export async function takeStock(): Promise<Resources> {
  for (let i = 0; i < COLLECTIONS; i++) {
    collectAll();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    descriptors: existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS).length : undefined,
    active: countByKind(process.getActiveResourcesInfo()),
    heap: heapUsed,
    external,
  };
}

/** Collects garbage now, whatever the process was started with. */
export const collectGarbage: () => void = createCollector("");

/** As far as V8 goes when memory runs out: compiled code that is not in use is garbage too. */
const collectAll: () => void = createCollector("{ type: 'major', flavor: 'last-resort' }");

function createCollector(how: string): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext(`() => gc(${how})`) as () => void;
}

function countByKind(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/**
 * What a process holds more of than before, in words. Descriptors and handles are counted to the last one;
 * memory may grow by `bytes`, for the engine's own code and caches grow with what has run.
 */
export function growthOf(before: Resources, after: Resources, bytes: number): readonly string[] {
  const growth: string[] = [];
  const compare = (what: string, was: number, is: number, may: number): void => {
    if (is - was > may) growth.push(`${what}: ${was} before, ${is} after, and ${may} more are allowed`);
  };
  if (before.descriptors !== undefined && after.descriptors !== undefined) {
    compare("file descriptors", before.descriptors, after.descriptors, 0);
  }
  for (const [kind, count] of Object.entries(after.active)) compare(kind, before.active[kind] ?? 0, count, 0);
  compare("bytes of heap", before.heap, after.heap, bytes);
  compare("bytes outside the heap", before.external, after.external, bytes);
  return growth;
}
