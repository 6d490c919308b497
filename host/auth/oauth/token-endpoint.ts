import type {
  AuthorizationServer,
  Client,
  ClientAuth,
  TokenEndpointRequestOptions,
  TokenEndpointResponse,
} from "oauth4webapi";
import {
  authorizationCodeGrantRequest,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  None,
  processGenericTokenEndpointResponse,
  refreshTokenGrantRequest,
  validateAuthResponse,
} from "oauth4webapi";
import { ConfigError } from "../../errors.ts";
import type { Outbound } from "../../door.ts";
import { isToken } from "../authorization.ts";
import { ServerLookup } from "./server-lookup.ts";
import { misconfigured, Refused, refusalOf } from "./token-refusal.ts";
import type { Tokens } from "../store/token-store.ts";

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
  /** Hosts that the server may have although they are not public names. Default none. */
  readonly internalHosts?: readonly string[] | undefined;
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

/** What a person is sent to the authorization server with. */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  /** What ties the answer to this request: unguessable (RFC 6749, section 10.12). */
  readonly state: string;
  /** Of the code verifier, by S256 (RFC 7636, section 4.2). */
  readonly codeChallenge: string;
}

/** What the person came back with, and what the request for it was made of. */
export interface AuthorizationResponse {
  /** The redirect URI as it was called, with its query. */
  readonly callback: URL;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier: string;
}

/** The last instant that a Date can hold. */
const LAST_INSTANT = 8.64e15;

type Ask = (server: AuthorizationServer, options: TokenEndpointRequestOptions) => Promise<Response>;

/**
 * A connector's client at its authorization server. Every request goes through the door, to the server's metadata or
 * its token endpoint. What goes wrong is a refusal: no method rejects.
 */
export class TokenEndpoint {
  readonly #options: OAuthClientOptions;
  readonly #server: ServerLookup;
  readonly #client: Client;
  readonly #authentication: ClientAuth;

  /** @throws ConfigError for an authentication that needs a secret where there is none. */
  constructor(options: OAuthClientOptions, outbound: Pick<Outbound, "openHook">) {
    this.#options = options;
    this.#server = new ServerLookup(options, outbound);
    this.#client = { client_id: options.clientId };
    this.#authentication = authenticationOf(options);
  }

  /** New tokens for a refresh token (RFC 6749, section 6), which stays where the answer brings no other. */
  refresh(refreshToken: string, beforeSend?: BeforeSend): Promise<TokenOutcome> {
    return this.#tokens({
      ask: (server, options) =>
        refreshTokenGrantRequest(server, this.#client, this.#authentication, refreshToken, options),
      secrets: [refreshToken],
      refreshToken,
      beforeSend,
    });
  }

  /** A token of the client's own (RFC 6749, section 4.4). */
  clientCredentials(beforeSend?: BeforeSend): Promise<TokenOutcome> {
    const { scopes } = this.#options;
    const parameters = new URLSearchParams(scopes.length === 0 ? {} : { scope: scopes.join(" ") });
    return this.#tokens({
      ask: (server, options) =>
        clientCredentialsGrantRequest(server, this.#client, this.#authentication, parameters, options),
      secrets: [],
      beforeSend,
    });
  }

  /** Where a person is sent to agree (RFC 6749, section 4.1.1), with PKCE (RFC 7636). */
  async authorizationUrl(request: AuthorizationRequest): Promise<URL | TokenRefusal> {
    try {
      const url = await this.#server.authorizationEndpoint();
      const { clientId, scopes } = this.#options;
      url.searchParams.set("response_type", "code");
      url.searchParams.set("client_id", clientId);
      url.searchParams.set("redirect_uri", request.redirectUri);
      url.searchParams.set("state", request.state);
      url.searchParams.set("code_challenge", request.codeChallenge);
      url.searchParams.set("code_challenge_method", "S256");
      if (scopes.length > 0) url.searchParams.set("scope", scopes.join(" "));
      // OpenID Connect Core, section 11: without it, offline_access is passed over.
      if (scopes.includes("offline_access")) url.searchParams.set("prompt", "consent");
      return url;
    } catch (error) {
      return refusalOf(error, this.#secrets());
    }
  }

  /** The tokens for the code that a person came back with (RFC 6749, section 4.1.3). */
  exchangeCode(response: AuthorizationResponse): Promise<TokenOutcome> {
    const { callback, redirectUri, state, codeVerifier } = response;
    const parameters = new URLSearchParams(callback.searchParams);
    // RFC 9207 compares it with an issuer that is known.
    if (!("issuer" in this.#options.server)) parameters.delete("iss");
    return this.#tokens({
      ask: async (server, options) => {
        const checked = validateAuthResponse(server, this.#client, parameters, state);
        return authorizationCodeGrantRequest(
          server,
          this.#client,
          this.#authentication,
          checked,
          redirectUri,
          codeVerifier,
          options,
        );
      },
      secrets: [codeVerifier, state, ...parameters.getAll("code")],
    });
  }

  /** Ends what is under way as `unavailable`. Nothing is sent any more. */
  close(): Promise<void> {
    return this.#server.close();
  }

  async #tokens(request: {
    readonly ask: Ask;
    /** What is sent, and stands in no message. */
    readonly secrets: readonly string[];
    readonly refreshToken?: string;
    readonly beforeSend?: BeforeSend | undefined;
  }): Promise<TokenOutcome> {
    try {
      const { metadata, door } = await this.#server.found();
      const obtainedAt = Date.now();
      const response = await request.ask(metadata, {
        [customFetch]: (url, init) => door.fetch(url, init, request.beforeSend),
      });
      const answer = await processGenericTokenEndpointResponse(metadata, this.#client, response);
      return { tokens: this.#read(answer, obtainedAt, request.refreshToken), refusal: undefined };
    } catch (error) {
      return { tokens: undefined, refusal: refusalOf(error, this.#secrets(request.secrets)) };
    }
  }

  #read(answer: TokenEndpointResponse, obtainedAt: number, refreshToken: string | undefined): Tokens {
    const { access_token: accessToken, token_type: type, expires_in: seconds } = answer;
    if (type !== "bearer") {
      throw new Refused(misconfigured("the authorization server gave a token of another type than Bearer"));
    }
    if (!isToken(accessToken)) {
      throw new Refused(
        misconfigured("the authorization server gave a token that cannot stand in an Authorization field"),
      );
    }
    const asked = this.#options.scopes.join(" ");
    return {
      accessToken,
      refreshToken: answer.refresh_token ?? refreshToken,
      obtainedAt,
      expiresAt: seconds === undefined ? undefined : Math.min(obtainedAt + Math.floor(seconds * 1000), LAST_INSTANT),
      scope: answer.scope ?? (asked === "" ? undefined : asked),
    };
  }

  #secrets(more: readonly string[] = []): readonly string[] {
    const { clientSecret } = this.#options;
    return clientSecret === undefined ? more : [clientSecret, ...more];
  }
}

function authenticationOf({ authentication, clientSecret }: OAuthClientOptions): ClientAuth {
  if (authentication === "none") return None();
  if (clientSecret === undefined || clientSecret === "") {
    throw new ConfigError("connection.oauth.client.secret", "nothing", `a secret, which ${authentication} needs`);
  }
  return authentication === "client_secret_basic" ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret);
}
