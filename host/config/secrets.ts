import { SealedSecret } from "../auth/seal/sealed.ts";
import { ConfigError } from "../errors.ts";
import type { BackfillConfig, SecretDeclaration } from "./config.ts";
import { isPlainObject, member, typeName } from "./path.ts";
import { checkMember, checkSource, readSource } from "./source.ts";

/** Checks the form of one declaration. Throws `ConfigError`, without the value. */
export function checkSecret(name: string, declared: unknown): void {
  const place = member("secrets", name);
  if (declared === undefined || typeof declared === "string") return;
  if (!isPlainObject(declared)) {
    throw new ConfigError(place, typeName(declared), 'a string, undefined for none, or as in { env: "API_KEY" }');
  }
  const secret = declared as Record<string, unknown>;
  checkSource(place, secret, ["for", "scrub"]);
  checkMember(place, secret, "scrub", ["boolean", "undefined"]);
  if (secret["for"] !== undefined && !isStrings(secret["for"])) {
    throw new ConfigError(member(place, "for"), typeName(secret["for"]), "an array of entries");
  }
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
    const value = typeof declared === "object" ? await readSource(member("secrets", name), declared) : declared;
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
