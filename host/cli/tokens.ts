import type { TokenStore } from "../auth/store/token-store.ts";
import { CONFIG_FILE, type LoadedConfig } from "../config/load.ts";
import { openTokens } from "../config/tokens.ts";
import { ConfigError } from "../errors.ts";

const LINE = 'tokens: { file: "tokens.db", key: { env: "TOKENS_KEY" } },';
const KEY = "and set TOKENS_KEY to what this prints: openssl rand -base64 32";

/** Opens the store of a configuration that has to name one. Throws `ConfigError` and `TokenStoreError`. */
export async function openStore({ config, file }: LoadedConfig): Promise<TokenStore> {
  const store = await openTokens(config);
  if (store !== undefined) return store;
  if (file !== undefined) {
    throw new ConfigError("tokens", "nothing", `where connections are kept. Add to ${file}:\n  ${LINE}\n${KEY}`);
  }
  throw new ConfigError(
    CONFIG_FILE,
    "no such file",
    `one that says where connections are kept. Write it so:
  import { defineConfig } from "@backfill/http";
  export default defineConfig({
    ${LINE}
  });
${KEY}`,
  );
}
