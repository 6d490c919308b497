import { PARSE_AND_SUM, type JsonRow } from "../json-rows.ts";
import { document } from "./document.ts";
import { backfillGuest, jsonAsGuest, type Task } from "./guest.ts";
import * as javascript from "./javascript.ts";

const TASKS: ReadonlyMap<Task, string> = new Map([
  ["sum", PARSE_AND_SUM],
  ["walk", "parse and walk everything"],
]);
const SIZES: readonly (readonly [name: string, bytes: number, rounds: number])[] = [
  ["100 KB", 100_000, 400],
  ["1 MB", 1_000_000, 120],
];
/** This package's own library. */
const OWN = "backfill";

/**
 * Measures V8's `JSON.parse`, twice to say how noisy it all is, this package's library and, where it is installed,
 * json-as. A guest has an instance of its own for every document, as the first event of a hook has, with the document
 * in its memory; V8 begins with a string. All take turns in one process. `smoke` only sees to it that all of it works
 * and comes to the same results.
 */
export async function jsonRows({ smoke = false }: { readonly smoke?: boolean } = {}): Promise<readonly JsonRow[]> {
  const own = await backfillGuest();
  const jsonAs = await jsonAsGuest();
  const rows: JsonRow[] = [];
  for (const [task, words] of TASKS) {
    for (const [name, size, rounds] of SIZES) {
      const text = document(size);
      const v8 = (): (() => number) => () => javascript[task](text);
      const candidates = new Map([
        ["V8", v8],
        ["V8 again", v8],
        [OWN, () => own.prepare(text, task)],
      ]);
      if (jsonAs !== undefined) candidates.set("json-as, dynamic", () => jsonAs.prepare(text, task));
      const times = measured(candidates, smoke ? 2 : rounds);
      const base = times.get("V8") ?? Number.NaN;
      for (const [library, time] of times) {
        rows.push({
          name: `${library}: ${words}`,
          document: name,
          megabytesPerSecond: Buffer.byteLength(text) / time / 1000,
          share: base / time,
          isTarget: library === OWN && task === "sum",
        });
      }
    }
  }
  return rows;
}

/** The median of each, in milliseconds. */
function measured(candidates: ReadonlyMap<string, () => () => number>, rounds: number): ReadonlyMap<string, number> {
  const times = new Map([...candidates.keys()].map((name): [string, number[]] => [name, []]));
  const results = new Set<number>();
  // The first third warms up. Every other round goes backwards, so that nobody always runs after the same one.
  for (let round = -Math.ceil(rounds / 2); round < rounds; round++) {
    for (const [name, prepare] of round % 2 === 0 ? candidates : [...candidates].toReversed()) {
      const run = prepare();
      const start = performance.now();
      results.add(run());
      const time = performance.now() - start;
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  if (results.size !== 1) throw new Error(`the results differ: ${[...results].join(", ")}`);
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
