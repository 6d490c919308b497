import type { ClientAuthentication } from "../auth/oauth/token-endpoint.ts";
import type { SecretSource } from "./config.ts";

/**
 * A connector's manifest, `connector.config.ts`: which hooks it is made of, and whose OAuth tokens they may use. It is
 * the operator's code, as `backfill.config.ts` is: it is executed, and trusted. It opens nothing: what its hooks may
 * reach is in `permissions.http`.
 */
export interface ConnectorConfig {
  /** What its connections are stored under: lower-case letters, digits and hyphens, 1 to 63, the first a letter. */
  readonly name: string;
  /** What it needs of a customer. Default: nothing. */
  readonly connection?: {
    /** Where the tokens of `auth.oauth` come from. Without it that fails with `auth-unavailable`. */
    readonly oauth?: OAuthConfig;
  };
  /** Its hooks, by the route's name: letters, digits, `.`, `_` and `-`, 1 to 63, the first a letter. */
  readonly routes: Readonly<Record<string, RouteConfig>>;
}

/** One hook of a connector. */
export interface RouteConfig {
  /** The hook's source or component: a path from the manifest's folder. */
  readonly hook: string;
}

/** A connector's side of OAuth, and where its tokens may go. */
export type OAuthConfig = OAuthServerConfig & {
  readonly client: OAuthClientConfig;
  /**
   * `refresh_token` (default): a person connects once, with `backfill connect`. `client_credentials`: the client acts
   * for itself, and nobody connects (RFC 6749, section 4.4).
   */
  readonly grant?: "refresh_token" | "client_credentials";
  /** What is asked for (RFC 6749, section 3.3). Default: what the server gives. */
  readonly scopes?: readonly string[];
  /**
   * Where the token may go, in the spelling of `permissions.http`; at least one entry. It goes only where both
   * `permissions.http` and this allow.
   */
  readonly for: readonly string[];
};

/** The authorization server: an issuer, whose metadata names the endpoints, or the endpoints themselves. */
export type OAuthServerConfig =
  | {
      /** An `https` URL without query and fragment, as its metadata spells it (RFC 8414, section 2). */
      readonly issuer: string;
      readonly tokenEndpoint?: undefined;
      readonly authorizationEndpoint?: undefined;
    }
  | {
      readonly issuer?: undefined;
      /** An `https` URL (RFC 6749, section 3.2). */
      readonly tokenEndpoint: string;
      /** Where a person is sent to connect: an `https` URL (RFC 6749, section 3.1). */
      readonly authorizationEndpoint?: string;
    };

/** What the authorization server knows the connector as. */
export interface OAuthClientConfig {
  readonly id: string;
  /** Default: none, for a public client. */
  readonly secret?: SecretSource;
  /** How it shows who it is. Default: `client_secret_basic` with a secret, `none` without. */
  readonly authentication?: ClientAuthentication;
}

/** Types a `connector.config.ts`: `export default defineConnector({ … })`. Returns it as it is. */
export function defineConnector(connector: ConnectorConfig): ConnectorConfig {
  return connector;
}
