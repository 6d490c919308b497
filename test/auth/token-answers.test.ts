import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OAuthClientOptions, TokenOutcome } from "../../host/auth/oauth/token-endpoint.ts";
import type { OutboundOptions } from "../../host/outbound.ts";
import { AUTH_HOST } from "../support/authorization-server.ts";
import { startDnsServer } from "../support/dns.ts";
import { closedPort } from "../support/raw-server.ts";
import { createAuthority } from "../support/tls.ts";
import type { OddServer } from "./odd-server.ts";
import { SECRET, startOddServer, TOKEN_ENDPOINT } from "./odd-server.ts";

const REFRESH_TOKEN = "refresh-token-0123456789";
const ACCESS_TOKEN = "access-token-0123456789";
const GOOD = { access_token: ACCESS_TOKEN, token_type: "Bearer" };

let server: OddServer;

beforeAll(async () => {
  server = await startOddServer();
});

afterAll(() => server.close());

/** What a refresh ends in where the server answers so. */
async function refreshWith(body: unknown, options?: Partial<OAuthClientOptions>): Promise<TokenOutcome> {
  server.answer(200, body);
  return server.client(options).refresh(REFRESH_TOKEN);
}

describe("tokens", () => {
  test("keep the refresh token where the answer brings none, or null", async () => {
    expect((await refreshWith(GOOD)).tokens?.refreshToken).toBe(REFRESH_TOKEN);
    expect((await refreshWith({ ...GOOD, refresh_token: null })).tokens?.refreshToken).toBe(REFRESH_TOKEN);
    expect((await refreshWith({ ...GOOD, refresh_token: "another" })).tokens?.refreshToken).toBe("another");
  });

  test("have the scopes that were asked for where the answer names none", async () => {
    const scopes = ["customers.read", "customers.write"];
    expect((await refreshWith(GOOD, { scopes })).tokens?.scope).toBe("customers.read customers.write");
    expect((await refreshWith({ ...GOOD, scope: null }, { scopes })).tokens?.scope).toBe(scopes.join(" "));
    expect((await refreshWith({ ...GOOD, scope: "customers.read" }, { scopes })).tokens?.scope).toBe("customers.read");
    expect((await refreshWith(GOOD)).tokens?.scope).toBeUndefined();
  });

  test.each([
    [3600, 3_600_000],
    ["3600", 3_600_000],
    [1.0005, 1000],
    [0, 0],
  ])("live %j seconds where expires_in is that", async (seconds, milliseconds) => {
    const { tokens } = await refreshWith({ ...GOOD, expires_in: seconds });
    expect((tokens?.expiresAt ?? 0) - (tokens?.obtainedAt ?? 0)).toBe(milliseconds);
  });

  test("have no end where expires_in is absent or null", async () => {
    expect((await refreshWith(GOOD)).tokens?.expiresAt).toBeUndefined();
    expect((await refreshWith({ ...GOOD, expires_in: null })).tokens).toMatchObject({ expiresAt: undefined });
  });

  test.each([9e15, 1e308])("end at the last instant there is where expires_in is %d", async (seconds) => {
    const { tokens } = await refreshWith({ ...GOOD, expires_in: seconds });
    expect(new Date(tokens?.expiresAt ?? 0).getUTCFullYear()).toBe(275_760);
  });

  test.each(["bearer", "BEARER"])("are taken where token_type is spelt %s", async (type) => {
    expect((await refreshWith({ ...GOOD, token_type: type })).tokens?.accessToken).toBe(ACCESS_TOKEN);
  });

  test("are taken where an error stands beside them", async () => {
    expect((await refreshWith({ ...GOOD, error: "none" })).tokens?.accessToken).toBe(ACCESS_TOKEN);
  });

  test("are taken whatever the answer's content type is", async () => {
    expect((await refreshWith(JSON.stringify(GOOD))).tokens?.accessToken).toBe(ACCESS_TOKEN);
  });

  test.each([
    [{ ...GOOD, token_type: "DPoP" }, "another type than Bearer"],
    [{ ...GOOD, token_type: "mac" }, "another type than Bearer"],
    [{ access_token: ACCESS_TOKEN }, "token_type"],
    [{ ...GOOD, token_type: 7 }, "token_type"],
    [{ token_type: "Bearer" }, "access_token"],
    [{ ...GOOD, access_token: "" }, "access_token"],
    [{ ...GOOD, access_token: { value: ACCESS_TOKEN } }, "access_token"],
    [{ ...GOOD, access_token: "two words" }, "cannot stand in an Authorization field"],
    [{ ...GOOD, access_token: "line\r\nInjected: field" }, "cannot stand in an Authorization field"],
    [{ ...GOOD, access_token: "\u{1f600}" }, "cannot stand in an Authorization field"],
    [{ ...GOOD, expires_in: "soon" }, "expires_in"],
    [{ ...GOOD, expires_in: -1 }, "expires_in"],
    [{ ...GOOD, refresh_token: 7 }, "refresh_token"],
    [{ ...GOOD, refresh_token: "" }, "refresh_token"],
    [{ ...GOOD, scope: ["a"] }, "scope"],
    [[GOOD], "top level object"],
    ["access_token=a&token_type=bearer", "content-type"],
    ["", "content-type"],
    [{}, "access_token"],
    [null, "top level object"],
  ])("that cannot be used are misconfigured: %j", async (body, named) => {
    const { refusal } = await refreshWith(body);
    expect(refusal?.kind).toBe("misconfigured");
    expect(refusal?.message).toContain(named);
  });

  test("that are malformed JSON are misconfigured", async () => {
    server.raw.answer = (socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"access_token":');
    const { refusal } = await server.client().refresh(REFRESH_TOKEN);
    expect(refusal).toMatchObject({ kind: "misconfigured", detail: "OAUTH_PARSE_ERROR" });
  });
});

describe("an answer without tokens", () => {
  test.each([
    [400, { error: "invalid_grant" }, "invalid-grant", "invalid_grant"],
    [401, { error: "invalid_grant" }, "invalid-grant", "invalid_grant"],
    [403, { error: "invalid_grant" }, "invalid-grant", "invalid_grant"],
    [200, { error: "invalid_grant" }, "invalid-grant", "invalid_grant"],
    [400, { error: "invalid_client" }, "misconfigured", "invalid_client"],
    [401, { error: "invalid_client" }, "misconfigured", "invalid_client"],
    [400, { error: "unauthorized_client" }, "misconfigured", "unauthorized_client"],
    [400, { error: "invalid_scope" }, "misconfigured", "invalid_scope"],
    [400, { error: "unsupported_grant_type" }, "misconfigured", "unsupported_grant_type"],
    [400, { error: "invalid_request" }, "misconfigured", "invalid_request"],
    [400, { error: "access_denied" }, "misconfigured", "access_denied"],
    [400, { error: "https://example.com/errors/7" }, "misconfigured", "https://example.com/errors/7"],
    [200, { ok: false, error: "bad_refresh_token" }, "misconfigured", "bad_refresh_token"],
    [400, { error: "temporarily_unavailable" }, "unavailable", "temporarily_unavailable"],
    [400, { error: "server_error" }, "unavailable", "server_error"],
    [400, { error: "no code\u0007" }, "misconfigured", undefined],
    [400, { error: "x".repeat(65) }, "misconfigured", undefined],
    [400, { error: 7 }, "misconfigured", "400"],
    [400, {}, "misconfigured", "400"],
    [400, [], "misconfigured", "400"],
    [404, "<h1>Not found</h1>", "misconfigured", "404"],
    [418, "{}", "misconfigured", "418"],
    [201, GOOD, "misconfigured", "201"],
    [301, GOOD, "misconfigured", "301"],
    [304, "", "misconfigured", "304"],
    [999, GOOD, "misconfigured", "999"],
    [429, { error: "invalid_grant" }, "unavailable", "429"],
    [500, { error: "invalid_grant" }, "unavailable", "500"],
    [503, GOOD, "unavailable", "503"],
    [599, "", "unavailable", "599"],
  ])("of status %d with %j is %s", async (status, body, kind, detail) => {
    server.answer(status, body);
    const { refusal } = await server.client().refresh(REFRESH_TOKEN);
    expect(refusal).toMatchObject({ kind, detail, retryAfter: undefined });
  });

  test("of status 401 is read although it holds a challenge", async () => {
    server.answer(401, { error: "invalid_client" }, 'WWW-Authenticate: Basic realm="clients"');
    expect((await server.client().refresh(REFRESH_TOKEN)).refusal?.detail).toBe("invalid_client");
  });

  test.each([
    ["120", 120_000],
    ["0", 0],
    ["301", 300_000],
    ["9".repeat(400), 300_000],
    [new Date(0).toUTCString(), 0],
    ["Fri, 31 Dec 2100 23:59:59 GMT", 300_000],
    ["soon", undefined],
    ["", undefined],
  ])("that asks to be left alone for %j is heard, for five minutes at most", async (value, retryAfter) => {
    for (const status of [429, 503]) {
      server.answer(status, "", `Retry-After: ${value}`);
      expect((await server.client().refresh(REFRESH_TOKEN)).refusal?.retryAfter).toBe(retryAfter);
    }
  });

  test("that names a time is waited for until then", async () => {
    server.answer(503, "", `Retry-After: ${new Date(Date.now() + 120_000).toUTCString()}`);
    const { refusal } = await server.client().refresh(REFRESH_TOKEN);
    expect(refusal?.retryAfter).toBeGreaterThan(60_000);
    expect(refusal?.retryAfter).toBeLessThanOrEqual(120_000);
  });
});

describe("a server that cannot be reached", () => {
  test.each<[string, string, () => Promise<OutboundOptions> | OutboundOptions]>([
    [
      "refuses the connection",
      "connection-error",
      async () => ({ development: { resolve: [`${AUTH_HOST}:443:127.0.0.1:${await closedPort()}`] } }),
    ],
    [
      "shows a certificate nobody vouches for",
      "tls-error",
      async () => ({
        development: {
          resolve: [`${AUTH_HOST}:443:127.0.0.1:${server.raw.port}`],
          ca: (await createAuthority()).ca,
        },
      }),
    ],
    ["sends too much", "too-large", () => ({ limits: { responseBodyBytes: 10 } })],
  ])("is unavailable where it %s", async (_, detail, options) => {
    server.answer(200, GOOD);
    const { refusal } = await server.client({}, server.open(await options())).refresh(REFRESH_TOKEN);
    expect(refusal).toMatchObject({ kind: "unavailable", detail, retryAfter: undefined });
    expect(refusal?.message).not.toMatch(/\.$/);
  });

  test("is unavailable where it does not answer in time", async () => {
    server.raw.answer = () => {};
    const door = server.open({ limits: { defaultDeadline: 300 } });
    expect((await server.client({}, door).refresh(REFRESH_TOKEN)).refusal).toMatchObject({
      kind: "unavailable",
      detail: "timeout",
    });
  });

  test("is unavailable where it does not speak HTTP", async () => {
    server.raw.answer = (socket) => socket.end("220 mail.example.com ESMTP\r\n");
    expect((await server.client().refresh(REFRESH_TOKEN)).refusal).toMatchObject({
      kind: "unavailable",
      detail: "protocol-error",
    });
  });

  test.each([
    ["address-prohibited", "127.0.0.1"],
    ["address-prohibited", "10.0.0.1"],
    ["dns-error", undefined],
  ])("is unavailable (%s) and never dialled where its name has the address %s", async (detail, address) => {
    const dns = await startDnsServer((_, type) => (type === "A" && address !== undefined ? [address] : []));
    const door = server.open({ dnsServers: [dns.address], development: { ca: server.authority.ca } });
    const before = server.raw.connections;
    server.answer(200, GOOD);
    const origin = `https://${AUTH_HOST}:${server.raw.port}`;
    const tokenEndpoint = { tokenEndpoint: `${origin}/token`, authorizationEndpoint: undefined };
    for (const given of [tokenEndpoint, { issuer: origin }]) {
      const { refusal } = await server.client({ server: given }, door).refresh(REFRESH_TOKEN);
      expect(refusal).toMatchObject({ kind: "unavailable", detail });
    }
    expect(dns.questions.length).toBeGreaterThan(0);
    expect(server.raw.connections).toBe(before);
    await dns.close();
  });
});

describe("a token endpoint's URL", () => {
  test.each([
    ["http://auth.example.com/token", "https://"],
    ["https://192.0.2.1/token", "IP address"],
    ["https://[2001:db8::1]/token", "IP address"],
    ["https://0x7f.1/token", "IP address"],
    ["https://user:pass-word@auth.example.com/token", "userinfo"],
    ["https://localhost/token", "not a public name"],
    ["https://vault.internal/token", "not a public name"],
    ["https://auth.example.com/a/../token", ". or .. segment"],
    ["https://auth.example.com\\@evil.example/token", "backslash"],
    ["https://auth.example.com/token#fragment", "fragment"],
    ["auth.example.com/token", "https://"],
    ["", "https://"],
  ])("is misconfigured where the policy refuses it: %s", async (tokenEndpoint, named) => {
    const before = server.raw.connections;
    const given = { tokenEndpoint, authorizationEndpoint: undefined };
    const { refusal } = await server.client({ server: given }).refresh(REFRESH_TOKEN);
    expect(refusal?.kind).toBe("misconfigured");
    expect(refusal?.message).toContain(named);
    expect(refusal?.message).not.toContain("pass-word");
    expect(server.raw.connections).toBe(before);
  });

  test("may have a query, which is sent", async () => {
    server.answer(200, GOOD);
    const given = { tokenEndpoint: `${TOKEN_ENDPOINT}?tenant=7`, authorizationEndpoint: undefined };
    expect((await server.client({ server: given }).refresh(REFRESH_TOKEN)).tokens).toBeDefined();
    expect(server.raw.requests.at(-1)).toMatch(/^POST \/token\?tenant=7 HTTP/);
  });

  test("may name a host that the operator has opened", async () => {
    const internal = { tokenEndpoint: "https://vault.internal/token", authorizationEndpoint: undefined };
    const options = { server: internal, internalHosts: ["vault.internal"] };
    const { refusal } = await server.client(options).refresh(REFRESH_TOKEN);
    expect(refusal).toMatchObject({ kind: "unavailable", detail: "dns-error" });
  });

  test("that is too long to be sent is misconfigured", async () => {
    const given = { tokenEndpoint: `${TOKEN_ENDPOINT}?${"x".repeat(9000)}`, authorizationEndpoint: undefined };
    expect((await server.client({ server: given }).refresh(REFRESH_TOKEN)).refusal).toMatchObject({
      kind: "misconfigured",
      detail: "invalid-url",
    });
  });
});

describe("a message", () => {
  test("shows what the server says of the error", async () => {
    server.answer(400, { error: "invalid_scope", error_description: "customers.read is not for you" });
    const { refusal } = await server.client().refresh(REFRESH_TOKEN);
    expect(refusal?.message).toContain("(invalid_scope): customers.read is not for you");
  });

  test.each([
    ["a line end", "one\r\ntwo"],
    ["an escape", "\u001b[31mred"],
    ["a character of another script", "\u202egnihton"],
    ["too much", "x".repeat(201)],
    ["something else than text", { text: "hidden" }],
  ])("does not show a description that holds %s", async (_, description) => {
    server.answer(400, { error: "invalid_scope", error_description: description });
    const { refusal } = await server.client().refresh(REFRESH_TOKEN);
    expect(refusal?.message).toMatch(/\(invalid_scope\)$/);
  });

  const forms: readonly (readonly [string, (secret: string) => string])[] = [
    ["as it is", (secret) => secret],
    ["in a sentence", (secret) => `the token ${secret} is not known`],
    ["percent-encoded", (secret) => secret.replaceAll("-", "%2D")],
    ["in base64", (secret) => Buffer.from(`client:${secret}`).toString("base64")],
  ];

  test.each(forms)("never holds a secret that was sent, or that the answer itself holds, %s", async (_, form) => {
    for (const secret of [SECRET, REFRESH_TOKEN, ACCESS_TOKEN]) {
      const echo = form(secret);
      const given = secret === ACCESS_TOKEN ? { access_token: ACCESS_TOKEN } : {};
      for (const status of [200, 400, 401, 500]) {
        for (const body of [
          { error: "invalid_grant", error_description: echo, ...given },
          { error: echo, ...given },
          { error: echo, error_description: echo, token_type: echo, ...given },
          { access_token: `${ACCESS_TOKEN} `, refresh_token: "another-token-0123456789", token_type: "Bearer" },
          { ...GOOD, token_type: echo },
          { ...GOOD, expires_in: echo },
          { ...GOOD, scope: [echo] },
          echo,
          `{"access_token":"${echo}`,
        ]) {
          server.answer(status, body, `Retry-After: ${echo}`, `X-Echo: ${echo}`);
          const endpoint = server.client({ authentication: "client_secret_basic" });
          const { tokens, refusal } = await endpoint.refresh(REFRESH_TOKEN);
          expect(tokens).toBeUndefined();
          const shown = inspect(refusal, { depth: Infinity, showHidden: true });
          for (const hidden of [SECRET, REFRESH_TOKEN, ACCESS_TOKEN, "another-token-0123456789", echo]) {
            expect(shown).not.toContain(hidden);
          }
        }
      }
    }
  });

  test.each([
    ["short", "s3", "the secret s3 is not the client's"],
    ["not Latin-1", "\u043f\u0430\u0440\u043e\u043b\u044c", encodeURIComponent("\u043f\u0430\u0440\u043e\u043b\u044c")],
  ])("never holds a secret that is %s", async (_, clientSecret, description) => {
    server.answer(400, { error: "invalid_client", error_description: description });
    const { refusal } = await server.client({ clientSecret }).refresh(REFRESH_TOKEN);
    expect(refusal?.message).toMatch(/\(invalid_client\)$/);
  });
});

describe("a request", () => {
  test("is a form with the client's secret in it, or in the Authorization field as RFC 6749 encodes it", async () => {
    await refreshWith(GOOD, { scopes: ["customers.read"] });
    const posted = server.raw.requests.at(-1) ?? "";
    expect(bodyOf(posted)).toEqual({
      grant_type: "refresh_token",
      refresh_token: REFRESH_TOKEN,
      client_id: "client",
      client_secret: SECRET,
    });
    expect(posted).not.toMatch(/^authorization:/im);
    expect(posted).toMatch(/^user-agent: backfill-http/im);
    expect(posted).toMatch(/^accept: application\/json/im);

    await refreshWith(GOOD, { authentication: "client_secret_basic", clientId: "a:b", clientSecret: "c d:é%" });
    const basic = server.raw.requests.at(-1) ?? "";
    expect(bodyOf(basic)).toEqual({ grant_type: "refresh_token", refresh_token: REFRESH_TOKEN });
    const credentials = /^authorization: Basic (\S+)/im.exec(basic)?.[1] ?? "";
    expect(Buffer.from(credentials, "base64").toString()).toBe("a%3Ab:c+d%3A%C3%A9%25");
  });

  test("of a public client names it, and has no secret", async () => {
    await refreshWith(GOOD, { authentication: "none", clientSecret: undefined });
    expect(bodyOf(server.raw.requests.at(-1) ?? "")).toEqual({
      grant_type: "refresh_token",
      refresh_token: REFRESH_TOKEN,
      client_id: "client",
    });
  });

  test("for client credentials names the scopes, where there are any", async () => {
    server.answer(200, GOOD);
    await server.client({ scopes: ["a", "b"] }).clientCredentials();
    expect(bodyOf(server.raw.requests.at(-1) ?? "")).toMatchObject({ grant_type: "client_credentials", scope: "a b" });
    await server.client().clientCredentials();
    expect(bodyOf(server.raw.requests.at(-1) ?? "")).not.toHaveProperty("scope");
  });
});

function bodyOf(request: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(request.slice(request.indexOf("\r\n\r\n") + 4)));
}
