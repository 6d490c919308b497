import { document } from "./document.ts";
import { backfillGuest, jsonAsGuest, type Task } from "./guest.ts";
import * as javascript from "./javascript.ts";

/** One library at one task. */
export interface JsonCell {
  readonly name: string;
  /** Bytes of UTF-8 a microsecond, in the median round. */
  readonly megabytesPerSecond: number;
  /** Its speed as a share of V8's in the same rounds. */
  readonly share: number;
}

/** One task on one document. */
export interface JsonRow {
  readonly task: string;
  readonly documentBytes: number;
  /** V8 first, then V8 against itself, which says how noisy the others are. */
  readonly cells: readonly JsonCell[];
}

const TASKS: ReadonlyMap<Task, string> = new Map([
  ["sum", "parse and sum"],
  ["walk", "parse and walk everything"],
]);
const SIZES: readonly (readonly [bytes: number, rounds: number])[] = [
  [100_000, 400],
  [1_000_000, 120],
];

/**
 * Measures V8's `JSON.parse`, this package's library and, where it is installed, json-as. A guest has an instance of
 * its own for every document, as an event has, with the document in its memory; V8 begins with a string. All take turns
 * in one process. `smoke` says whether it all works and comes to the same result, and measures next to nothing.
 */
export async function jsonRows({ smoke = false }: { readonly smoke?: boolean } = {}): Promise<readonly JsonRow[]> {
  const backfill = await backfillGuest();
  const jsonAs = await jsonAsGuest();
  const rows: JsonRow[] = [];
  for (const [size, rounds] of SIZES) {
    const text = document(size);
    for (const [task, name] of TASKS) {
      const v8 = (): (() => number) => () => javascript[task](text);
      const candidates = new Map([
        ["V8", v8],
        ["V8 again", v8],
        ["backfill", () => backfill.prepare(text, task)],
      ]);
      if (jsonAs !== undefined) candidates.set("json-as dynamic", () => jsonAs.prepare(text, task));
      const documentBytes = Buffer.byteLength(text);
      rows.push({ task: name, documentBytes, cells: measured(candidates, documentBytes, smoke ? 2 : rounds) });
    }
  }
  return rows;
}

function measured(
  candidates: ReadonlyMap<string, () => () => number>,
  documentBytes: number,
  rounds: number,
): readonly JsonCell[] {
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
  const base = median(times.get("V8") ?? []);
  return [...times].map(([name, list]) => {
    const time = median(list);
    return { name, megabytesPerSecond: documentBytes / time / 1000, share: base / time };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The rows as a Markdown table: MB/s and the share of V8. */
export function jsonTable(rows: readonly JsonRow[]): string {
  const names = rows[0]?.cells.map(({ name }) => name) ?? [];
  const lines = rows.map(({ task, documentBytes, cells }) => {
    const size = documentBytes < 500_000 ? "100 KB" : "1 MB";
    const values = cells.map(
      ({ megabytesPerSecond, share }) => `${megabytesPerSecond.toFixed(0)}, ${share.toFixed(2)}`,
    );
    return `| ${[`${task}, ${size}`, ...values].join(" | ")} |`;
  });
  return [`| MB/s, share of V8 | ${names.join(" | ")} |`, `|${"---|".repeat(names.length + 1)}`, ...lines].join("\n");
}
