import type { OAuthClientOptions } from "../auth/oauth/token-endpoint.ts";
import { Allowlist, type AllowlistOptions } from "../policy/allowlist.ts";
import { checkConnector } from "./check-connector.ts";
import type { ConnectorConfig, OAuthConfig, OAuthServerConfig } from "./connector.ts";
import { readRequired } from "./source.ts";

/** A connector that can be run: its client's secret is read and its entries are compiled. */
export interface ResolvedConnector {
  readonly name: string;
  /** Undefined where the manifest declares no `connection.oauth`. */
  readonly oauth: ResolvedOAuth | undefined;
}

/** The OAuth of a {@link ResolvedConnector}. */
export interface ResolvedOAuth {
  readonly options: OAuthClientOptions;
  /** Where the tokens may go: `connection.oauth.for`. */
  readonly allowlist: Allowlist;
}

/**
 * Checks a manifest, reads its client's secret and compiles its entries. `internalHosts` are those of the
 * configuration.
 *
 * @throws ConfigError for a manifest that cannot be used, or a secret that cannot be read. It never holds the secret.
 */
export async function resolveConnector(
  connector: ConnectorConfig,
  options: AllowlistOptions = {},
): Promise<ResolvedConnector> {
  const { name, connection } = checkConnector(connector, undefined, options);
  const oauth = connection?.oauth;
  if (oauth === undefined) return { name, oauth };
  return {
    name,
    oauth: { options: await clientOf(name, oauth, options), allowlist: Allowlist.compile(oauth.for, options) },
  };
}

async function clientOf(
  connector: string,
  oauth: OAuthConfig,
  { internalHosts }: AllowlistOptions,
): Promise<OAuthClientOptions> {
  const { client, grant = "refresh_token", scopes = [] } = oauth;
  const { id, secret, authentication = secret === undefined ? "none" : "client_secret_basic" } = client;
  const place = "connection.oauth.client.secret";
  return {
    connector,
    server: serverOf(oauth),
    clientId: id,
    clientSecret: secret && (await readRequired(place, secret, "the client's secret")),
    authentication,
    grant,
    scopes,
    internalHosts,
  };
}

function serverOf({ issuer, tokenEndpoint, authorizationEndpoint }: OAuthServerConfig): OAuthClientOptions["server"] {
  return issuer === undefined ? { tokenEndpoint, authorizationEndpoint } : { issuer };
}
