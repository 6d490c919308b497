import type { Outbound } from "../outbound.ts";
import type { Allowlist } from "../policy/allowlist.ts";
import { Connections } from "../auth/oauth/connections.ts";
import type { OAuthConnection, TokenKeeper, UsedTokens } from "../auth/oauth/oauth-connection.ts";
import { Refresher } from "../auth/oauth/refresh.ts";
import { TokenEndpoint, type OAuthClientOptions } from "../auth/oauth/token-endpoint.ts";
import type { TokenStore } from "../auth/store/token-store.ts";

/** What a {@link ConnectorOAuth} is made with. */
export interface ConnectorOAuthOptions {
  readonly client: OAuthClientOptions;
  /** Where the tokens may go: `connection.oauth.for`. */
  readonly allowlist: Allowlist;
  readonly store: TokenStore;
  /** The door that the token endpoint is asked through. */
  readonly outbound: Outbound;
}

/** The OAuth of one connector: its token endpoint, and its connections. */
export class ConnectorOAuth implements TokenKeeper {
  /** Where the tokens may go. */
  readonly entries: readonly string[];
  readonly #endpoint: TokenEndpoint;
  readonly #refresher: Refresher;
  readonly #connections: Connections;

  constructor({ client, allowlist, outbound, store }: ConnectorOAuthOptions) {
    const { connector, grant } = client;
    this.entries = allowlist.entries;
    this.#endpoint = new TokenEndpoint(client, outbound);
    this.#refresher = new Refresher({ connector, grant, store, source: this.#endpoint });
    this.#connections = new Connections(connector, allowlist, this.#refresher);
  }

  /** The connection of that name, whether or not it exists. */
  connection(connection: string): OAuthConnection {
    return this.#connections.connection(connection);
  }

  /** Tokens for a call of another thread, as in {@link TokenKeeper}. */
  tokens(connection: string, minimum: number): Promise<UsedTokens> {
    return this.#refresher.tokens(connection, minimum);
  }

  /** Resolves when no refresh is under way any more and its connections are closed. */
  async close(): Promise<void> {
    await this.#refresher.close();
    await this.#endpoint.close();
  }
}
