import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AUTH_HOST } from "../support/authorization-server.ts";
import type { OddServer } from "./odd-server.ts";
import { startOddServer } from "./odd-server.ts";

const ORIGIN = `https://${AUTH_HOST}`;
const OIDC = "/.well-known/openid-configuration";
const RFC_8414 = "/.well-known/oauth-authorization-server";
const GOOD = { access_token: "access-token", token_type: "Bearer" };

let server: OddServer;
let asked: () => readonly string[];

beforeAll(async () => {
  server = await startOddServer();
});

afterAll(() => server.close());

beforeEach(() => {
  const before = server.raw.requests.length;
  asked = () => server.raw.requests.slice(before).map((request) => request.split(" ")[1] ?? "");
});

function metadata(more: object = {}, issuer = ORIGIN): object {
  return { issuer, token_endpoint: `${ORIGIN}/token`, ...more };
}

describe("an issuer", () => {
  test.each([
    [ORIGIN, OIDC, undefined],
    [`${ORIGIN}/`, OIDC, undefined],
    [`${ORIGIN}/tenant`, `/tenant${OIDC}`, undefined],
    [`${ORIGIN}/tenant/`, `/tenant${OIDC}`, undefined],
    [ORIGIN, OIDC, RFC_8414],
    [`${ORIGIN}/tenant`, `/tenant${OIDC}`, `${RFC_8414}/tenant`],
    [`${ORIGIN}/tenant/`, `/tenant${OIDC}`, `${RFC_8414}/tenant`],
  ])("such as %s is looked up at %s, and where that is not there at %s", async (issuer, first, second) => {
    const target = second ?? first;
    server.serve({ [target]: metadata({}, issuer), "/token": GOOD });
    const { tokens } = await server.client({ server: { issuer } }).refresh("refresh-token");
    expect(tokens?.accessToken).toBe("access-token");
    expect(asked()).toEqual([...new Set([first, target]), "/token"]);
  });

  test("is looked up once, and not again for the life of the client", async () => {
    server.serve({ [OIDC]: metadata(), "/token": GOOD });
    const client = server.client({ server: { issuer: ORIGIN } });
    await Promise.all([client.refresh("a"), client.refresh("b"), client.clientCredentials()]);
    await client.refresh("c");
    expect(asked().filter((target) => target === OIDC)).toHaveLength(1);
  });

  test("keeps no connection open once it was looked up", async () => {
    const own = await startOddServer();
    own.serve({ [OIDC]: metadata(), "/token": GOOD });
    const client = own.client({ server: { issuer: ORIGIN } });
    await client.refresh("refresh-token");
    await client.close();
    await own.raw.drained();
    expect(own.raw.connections).toBe(2);
    await own.close();
  }, 5000);

  test("is looked up again where that failed", async () => {
    const client = server.client({ server: { issuer: ORIGIN } });
    server.answer(503, "", "Retry-After: 7");
    const [first, second] = await Promise.all([client.refresh("a"), client.refresh("b")]);
    expect(first.refusal).toMatchObject({ kind: "unavailable", detail: "503", retryAfter: 7000 });
    expect(second.refusal).toEqual(first.refusal);
    expect(asked()).toEqual([OIDC]);

    server.serve({ [OIDC]: metadata(), "/token": GOOD });
    expect((await client.refresh("a")).tokens).toBeDefined();
  });

  test.each([
    ["another issuer", metadata({}, "https://evil.example")],
    ["the issuer of another tenant", metadata({}, `${ORIGIN}/tenant`)],
    ["no issuer", { token_endpoint: `${ORIGIN}/token` }],
    ["an issuer that is no URL", metadata({}, "issuer")],
    ["an issuer that is no text", metadata({ issuer: 7 })],
    ["no token endpoint", { issuer: ORIGIN }],
    ["a token endpoint that is no text", metadata({ token_endpoint: [`${ORIGIN}/token`] })],
    ["a token endpoint over http", metadata({ token_endpoint: `http://${AUTH_HOST}/token` })],
    ["a token endpoint on an address", metadata({ token_endpoint: "https://127.0.0.1/token" })],
    ["a token endpoint that is not public", metadata({ token_endpoint: "https://localhost/token" })],
    ["a token endpoint with userinfo", metadata({ token_endpoint: "https://auth.example.com@evil.example/token" })],
    ["a list", [metadata()]],
    ["no JSON", "<h1>Welcome</h1>"],
  ])("is misconfigured where its metadata is of %s", async (_, body) => {
    server.serve({ [OIDC]: body, [RFC_8414]: metadata(), "/token": GOOD });
    const { refusal } = await server.client({ server: { issuer: ORIGIN } }).refresh("refresh-token");
    expect(refusal?.kind).toBe("misconfigured");
    expect(asked()).toEqual([OIDC]);
  });

  test("is misconfigured where it has no metadata at all", async () => {
    server.serve({});
    const { refusal } = await server.client({ server: { issuer: ORIGIN } }).refresh("refresh-token");
    expect(refusal).toMatchObject({ kind: "misconfigured", detail: "404" });
    expect(asked()).toEqual([OIDC, RFC_8414]);
  });

  test.each([
    [302, "misconfigured"],
    [403, "misconfigured"],
    [429, "unavailable"],
    [500, "unavailable"],
  ])("whose metadata is answered with %d is %s, and nothing else is asked", async (status, kind) => {
    server.answer(status, "", `Location: ${RFC_8414}`);
    const { refusal } = await server.client({ server: { issuer: ORIGIN } }).refresh("refresh-token");
    expect(refusal).toMatchObject({ kind, detail: String(status) });
    expect(asked()).toEqual([OIDC]);
  });

  test.each([
    [`http://${AUTH_HOST}`, "https://"],
    [`${ORIGIN}?tenant=7`, "query"],
    [`${ORIGIN}/#tenant`, "fragment"],
    [`https://user@${AUTH_HOST}`, "userinfo"],
    ["https://127.0.0.1", "IP address"],
    ["https://localhost", "not a public name"],
    [`${ORIGIN}/a//b`, "//"],
    ["", "https://"],
  ])("is misconfigured where it is spelt %j", async (issuer, named) => {
    const { refusal } = await server.client({ server: { issuer } }).refresh("refresh-token");
    expect(refusal?.kind).toBe("misconfigured");
    expect(refusal?.message).toContain(named);
    expect(asked()).toEqual([]);
  });
});
