import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OAuthClientOptions } from "../../host/auth/oauth/token-endpoint.ts";
import { TokenEndpoint } from "../../host/auth/oauth/token-endpoint.ts";
import type { Tokens } from "../../host/auth/store/token-store.ts";
import { ConfigError } from "../../host/errors.ts";
import type { CallRecord, Outbound } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import type { AuthorizationServer, RegisteredClient } from "../support/authorization-server.ts";
import { BASIC, fingerprint, POST, PUBLIC, startAuthorizationServer } from "../support/authorization-server.ts";
import { startAuthorizationServerProcess } from "../support/authorization-server-process.ts";
import { faultOf } from "../support/token-faults.ts";

let server: AuthorizationServer;
let outbound: Outbound;
let calls: CallRecord[];

beforeAll(async () => {
  server = await startAuthorizationServer();
});

afterAll(() => server.close());

beforeEach(() => {
  calls = [];
  outbound = createOutbound({
    development: { resolve: server.resolve, ca: server.ca },
    onCall: (record) => calls.push(record),
  });
});

afterEach(async () => {
  server.fault = undefined;
  await outbound.close();
});

function endpointOf(client: RegisteredClient, options: Partial<OAuthClientOptions> = {}): TokenEndpoint {
  const { id: clientId, secret: clientSecret, authentication } = client;
  const common = { connector: "crm", server: { issuer: server.issuer }, grant: "refresh_token", scopes: [] } as const;
  return new TokenEndpoint({ ...common, clientId, clientSecret, authentication, ...options }, outbound);
}

/** The tokens of a refresh that must succeed. */
async function refreshed(endpoint: TokenEndpoint, refreshToken: string): Promise<Tokens> {
  const { tokens, refusal } = await endpoint.refresh(refreshToken);
  if (tokens === undefined) throw new Error(refusal.message);
  return tokens;
}

/** What the server has noted since the call began. */
function newRequests(before: number): readonly unknown[] {
  return server.tokenRequests.slice(before);
}

