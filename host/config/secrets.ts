import { readFile } from "node:fs/promises";
import { SealedSecret } from "../auth/sealed.ts";
import { ConfigError } from "../errors.ts";
import type { BackfillConfig, SecretDeclaration } from "./config.ts";
import { nearest } from "./nearest.ts";
import { member, typeName } from "./path.ts";

const SOURCES = ["value", "env", "file"] as const;
const KEYS: readonly string[] = [...SOURCES, "for", "scrub"];

/** Checks the form of one declaration. Throws `ConfigError`, without the value. */
export function checkSecret(name: string, declared: unknown): void {
  const place = member("secrets", name);
  if (declared === undefined || typeof declared === "string") return;
  if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
    throw new ConfigError(place, typeName(declared), 'a string, undefined for none, or as in { env: "API_KEY" }');
  }
  for (const key of Object.keys(declared)) {
    if (KEYS.includes(key)) continue;
    const meant = nearest(key, KEYS);
    const hint = meant === undefined ? "" : `; did you mean ${member(place, meant)}?`;
    throw new ConfigError(member(place, key), "an unknown key", `one of ${KEYS.join(", ")}${hint}`);
  }
  const given = SOURCES.filter((source) => Object.hasOwn(declared, source));
  if (given.length !== 1) {
    throw new ConfigError(
      place,
      given.length === 0 ? "no source" : given.join(" and "),
      `one of ${SOURCES.join(", ")}`,
    );
  }
  const secret = declared as Record<string, unknown>;
  expect(place, secret, "env", ["string"]);
  expect(place, secret, "file", ["string"]);
  expect(place, secret, "value", ["string", "undefined", "function"]);
  expect(place, secret, "scrub", ["boolean", "undefined"]);
  if (secret["for"] !== undefined && !isStrings(secret["for"])) {
    throw new ConfigError(member(place, "for"), typeName(secret["for"]), "an array of entries");
  }
}

function expect(place: string, secret: Record<string, unknown>, key: string, types: readonly string[]): void {
  if (!Object.hasOwn(secret, key) || types.includes(typeof secret[key])) return;
  throw new ConfigError(member(place, key), typeName(secret[key]), `a ${types.join(" or ")}`);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Checks what a secret is bound to, also where its value is not there yet. Throws `ConfigError`. */
export function checkBinding(name: string, declared: SecretDeclaration, internalHosts: readonly string[]): void {
  if (typeof declared !== "object" || declared.for === undefined) return;
  SealedSecret.seal(name, "a stand-in for the value", { for: declared.for, internalHosts });
}

/** What `Secrets.get` gives: real values, and secrets whose value the guest never sees. */
export interface ResolvedSecrets {
  readonly plain: ReadonlyMap<string, string>;
  readonly sealed: ReadonlyMap<string, SealedSecret>;
}

/**
 * Reads every declared secret from its source.
 *
 * @throws ConfigError for a source that cannot be read, or a value that cannot be sealed. It never holds the value.
 */
export async function resolveSecrets({ secrets = {}, internalHosts = [] }: BackfillConfig): Promise<ResolvedSecrets> {
  const plain = new Map<string, string>();
  const sealed = new Map<string, SealedSecret>();
  for (const [name, declared] of Object.entries(secrets)) {
    const value = await valueOf(name, declared);
    if (value === undefined) continue;
    if (typeof declared !== "object" || declared.for === undefined) {
      plain.set(name, value);
    } else {
      const { for: entries, scrub = true } = declared;
      sealed.set(name, SealedSecret.seal(name, value, { for: entries, scrub, internalHosts }));
    }
  }
  return { plain, sealed };
}

async function valueOf(name: string, declared: SecretDeclaration): Promise<string | undefined> {
  if (typeof declared !== "object") return declared;
  if ("env" in declared) return process.env[declared.env];
  if ("file" in declared) return fileValue(name, declared.file);
  if (typeof declared.value !== "function") return declared.value;
  const value: unknown = await declared.value();
  if (value === undefined || typeof value === "string") return value;
  throw new ConfigError(`${member("secrets", name)}.value()`, `a ${typeof value}`, "a string or undefined");
}

/** One line break at the end of a file is the editor's, not the secret's. */
async function fileValue(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`${member("secrets", name)}.file`, `${file} (${code})`, "a file that can be read", { cause });
  }
}
