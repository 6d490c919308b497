import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { isPlainObject, pathOf, typeName } from "../config/path.ts";
import { BackfillError, FAILURE_CODES, PHASES } from "../errors.ts";
import type { AnswerFailure } from "./answers.ts";
import type { HarField } from "./har.ts";

/** One recorded exchange: what a replay reads of it. */
export interface RecordedEntry {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: {
    readonly status: number;
    readonly headers: readonly HarField[];
    readonly content: { readonly text?: string | undefined; readonly encoding?: string | undefined };
  };
  readonly _error?: AnswerFailure | undefined;
}

const text = v.string("a string");
const fields = v.array(object("a name and a value", { name: text, value: text }), "an array of names and values");

const entrySchema = object("an entry", {
  request: object("a request", { method: text, url: text }),
  response: object("a response", {
    status: v.number("a number"),
    headers: fields,
    content: object("an object", { text: v.optional(text), encoding: v.optional(text) }),
  }),
  _error: v.optional(
    object("a failure", {
      code: v.picklist(FAILURE_CODES, "a failure's code"),
      phase: v.picklist(PHASES, "a phase"),
      message: text,
      requestMayHaveBeenSent: v.optional(v.boolean("true or false"), false),
    }),
  ),
});

const harSchema = object("a HAR recording, as in { log: … }", {
  log: object("a HAR log", {
    version: v.literal("1.2", '"1.2"'),
    entries: v.array(entrySchema, "an array of entries"),
  }),
});

/** An object with at least these members: others than this package write HAR too. */
function object(wanted: string, entries: v.ObjectEntries): v.GenericSchema<unknown> {
  const missing = ({ path }: v.ObjectIssue): string =>
    (entries[String(path?.at(-1)?.key)] as { readonly message?: string } | undefined)?.message ?? wanted;
  return v.pipe(v.custom<object>(isPlainObject, wanted), v.object(entries, missing));
}

/** Reads a HAR 1.2 file. Throws `BackfillError` with the file and what is wrong in it; it quotes nothing of it. */
export async function readHar(file: string | URL): Promise<readonly RecordedEntry[]> {
  const shown = relative(".", file instanceof URL ? fileURLToPath(file) : file);
  const result = v.safeParse(harSchema, parse(await read(file, shown), shown));
  if (result.success) return (result.output as { log: { entries: RecordedEntry[] } }).log.entries;
  const [{ path = [], input, message }] = result.issues;
  const place = pathOf(path.map(({ key }) => key));
  throw bad(shown, `${place === "" ? "" : `${place}: `}got ${gotOf(place, input)}, wanted ${message}`);
}

async function read(file: string | URL, shown: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    throw new BackfillError("BACKFILL_NO_FILE", `${shown}: ${what}`, { cause });
  }
}

/** Some developer tools begin the file with a byte order mark. */
function parse(json: string, shown: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    throw bad(shown, "the file is not JSON, which HAR is");
  }
}

/** Of the version alone the value is shown: everything else may be what was recorded. */
function gotOf(place: string, input: unknown): string {
  return place === "log.version" && typeof input === "string" ? JSON.stringify(input.slice(0, 20)) : typeName(input);
}

function bad(shown: string, what: string): BackfillError {
  return new BackfillError("BACKFILL_HAR", `${shown}: ${what}`);
}
