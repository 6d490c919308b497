// The shape of what operators write: each schema's message is what is wanted in its place, also where nothing stands
// there; that of an unknown key is the list of known ones.
import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { isPlainObject, member, pathOf, typeName } from "./path.ts";

/**
 * Proves that a value has this shape. `whole` is what the value itself is called, as in `the configuration`; `at` are
 * the keys that lead to it.
 *
 * @throws ConfigError at the first fault, an unknown key before any other: it may be the slip of a missing one.
 */
export function proveShape(
  schema: v.GenericSchema<unknown>,
  value: unknown,
  whole: string,
  at: readonly string[] = [],
): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues.find(isUnknownKey) ?? result.issues[0];
  const inner = issue.path?.map(({ key }) => key) ?? [];
  const keys = [...at, ...inner];
  if (!isUnknownKey(issue)) {
    throw new ConfigError(inner.length === 0 ? whole : pathOf(keys), typeName(issue.input), issue.message);
  }
  const known = issue.message.split(", ");
  const meant = nearest(String(keys.at(-1)), known);
  const hint = meant === undefined ? "" : `; did you mean ${member(pathOf(keys.slice(0, -1)), meant)}?`;
  throw new ConfigError(
    pathOf(keys),
    "an unknown key",
    `${known.length === 1 ? "" : "one of "}${issue.message}${hint}`,
  );
}

/** An object with these members and no other. */
export function object(wanted: string, entries: v.ObjectEntries): v.GenericSchema<unknown> {
  const known = Object.keys(entries).join(", ");
  const message = (issue: v.StrictObjectIssue): string =>
    isUnknownKey(issue) ? known : wantedOf(entries[String(issue.path?.at(-1)?.key)]);
  return v.pipe(v.custom<object>(isPlainObject, wanted), v.strictObject(entries, message));
}

/** An array of strings that may be left out. */
export function list(wanted: string, wantedItem: string): v.GenericSchema<string[] | undefined> {
  return v.optional(strings(wanted, wantedItem));
}

/** An array of strings. */
export function strings(wanted: string, wantedItem: string): v.GenericSchema<string[]> {
  return v.array(v.string(wantedItem), wanted);
}

function isUnknownKey({ expected }: Pick<v.BaseIssue<unknown>, "expected">): boolean {
  return expected === "never";
}

function wantedOf(schema: unknown): string {
  return (schema as { readonly message: string }).message;
}
