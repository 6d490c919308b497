import type { Tokens } from "./token-store.ts";

/** How a connector's client shows the authorization server who it is (RFC 6749, section 2.3). */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post" | "none";

/** A connector's side of OAuth, with its secret read. */
export interface OAuthClientOptions {
  readonly connector: string;
  /** Either an issuer, whose metadata is looked up (RFC 8414, OpenID Connect Discovery), or the endpoints themselves. */
  readonly server:
    | { readonly issuer: string }
    | { readonly tokenEndpoint: string; readonly authorizationEndpoint: string | undefined };
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined;
  readonly authentication: ClientAuthentication;
  readonly grant: "refresh_token" | "client_credentials";
  readonly scopes: readonly string[];
}

/** Why the token endpoint gave no tokens. */
export interface TokenRefusal {
  /**
   * `invalid-grant`: the grant is gone for good. `unavailable`: the network, a 429 or a 5xx; a later try may succeed.
   * `misconfigured`: the server refuses the client or the request, or sent what is no token response.
   */
  readonly kind: "invalid-grant" | "unavailable" | "misconfigured";
  /** For people. Never holds a token or a secret. */
  readonly message: string;
  /** An errno, an OAuth error code or a failure code; for logs. */
  readonly detail: string | undefined;
  /** Milliseconds that the server asks to be left alone for (Retry-After). */
  readonly retryAfter: number | undefined;
}

/** What a request to the token endpoint ended in: exactly one is defined. */
export type TokenOutcome =
  | { readonly tokens: Tokens; readonly refusal: undefined }
  | { readonly tokens: undefined; readonly refusal: TokenRefusal };

/** Awaited after the connection to the token endpoint stands, before the first byte of the request is written. */
export type BeforeSend = () => Promise<void>;
