import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuthorizationResponse, OAuthClientOptions } from "../../host/auth/oauth/token-endpoint.ts";
import { TokenEndpoint } from "../../host/auth/oauth/token-endpoint.ts";
import type { Outbound } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import type { AuthorizationServer, RegisteredClient } from "../support/authorization-server.ts";
import { BASIC, ISSUER, POST, PUBLIC, startAuthorizationServer } from "../support/authorization-server.ts";
import { authorize, type Decision } from "../support/authorize.ts";
import { faultOf } from "../support/token-faults.ts";

const REDIRECT_URI = "http://127.0.0.1:51004/callback";
const SCOPES = ["openid", "offline_access", "customers.read"];

let server: AuthorizationServer;
let outbound: Outbound;
let state: string;
let codeVerifier: string;

beforeAll(async () => {
  server = await startAuthorizationServer();
  outbound = createOutbound({ development: { resolve: server.resolve, ca: server.ca } });
});

afterAll(async () => {
  await outbound.close();
  await server.close();
});

beforeEach(() => {
  server.fault = undefined;
  state = randomBytes(32).toString("base64url");
  codeVerifier = randomBytes(32).toString("base64url");
});

function endpointOf(client: RegisteredClient, options: Partial<OAuthClientOptions> = {}): TokenEndpoint {
  const { id: clientId, secret: clientSecret, authentication } = client;
  const common = { connector: "crm", server: { issuer: ISSUER }, grant: "refresh_token", scopes: SCOPES } as const;
  return new TokenEndpoint({ ...common, clientId, clientSecret, authentication, ...options }, outbound);
}

async function urlOf(endpoint: TokenEndpoint): Promise<URL> {
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const url = await endpoint.authorizationUrl({ redirectUri: REDIRECT_URI, state, codeChallenge });
  if (url instanceof URL) return url;
  throw new Error(url.message);
}

/** Where a person came back to, and the rest that the code is exchanged with. */
async function answerOf(endpoint: TokenEndpoint, decision?: Decision): Promise<AuthorizationResponse> {
  const callback = await authorize(server, await urlOf(endpoint), decision);
  return { callback, redirectUri: REDIRECT_URI, state, codeVerifier };
}

/** The answer with other parameters; undefined takes one away. */
function changed(answer: AuthorizationResponse, parameters: Record<string, string | undefined>): AuthorizationResponse {
  const callback = new URL(answer.callback);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) callback.searchParams.delete(name);
    else callback.searchParams.set(name, value);
  }
  return { ...answer, callback };
}

describe("a code", () => {
  test.each([BASIC, POST, PUBLIC])("is exchanged for the tokens of $id, which can be refreshed", async (client) => {
    const endpoint = endpointOf(client);
    const answer = await answerOf(endpoint);
    expect(answer.callback.href).toMatch(/^http:\/\/127\.0\.0\.1:51004\/callback\?/);

    const { tokens } = await endpoint.exchangeCode(answer);
    expect(tokens?.scope).toBe(SCOPES.join(" "));
    expect(await server.isActive(tokens?.accessToken ?? "")).toBe(true);

    const renewed = await endpoint.refresh(tokens?.refreshToken ?? "");
    expect(await server.isActive(renewed.tokens?.accessToken ?? "")).toBe(true);
  });

  test("brings no refresh token where offline_access was not asked for", async () => {
    const endpoint = endpointOf(BASIC, { scopes: ["customers.read"] });
    const { tokens } = await endpoint.exchangeCode(await answerOf(endpoint));
    expect(tokens).toMatchObject({ refreshToken: undefined, scope: "customers.read" });
  });

  test("is worth nothing with another verifier", async () => {
    const endpoint = endpointOf(PUBLIC);
    const answer = await answerOf(endpoint);
    const other = randomBytes(32).toString("base64url");
    expect((await endpoint.exchangeCode({ ...answer, codeVerifier: other })).refusal).toMatchObject({
      kind: "invalid-grant",
      detail: "invalid_grant",
    });
  });

  test("is worth nothing a second time", async () => {
    const endpoint = endpointOf(PUBLIC);
    const answer = await answerOf(endpoint);
    expect((await endpoint.exchangeCode(answer)).tokens).toBeDefined();
    expect((await endpoint.exchangeCode(answer)).refusal?.kind).toBe("invalid-grant");
  });

  test("is not sent where the callback is not the answer to this request", async () => {
    const endpoint = endpointOf(BASIC);
    const answer = await answerOf(endpoint);
    const code = answer.callback.searchParams.get("code") ?? "";
    const before = server.tokenRequests.length;
    for (const parameters of [
      { state: "another" },
      { state: undefined },
      { iss: "https://evil.example" },
      { iss: undefined },
      { code: undefined },
    ]) {
      const { refusal } = await endpoint.exchangeCode(changed(answer, parameters));
      expect(refusal?.kind).toBe("misconfigured");
      expect(refusal?.message).toContain(Object.keys(parameters)[0] ?? "");
      for (const secret of [code, state, codeVerifier]) expect(refusal?.message).not.toContain(secret);
    }
    const twice = new URL(answer.callback);
    twice.searchParams.append("state", state);
    expect((await endpoint.exchangeCode({ ...answer, callback: twice })).refusal?.kind).toBe("misconfigured");
    expect(server.tokenRequests.length).toBe(before);

    expect((await endpoint.exchangeCode(answer)).tokens).toBeDefined();
  });

  test("stands in no message, nor does its verifier, where the server sends them back", async () => {
    const endpoint = endpointOf(BASIC);
    const answer = await answerOf(endpoint);
    const code = answer.callback.searchParams.get("code") ?? "";
    for (const secret of [code, codeVerifier, state, BASIC.secret ?? ""]) {
      const body = JSON.stringify({ error: "invalid_request", error_description: `not ${secret}` });
      server.fault = faultOf({ kind: "answer", status: 400, body });
      const { refusal } = await endpoint.exchangeCode(answer);
      expect(refusal?.message).toMatch(/\(invalid_request\)$/);
    }
  });

  test("is exchanged whatever issuer it names where none is known", async () => {
    const given = { tokenEndpoint: `${ISSUER}/token`, authorizationEndpoint: `${ISSUER}/auth` };
    const endpoint = endpointOf(BASIC, { server: given });
    const { tokens } = await endpoint.exchangeCode(await answerOf(endpoint));
    expect(tokens?.refreshToken).toBeDefined();
  });
});

