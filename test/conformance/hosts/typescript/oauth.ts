import { memoryTokenStore, type ConnectorConfig, type HookRuntimeOptions } from "../../../../host/index.ts";
import type { OAuthConfig } from "../../runner/protocol.ts";

const NAME = "conformance";
/** A token that is as fresh as this is not renewed, whatever it is asked for. */
const AGE_MS = 60_000;

/** The connector that a case's hook is a route of. */
export function connectorOf({ tokenEndpoint, clientId, clientSecret, for: entries }: OAuthConfig): ConnectorConfig {
  const client = { id: clientId, secret: { value: clientSecret } };
  return { name: NAME, connection: { oauth: { tokenEndpoint, client, for: entries } }, routes: {} };
}

/** A store that holds the connection, if there is one. */
export async function storeOf({ connection }: OAuthConfig): Promise<Pick<HookRuntimeOptions, "tokenStore">> {
  const tokenStore = memoryTokenStore();
  if (connection !== undefined) {
    const { accessToken, refreshToken, expiresIn } = connection;
    const now = Date.now();
    const tokens = {
      accessToken,
      refreshToken,
      obtainedAt: now - AGE_MS,
      expiresAt: now + expiresIn * 1000,
      scope: undefined,
    };
    const record = { grant: NAME, connectedAt: now, tokens, refresh: undefined, reauth: undefined };
    await tokenStore.write({ connector: NAME, connection: "default" }, record, 0);
  }
  return { tokenStore };
}
