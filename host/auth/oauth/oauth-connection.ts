import type { AccessToken, TokenGiver } from "../../door.ts";
import { HttpFailure } from "../../errors.ts";
import type { Allowlist } from "../../policy/allowlist.ts";
import type { Target } from "../../policy/decision.ts";
import { Scrubber } from "../seal/scrub.ts";
import { MIN_SEALED_BYTES } from "../seal/sealed.ts";
import type { ConnectionKey, Tokens } from "../store/token-store.ts";

/** Tokens that servers may still send back: the one in use, and those it took the place of while calls were under way. */
const SCRUBBED_TOKENS = 3;

/** What is used of the tokens of a connection. */
export type UsedTokens = Pick<Tokens, "accessToken" | "obtainedAt">;

/** Where the tokens of a connector's connections come from. */
export interface TokenKeeper {
  /**
   * Tokens that live for `minimum` milliseconds more, as in {@link TokenGiver.token}.
   *
   * @throws HttpFailure as there.
   */
  tokens(connection: string, minimum: number): Promise<UsedTokens>;
}

/** One connection of a connector, as `auth.oauth` uses it. */
export class OAuthConnection implements TokenGiver {
  readonly #key: ConnectionKey;
  readonly #allowlist: Allowlist;
  readonly #keeper: TokenKeeper;
  #recent: readonly string[] = [];
  #scrubber: Scrubber | undefined;

  /** @param allowlist - Where the tokens may go: `connection.oauth.for`. */
  constructor(key: ConnectionKey, allowlist: Allowlist, keeper: TokenKeeper) {
    this.#key = key;
    this.#allowlist = allowlist;
    this.#keeper = keeper;
  }

  get scrubber(): Scrubber | undefined {
    return this.#scrubber;
  }

  checkBound({ origin, path, requestTarget }: Target): void {
    const { allowed, suggestion } = this.#allowlist.check(origin + requestTarget);
    if (allowed) return;
    const remedy =
      suggestion === undefined ? "" : ` To allow it, add ${JSON.stringify(suggestion)} to connection.oauth.for.`;
    throw new HttpFailure({
      code: "auth-unavailable",
      phase: "auth",
      message: `The token of connector ${this.#key.connector} may not go to ${origin}${path}: it is bound to ${this.#allowlist.entries.join(", ")}.${remedy}`,
    });
  }

  async token(minimum: number): Promise<AccessToken> {
    const { accessToken, obtainedAt } = await this.#keeper.tokens(this.#key.connection, minimum);
    if (!this.#recent.includes(accessToken) && accessToken.length >= MIN_SEALED_BYTES) {
      this.#recent = [accessToken, ...this.#recent].slice(0, SCRUBBED_TOKENS);
      this.#scrubber = Scrubber.ofValues(this.#recent);
    }
    return {
      value: accessToken,
      age: Math.max(0, (Date.now() - obtainedAt) / 1000),
      scrubber: this.#scrubber,
    };
  }
}
