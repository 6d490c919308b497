import { typeName } from "../config/path.ts";
import { Allowlist, lintEntry } from "../policy/allowlist.ts";
import { redact } from "../policy/redact.ts";
import { LineError, parseLine } from "./lines.ts";

/** What `check` says of one URL. Every key is always there. */
export interface Verdict {
  readonly allowed: boolean;
  readonly canonical: string | null;
  readonly entry: string | null;
  readonly reason: string | null;
  /** The URL's corrected spelling where it has no canonical form; else the entry to write. */
  readonly suggestion: string | null;
}

/** What `check --batch` says of one entry. Every key is always there. */
export interface EntryAnswer {
  readonly valid: boolean;
  readonly canonical: string | null;
  readonly reason: string | null;
  readonly suggestion: string | null;
}

/** The list that `check` asks. */
export interface CheckContext {
  readonly allow: readonly string[];
  readonly internalHosts: readonly string[];
  /** Why the list is empty, where no configuration was found. */
  readonly missing: string | undefined;
}

/** Rules on one URL. Where any entry is invalid, nothing may leave, and the verdict is about that entry. */
export function verdictOf(url: string, { allow, internalHosts, missing }: CheckContext): Verdict {
  for (const entry of allow) {
    const { valid, reason = null, suggestion = null } = lintEntry(entry, { internalHosts });
    if (valid) continue;
    const canonical = Allowlist.compile([]).check(url).canonical ?? null;
    return { allowed: false, canonical, entry: redact(entry), reason: `the entry is invalid: ${reason}`, suggestion };
  }
  const decision = Allowlist.compile(allow, { internalHosts }).check(url);
  const { allowed, canonical = null, entry = null, reason = null, suggestion = null } = decision;
  const because = missing === undefined ? "" : ` (${missing})`;
  return { allowed, canonical, entry, reason: reason && reason + because, suggestion };
}

/** Answers one line of `check --batch`: about a URL, or about an entry. A line that is neither may not leave. */
export function answerLine(line: Uint8Array, context: CheckContext): Verdict | EntryAnswer {
  let entry: unknown;
  try {
    const { fields } = parseLine(line);
    entry = fields["entry"];
    const wanted = entry === undefined ? ["allow", "url"] : ["entry"];
    const unknown = Object.keys(fields).find((name) => !wanted.includes(name));
    if (unknown !== undefined)
      throw new LineError(`${unknown.slice(0, 40)} is a field too many beside ${wanted.join(" and ")}`);
    if (entry === undefined) {
      const url = stringField("url", fields["url"]);
      return verdictOf(
        url,
        fields["allow"] === undefined ? context : { ...context, allow: listField(fields["allow"]), missing: undefined },
      );
    }
    const {
      valid,
      canonical = null,
      reason = null,
      suggestion = null,
    } = lintEntry(stringField("entry", entry), context);
    return { valid, canonical, reason, suggestion };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    const nothing = { canonical: null, reason: error.message, suggestion: null };
    return entry === undefined ? { allowed: false, entry: null, ...nothing } : { valid: false, ...nothing };
  }
}

function stringField(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new LineError(`${name} is ${typeName(value)}, wanted a string`);
}

function listField(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((entry: unknown) => stringField("allow", entry));
}
