import { existsSync } from "node:fs";
import type { Bench } from "../bench.ts";
import { PARSE_AND_SUM, type JsonRow } from "../json-rows.ts";

/** What `bench/json` exports. */
interface JsonModule {
  readonly jsonRows: (options: { readonly smoke: boolean }) => readonly JsonRow[] | Promise<readonly JsonRow[]>;
}

const MODULE = new URL("../json/index.ts", import.meta.url);

/** JSON in the guest beside V8: a table of its own. */
export async function runJson({ figures, isSmoke, progress }: Bench): Promise<readonly JsonRow[]> {
  if (!existsSync(MODULE)) {
    figures.note(`Skipped: JSON (${PARSE_AND_SUM}). bench/json is not there.`);
    return [];
  }
  progress("json");
  const { jsonRows } = (await import(MODULE.href)) as JsonModule;
  return jsonRows({ smoke: isSmoke });
}
