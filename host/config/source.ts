import { readFile } from "node:fs/promises";
import { ConfigError } from "../errors.ts";
import type { SecretSource } from "./config.ts";
import { nearest } from "./nearest.ts";
import { isPlainObject, member, typeName } from "./path.ts";

const SOURCES = ["value", "env", "file"] as const;

/** Checks the form of a {@link SecretSource} that may have `more` keys. Throws `ConfigError`, without the value. */
export function checkSource(place: string, declared: unknown, more: readonly string[] = []): void {
  if (!isPlainObject(declared)) throw new ConfigError(place, typeName(declared), 'a source, as in { env: "SECRET" }');
  const source = declared as Record<string, unknown>;
  const known = [...SOURCES, ...more];
  for (const key of Object.keys(source)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const hint = meant === undefined ? "" : `; did you mean ${member(place, meant)}?`;
    throw new ConfigError(member(place, key), "an unknown key", `one of ${known.join(", ")}${hint}`);
  }
  const given = SOURCES.filter((name) => Object.hasOwn(source, name));
  if (given.length !== 1) {
    const got = given.length === 0 ? "no source" : given.join(" and ");
    throw new ConfigError(place, got, `one of ${SOURCES.join(", ")}`);
  }
  checkMember(place, source, "env", ["string"]);
  checkMember(place, source, "file", ["string"]);
  checkMember(place, source, "value", ["string", "undefined", "function"]);
}

/** Checks what type a member has, where it is there. Throws `ConfigError`. */
export function checkMember(
  place: string,
  declared: Readonly<Record<string, unknown>>,
  key: string,
  types: readonly string[],
): void {
  if (!Object.hasOwn(declared, key) || types.includes(typeof declared[key])) return;
  throw new ConfigError(member(place, key), typeName(declared[key]), `a ${types.join(" or ")}`);
}

/**
 * Reads a source; undefined where it has no value.
 *
 * @throws ConfigError for a file that cannot be read, or a function that gives no text. It never holds the value.
 */
export async function readSource(place: string, source: SecretSource): Promise<string | undefined> {
  if ("env" in source) return process.env[source.env];
  if ("file" in source) return readFileSource(place, source.file);
  if (typeof source.value !== "function") return source.value;
  const value: unknown = await source.value();
  if (value === undefined || typeof value === "string") return value;
  throw new ConfigError(`${place}.value()`, `a ${typeof value}`, "a string or undefined");
}

/** Reads a source that must have a value. Throws `ConfigError` as {@link readSource} does, and where it has none. */
export async function readRequired(place: string, source: SecretSource, wanted: string): Promise<string> {
  const value = await readSource(place, source);
  if (value !== undefined && value !== "") return value;
  // The variable is not named: where its value was written in place of its name, that would show it.
  if ("env" in source) throw new ConfigError(`${place}.env`, "a variable that is not set", wanted);
  throw new ConfigError(place, "no value", wanted);
}

/** One line break at the end of a file is the editor's, not the secret's. */
async function readFileSource(place: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`${place}.file`, `${file} (${code})`, "a file that can be read", { cause });
  }
}
