import type { Allowlist } from "../../policy/allowlist.ts";
import { OAuthConnection, type TokenKeeper } from "./oauth-connection.ts";

/** Connections remembered at once: only what was last seen of each, which is learnt anew. */
const REMEMBERED = 1024;

/** The connections of one connector. */
export class Connections {
  readonly #connector: string;
  readonly #allowlist: Allowlist;
  readonly #keeper: TokenKeeper;
  /** The one used last is at the end. */
  readonly #known: Map<string, OAuthConnection> = new Map();

  /** @param allowlist - Where the tokens may go: `connection.oauth.for`. */
  constructor(connector: string, allowlist: Allowlist, keeper: TokenKeeper) {
    this.#connector = connector;
    this.#allowlist = allowlist;
    this.#keeper = keeper;
  }

  /** The connection of that name, whether or not it exists. */
  connection(connection: string): OAuthConnection {
    const key = { connector: this.#connector, connection };
    const known = this.#known.get(connection) ?? new OAuthConnection(key, this.#allowlist, this.#keeper);
    this.#known.delete(connection);
    this.#known.set(connection, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    return known;
  }
}
