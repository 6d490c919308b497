import { memoryTokenStore } from "../auth/store/memory-store.ts";
import type { RenewalGrant } from "../auth/oauth/refresh.ts";
import type { TokenStore } from "../auth/store/token-store.ts";
import type { BackfillConfig } from "../config/config.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { resolveConnector } from "../config/resolve-connector.ts";
import { openTokens } from "../config/tokens.ts";
import { ConfigError } from "../errors.ts";
import type { Outbound } from "../outbound.ts";
import { ConnectorOAuth } from "./connector-oauth.ts";

/** The connectors of a runtime, and the store they share, which is opened when the first of them needs it. */
export class Connectors {
  readonly #config: BackfillConfig;
  readonly #outbound: Outbound;
  readonly #given: TokenStore | undefined;
  readonly #opened: Map<ConnectorConfig, Promise<ConnectorOAuth | undefined>> = new Map();
  #own: Promise<TokenStore | undefined> | undefined;
  #memory: TokenStore | undefined;

  constructor(config: BackfillConfig, outbound: Outbound, given: TokenStore | undefined) {
    this.#config = config;
    this.#outbound = outbound;
    this.#given = given;
  }

  /**
   * The OAuth of a connector; undefined where its manifest declares none. The same manifest has the same one.
   *
   * @throws ConfigError for a manifest that cannot be used, or where there is no store for it. TokenStoreError where the
   * store cannot be opened.
   */
  open(connector: ConnectorConfig): Promise<ConnectorOAuth | undefined> {
    let opened = this.#opened.get(connector);
    if (opened === undefined) {
      opened = this.#open(connector);
      this.#opened.set(connector, opened);
      opened.catch(() => this.#opened.delete(connector));
    }
    return opened;
  }

  /** Resolves when no refresh is under way any more. A store that was given stays open. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value?.close() : undefined)));
    const own = await this.#own?.catch(() => undefined);
    await own?.close();
  }

  async #open(connector: ConnectorConfig): Promise<ConnectorOAuth | undefined> {
    const { internalHosts = [] } = this.#config;
    const { oauth } = await resolveConnector(connector, { internalHosts });
    if (oauth === undefined) return undefined;
    const store = await this.#store(oauth.options.grant);
    return new ConnectorOAuth({
      client: oauth.options,
      allowlist: oauth.allowlist,
      store,
      outbound: this.#outbound,
    });
  }

  async #store(grant: RenewalGrant): Promise<TokenStore> {
    if (this.#given !== undefined) return this.#given;
    this.#own ??= openTokens(this.#config);
    const own = await this.#own.catch((error: unknown) => {
      this.#own = undefined;
      throw error;
    });
    if (own !== undefined) return own;
    // What a client gets for itself it can get again after a restart.
    if (grant === "client_credentials") return (this.#memory ??= memoryTokenStore());
    throw new ConfigError(
      "tokens",
      "nothing",
      'where connections are kept, as in { file: "tokens.db", key: { env: "TOKENS_KEY" } }: a connector declares connection.oauth',
    );
  }
}
