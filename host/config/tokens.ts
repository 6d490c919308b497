import type { TokenStore } from "../auth/store/token-store.ts";
import { ConfigError } from "../errors.ts";
import type { BackfillConfig, SecretSource, TokensOptions } from "./config.ts";
import { checkSource, readRequired } from "./source.ts";

const WANTED_KEY = "32 bytes in base64 or hex; make a key with: openssl rand -base64 32";

/** Checks the form of the keys' sources. Throws `ConfigError`, without a key. */
export function checkTokens({ key, previousKeys = [] }: TokensOptions): void {
  for (const [place, source] of placesOf(key, previousKeys)) checkSource(place, source);
}

/**
 * Reads the keys and opens the store that a configuration names; undefined where it names none.
 *
 * @throws ConfigError for a key that cannot be read or used, without the key. TokenStoreError where the file cannot be
 * used.
 */
export async function openTokens({ tokens }: BackfillConfig): Promise<TokenStore | undefined> {
  if (tokens === undefined) return undefined;
  const { file, key, previousKeys = [] } = tokens;
  // What keeps no tokens need not load SQLite.
  const [{ openTokenStore }, { parseStoreKey }] = await Promise.all([
    import("../auth/store/sqlite-store.ts"),
    import("../auth/store/store-keys.ts"),
  ]);
  const keys: Uint8Array[] = [];
  for (const [place, source] of placesOf(key, previousKeys)) {
    const parsed = parseStoreKey(await readRequired(place, source, WANTED_KEY));
    if (parsed === undefined) throw new ConfigError(place, "text that is no key", WANTED_KEY);
    keys.push(parsed);
  }
  return openTokenStore({ file, keys });
}

function placesOf(key: SecretSource, previousKeys: readonly SecretSource[]): (readonly [string, SecretSource])[] {
  return [["tokens.key", key], ...previousKeys.map((source, i) => [`tokens.previousKeys[${i}]`, source] as const)];
}