describe("a refresh", () => {
  test.each([BASIC, POST, PUBLIC])("gives $id new tokens, and takes the refresh token's place", async (client) => {
    const grant = await server.grant(client.id);
    const before = server.tokenRequests.length;
    const endpoint = endpointOf(client);

    const first = await refreshed(endpoint, grant.refreshToken);
    const second = await refreshed(endpoint, first.refreshToken ?? "");

    expect(new Set([grant.refreshToken, first.refreshToken, second.refreshToken]).size).toBe(3);
    expect(await server.isActive(second.accessToken)).toBe(true);
    const exchanges = [
      [grant.refreshToken, first.accessToken],
      [first.refreshToken ?? "", second.accessToken],
    ] as const;
    expect(newRequests(before)).toEqual(
      exchanges.map(([sent, issued]) => ({
        grantType: "refresh_token",
        refreshToken: fingerprint(sent),
        status: 200,
        error: undefined,
        rotated: true,
        accessToken: fingerprint(issued),
      })),
    );
  });

  test("is invalid-grant for a refresh token that was used, and ends the whole grant", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const endpoint = endpointOf(BASIC);
    const { accessToken } = await refreshed(endpoint, refreshToken);

    const { refusal } = await endpoint.refresh(refreshToken);

    expect(refusal).toMatchObject({ kind: "invalid-grant", detail: "invalid_grant", retryAfter: undefined });
    expect(await server.isActive(accessToken)).toBe(false);
  });

  test("is invalid-grant for a refresh token of another client", async () => {
    const { refreshToken } = await server.grant(POST.id);
    expect((await endpointOf(BASIC).refresh(refreshToken)).refusal?.kind).toBe("invalid-grant");
  });

  test.each([
    [BASIC, POST],
    [POST, BASIC],
    [BASIC, { ...BASIC, secret: "another secret" }],
    [BASIC, { ...BASIC, id: "nobody" }],
    [BASIC, PUBLIC],
  ])("is misconfigured where %o shows itself as %o", async (client, shown) => {
    const { refreshToken } = await server.grant(client.id);
    const { secret: clientSecret = client.secret, authentication } = shown;
    const id = shown.id === "nobody" ? shown.id : client.id;
    const { refusal } = await endpointOf({ id, secret: clientSecret, authentication }).refresh(refreshToken);

    expect(refusal).toMatchObject({ kind: "misconfigured", detail: "invalid_client" });
    expect(refusal?.message).not.toContain(clientSecret);
  });

  test("counts a token's life from before the request left", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    server.accessTokenSeconds = 90;
    server.fault = faultOf({ kind: "delay", when: "after", milliseconds: 50 });
    let sent = 0;
    const asked = Date.now();
    const { tokens } = await endpointOf(BASIC).refresh(refreshToken, async () => {
      sent = Date.now();
    });
    server.accessTokenSeconds = 3600;

    expect(tokens?.obtainedAt).toBeGreaterThanOrEqual(asked);
    expect(tokens?.obtainedAt).toBeLessThanOrEqual(sent);
    expect(tokens?.expiresAt).toBe((tokens?.obtainedAt ?? 0) + 90_000);
  });

  test("waits for beforeSend ahead of the request, which alone has it", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const before = server.tokenRequests.length;
    const seen: number[] = [];
    await endpointOf(BASIC).refresh(refreshToken, async () => {
      seen.push(newRequests(before).length);
    });
    expect(seen).toEqual([0]);
    expect(newRequests(before)).toHaveLength(1);
  });

  test("sends nothing where beforeSend rejects, and is unavailable", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const before = server.tokenRequests.length;
    const endpoint = endpointOf(BASIC);
    const { refusal } = await endpoint.refresh(refreshToken, () => Promise.reject(new Error("no")));

    expect(refusal?.kind).toBe("unavailable");
    expect(newRequests(before)).toEqual([]);
    await refreshed(endpoint, refreshToken);
  });

  test.each([
    ["has run out", jwt({ alg: "ES256" }, { exp: 1 })],
    ["is for somebody else", jwt({ alg: "ES256" }, { aud: "somebody", exp: 4e9, iat: 1, iss: "x", sub: "y" })],
    ["has an unknown algorithm", jwt({ alg: "none" }, {})],
    ["is encrypted", "a.b.c.d.e"],
    ["is no JWT", "rubbish"],
    ["is empty", ""],
    ["is a number", 7],
    ["is null", null],
  ])("keeps the tokens where the ID token %s", async (_, idToken) => {
    const { refreshToken } = await server.grant(BASIC.id);
    server.fault = faultOf({ kind: "change", members: { id_token: idToken } });

    const tokens = await refreshed(endpointOf(BASIC), refreshToken);
    server.fault = undefined;
    await refreshed(endpointOf(BASIC), tokens.refreshToken ?? "");
  });

  test("does not look at an ID token that is valid either", async () => {
    const { refreshToken } = await server.grant(BASIC.id, ["openid", "offline_access"]);
    const tokens = await refreshed(endpointOf(BASIC), refreshToken);
    expect(Object.keys(tokens).toSorted()).toEqual(["accessToken", "expiresAt", "obtainedAt", "refreshToken", "scope"]);
    expect(tokens.scope).toBe("openid offline_access");
  });

  test("does not follow a redirect", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const before = server.tokenRequests.length;
    server.fault = faultOf({ kind: "answer", status: 307, headers: { location: "/token?again" } });
    const { refusal } = await endpointOf(BASIC).refresh(refreshToken);

    expect(refusal).toMatchObject({ kind: "misconfigured", detail: "307" });
    expect(newRequests(before)).toHaveLength(1);
  });

  test.each(["before", "after"] as const)(
    "is unavailable where the connection breaks %s the rotation",
    async (when) => {
      const { refreshToken } = await server.grant(BASIC.id);
      const before = server.tokenRequests.length;
      server.fault = faultOf({ kind: "cut", when, times: 1 });
      const endpoint = endpointOf(BASIC);
      const { refusal } = await endpoint.refresh(refreshToken);

      expect(refusal).toMatchObject({ kind: "unavailable", detail: "connection-error" });
      expect(newRequests(before)).toMatchObject([{ rotated: when === "after" }]);
      const again = await endpoint.refresh(refreshToken);
      expect(again.refusal?.kind).toBe(when === "after" ? "invalid-grant" : undefined);
    },
  );

  test("stands in the audit as the connector's own, without a secret", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const tokens = await refreshed(endpointOf(BASIC), refreshToken);

    expect(calls.map(({ hook, method, path }) => [hook, method, path])).toEqual([
      ["oauth:crm", "GET", "/.well-known/openid-configuration"],
      ["oauth:crm", "POST", "/token"],
    ]);
    const shown = JSON.stringify(calls);
    for (const secret of [refreshToken, tokens.accessToken, tokens.refreshToken, BASIC.secret]) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe("client credentials", () => {
  test.each([BASIC, POST])("give $id a token of its own", async (client) => {
    const endpoint = endpointOf(client, { grant: "client_credentials", scopes: ["customers.read"] });
    const { tokens } = await endpoint.clientCredentials();

    expect(tokens?.refreshToken).toBeUndefined();
    expect(tokens?.scope).toBe("customers.read");
    expect(await server.isActive(tokens?.accessToken ?? "")).toBe(true);
    expect(server.tokenRequests.at(-1)).toMatchObject({ grantType: "client_credentials", status: 200 });
  });

  test("are misconfigured where the server does not let this client use them", async () => {
    expect((await endpointOf(PUBLIC).clientCredentials()).refusal).toMatchObject({
      kind: "misconfigured",
      detail: "invalid_request",
    });
  });

  test("are misconfigured where the server does not give the scope", async () => {
    const endpoint = endpointOf(BASIC, { scopes: ["customers.read", 'quo"te'] });
    expect((await endpoint.clientCredentials()).refusal).toMatchObject({
      kind: "misconfigured",
      detail: "invalid_scope",
    });
  });
});

describe("a token endpoint", () => {
  test("looks the server up once for all who ask at the same time", async () => {
    const before = server.metadataRequests;
    const endpoint = endpointOf(BASIC);
    const outcomes = await Promise.all([1, 2, 3].map(() => endpoint.clientCredentials()));
    expect(outcomes.map(({ refusal }) => refusal)).toEqual([undefined, undefined, undefined]);
    await endpoint.clientCredentials();
    expect(server.metadataRequests - before).toBe(1);
  });

  test("needs no metadata where the endpoint is given", async () => {
    const before = server.metadataRequests;
    const given = { tokenEndpoint: `${server.issuer}/token`, authorizationEndpoint: undefined };
    const { tokens } = await endpointOf(BASIC, { server: given }).clientCredentials();
    expect(tokens).toBeDefined();
    expect(server.metadataRequests).toBe(before);
  });

  test("that is closed ends what is under way, and sends nothing more", async () => {
    const { refreshToken } = await server.grant(BASIC.id);
    const before = server.tokenRequests.length;
    const endpoint = endpointOf(BASIC);
    let arrived = (): void => {};
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    server.fault = async () => {
      arrived();
      await new Promise(() => {});
    };
    const refreshing = endpoint.refresh(refreshToken);
    await arrival;
    await endpoint.close();

    expect((await refreshing).refusal).toMatchObject({ kind: "unavailable", detail: "cancelled" });
    expect((await endpoint.refresh(refreshToken)).refusal).toMatchObject({ detail: "cancelled" });
    expect(newRequests(before)).toHaveLength(1);
  });

  test("that is closed before its first request does not even look the server up", async () => {
    const before = server.metadataRequests;
    const endpoint = endpointOf(BASIC);
    await endpoint.close();
    expect((await endpoint.clientCredentials()).refusal).toMatchObject({ kind: "unavailable", detail: "cancelled" });
    expect(server.metadataRequests).toBe(before);
  });

  test.each([undefined, ""])("refuses to be made without the secret that its authentication needs (%j)", (secret) => {
    expect(() => endpointOf({ ...BASIC, secret })).toThrow(ConfigError);
  });
});

test("the authorization server runs in a process of its own, with faults that can be asked for", async () => {
  const remote = await startAuthorizationServerProcess();
  const door = createOutbound({ development: { resolve: remote.resolve, ca: remote.ca } });
  try {
    const { refreshToken } = await remote.grant(BASIC.id);
    const { id: clientId, secret: clientSecret, authentication } = BASIC;
    const common = { connector: "crm", server: { issuer: remote.issuer }, grant: "refresh_token", scopes: [] } as const;
    const endpoint = new TokenEndpoint({ ...common, clientId, clientSecret, authentication }, door);

    await remote.setFault({ kind: "answer", status: 503, times: 1 });
    expect((await endpoint.refresh(refreshToken)).refusal?.detail).toBe("503");

    await remote.setFault({ kind: "hold", when: "after" });
    await remote.setAccessTokenSeconds(60);
    const refreshing = endpoint.refresh(refreshToken);
    while ((await remote.tokenRequests()).at(-1)?.rotated !== true);
    await remote.setFault(undefined);
    const { tokens } = await refreshing;

    expect((tokens?.expiresAt ?? 0) - (tokens?.obtainedAt ?? 0)).toBe(60_000);
    expect(await remote.isActive(tokens?.accessToken ?? "")).toBe(true);
    expect((await remote.tokenRequests()).map(({ status }) => status)).toEqual([undefined, 200]);
  } finally {
    await door.close();
    await remote.close();
  }
});

function jwt(header: object, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
}
