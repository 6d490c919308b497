import type { Outbound } from "../outbound.ts";
import type { Allowlist } from "../policy/allowlist.ts";
import { OAuthConnection } from "../auth/oauth/oauth-connection.ts";
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

/** Connections remembered at once: only what was last seen of each, which is learnt anew. */
const REMEMBERED = 1024;

/** The OAuth of one connector: its token endpoint, and its connections. */
export class ConnectorOAuth {
  readonly #options: ConnectorOAuthOptions;
  readonly #endpoint: TokenEndpoint;
  readonly #refresher: Refresher;
  /** The one used last is at the end. */
  readonly #connections: Map<string, OAuthConnection> = new Map();

  constructor(options: ConnectorOAuthOptions) {
    const { client, outbound, store } = options;
    const { connector, grant } = client;
    this.#options = options;
    this.#endpoint = new TokenEndpoint(client, outbound);
    this.#refresher = new Refresher({ connector, grant, store, source: this.#endpoint });
  }

  /** The connection of that name, whether or not it exists. */
  connection(connection: string): OAuthConnection {
    const { client, allowlist } = this.#options;
    const key = { connector: client.connector, connection };
    const known = this.#connections.get(connection) ?? new OAuthConnection(key, allowlist, this.#refresher);
    this.#connections.delete(connection);
    this.#connections.set(connection, known);
    for (const oldest of this.#connections.keys()) {
      if (this.#connections.size <= REMEMBERED) break;
      this.#connections.delete(oldest);
    }
    return known;
  }

  /** Resolves when no refresh is under way any more and its connections are closed. */
  async close(): Promise<void> {
    await this.#refresher.close();
    await this.#endpoint.close();
  }
}