describe("a person who comes back without a code", () => {
  test("has refused", async () => {
    const endpoint = endpointOf(PUBLIC);
    const before = server.tokenRequests.length;
    const { refusal } = await endpoint.exchangeCode(await answerOf(endpoint, "refuse"));
    expect(refusal).toMatchObject({ kind: "invalid-grant", detail: "access_denied" });
    expect(refusal?.message).toContain("the person did not agree");
    expect(server.tokenRequests.length).toBe(before);
  });

  test.each([
    ["invalid_scope", "misconfigured"],
    ["unauthorized_client", "misconfigured"],
    ["temporarily_unavailable", "unavailable"],
    ["server_error", "unavailable"],
  ])("with %s is %s", async (error, kind) => {
    const callback = new URL(`${REDIRECT_URI}?${new URLSearchParams({ error, state, iss: ISSUER }).toString()}`);
    const answer = { callback, redirectUri: REDIRECT_URI, state, codeVerifier };
    expect((await endpointOf(BASIC).exchangeCode(answer)).refusal).toMatchObject({ kind, detail: error });
  });

  test("is not believed with another state", async () => {
    const callback = new URL(`${REDIRECT_URI}?error=access_denied&state=another&iss=${ISSUER}`);
    const answer = { callback, redirectUri: REDIRECT_URI, state, codeVerifier };
    expect((await endpointOf(BASIC).exchangeCode(answer)).refusal?.detail).not.toBe("access_denied");
  });
});

describe("an authorization URL", () => {
  test("asks for a code with PKCE, and for consent where access is offline", async () => {
    const url = await urlOf(endpointOf(BASIC));
    expect(url.origin + url.pathname).toBe(`${ISSUER}/auth`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: BASIC.id,
      redirect_uri: REDIRECT_URI,
      state,
      code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
      code_challenge_method: "S256",
      scope: SCOPES.join(" "),
      prompt: "consent",
    });
    const other = await urlOf(endpointOf(BASIC, { scopes: ["customers.read"] }));
    expect(other.searchParams.has("prompt")).toBe(false);
    const none = await urlOf(endpointOf(BASIC, { scopes: [] }));
    expect(none.searchParams.has("scope")).toBe(false);
  });

  test("keeps the query of the endpoint", async () => {
    const given = { tokenEndpoint: `${ISSUER}/token`, authorizationEndpoint: `${ISSUER}/auth?tenant=7&state=x` };
    const url = await urlOf(endpointOf(BASIC, { server: given }));
    expect(url.searchParams.get("tenant")).toBe("7");
    expect(url.searchParams.getAll("state")).toEqual([state]);
  });

  test.each([
    [undefined, "not known"],
    ["http://auth.example.com/auth", "https://"],
    ["https://localhost/auth", "not a public name"],
    ["https://auth.example.com/auth#x", "fragment"],
    ["javascript:alert(1)", "https://"],
  ])("is a refusal where the endpoint is %s", async (authorizationEndpoint, named) => {
    const given = { tokenEndpoint: `${ISSUER}/token`, authorizationEndpoint };
    await expect(urlOf(endpointOf(BASIC, { server: given }))).rejects.toThrow(named);
  });
});
