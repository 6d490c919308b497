import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { checkConnector, connectorWarnings } from "../../host/config/check-connector.ts";
import type { ConnectorConfig, OAuthConfig } from "../../host/config/connector.ts";
import { findConnector, loadConnector } from "../../host/config/load.ts";
import { resolveConnector } from "../../host/config/resolve-connector.ts";
import { ConfigError } from "../../host/errors.ts";
import { folderOf } from "../support/cli.ts";

const ISSUER = "https://auth.example.com";
const CLIENT = { id: "backfill", secret: { value: "client-secret" } };
const FOR = ["https://api.example.com/v1/*"];
const ROUTES = { contacts: { hook: "contacts.ts" } };
const CONNECTOR = { name: "crm", connection: { oauth: { issuer: ISSUER, client: CLIENT, for: FOR } }, routes: ROUTES };
const ENDPOINTS = {
  tokenEndpoint: "https://auth.example.com/token?tenant=1",
  authorizationEndpoint: "https://auth.example.com/authorize?tenant=1",
};

/** A manifest with another `connection.oauth`. */
function withOAuth(oauth: object): object {
  return { ...CONNECTOR, connection: { oauth } };
}

function withMember(member: object): object {
  return withOAuth({ ...CONNECTOR.connection.oauth, ...member });
}

function withClient(client: object): object {
  return withMember({ client });
}

function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("checkConnector", () => {
  test.each<[name: string, connector: object]>([
    ["an issuer", CONNECTOR],
    ["no connection", { name: "a", routes: {} }],
    ["a connection without oauth", { name: "a", connection: {}, routes: ROUTES }],
    ["endpoints, with queries", withOAuth({ ...ENDPOINTS, client: CLIENT, for: FOR })],
    ["a token endpoint alone", withOAuth({ tokenEndpoint: ENDPOINTS.tokenEndpoint, client: CLIENT, for: FOR })],
    ["an issuer with a path", withMember({ issuer: `${ISSUER}/tenant` })],
    ["a public client", withClient({ id: "native", authentication: "none" })],
    ["a secret in the body", withClient({ ...CLIENT, authentication: "client_secret_post" })],
    ["client credentials", withMember({ grant: "client_credentials", scopes: ["contacts.read", "urn:a:b"] })],
    ["the longest name", { name: `a${"-0".repeat(31)}`, routes: { "A.b_c-1": { hook: "a.wasm" } } }],
    ["a route with a name that objects inherit", { name: "a", routes: { constructor: { hook: "a.ts" } } }],
  ])("accepts %s", (_name, connector) => {
    const checked = checkConnector(connector);
    expect(checked).toEqual(connector);
    expect(Object.keys(checked.routes)).toEqual(Object.keys((connector as ConnectorConfig).routes));
  });

  test.each<[connector: unknown, path: string, message: string]>([
    [undefined, "the connector", "got undefined, wanted an object, as in defineConnector"],
    [[], "the connector", "got an array, wanted an object"],
    [{}, "name", 'got undefined, wanted a string, as in "crm"'],
    [{ name: "crm" }, "routes", "got undefined, wanted an object of routes"],
    [
      { name: "crm", route: {} },
      "route",
      "got an unknown key, wanted one of name, connection, routes; did you mean routes?",
    ],
    [{ name: "Crm", routes: {} }, "name", "got another name, wanted lower-case letters, digits and hyphens"],
    [{ name: "1crm", routes: {} }, "name", "got another name"],
    [{ name: "", routes: {} }, "name", "got another name"],
    [{ name: `a${"b".repeat(63)}`, routes: {} }, "name", "got another name"],
    [{ name: "crm\n", routes: {} }, "name", "got another name"],
    [{ name: "crm", routes: [] }, "routes", "got an array, wanted an object of routes"],
    [{ name: "crm", routes: { "a/b": ROUTES.contacts } }, 'routes["a/b"]', "got another name, wanted letters, digits"],
    [
      { name: "crm", routes: { a: "a.ts" } },
      "routes.a",
      'got a string, wanted an object, as in { hook: "contacts.ts" }',
    ],
    [{ name: "crm", routes: { a: {} } }, "routes.a.hook", "got undefined, wanted a path from this file"],
    [{ name: "crm", routes: { a: { hook: "" } } }, "routes.a.hook", "got no path"],
    [
      { name: "crm", routes: { a: { hok: "a.ts" } } },
      "routes.a.hok",
      "got an unknown key, wanted hook; did you mean routes.a.hook?",
    ],
    [
      { ...CONNECTOR, connection: { oaut: {} } },
      "connection.oaut",
      "got an unknown key, wanted oauth; did you mean connection.oauth?",
    ],
    [withOAuth({}), "connection.oauth.client", 'got undefined, wanted an object, as in { id: "backfill"'],
    [withOAuth({ client: CLIENT }), "connection.oauth.for", "got undefined, wanted an array of entries"],
    [
      withOAuth({ client: CLIENT, for: FOR }),
      "connection.oauth",
      "got no server, wanted an issuer, or a tokenEndpoint",
    ],
    [withMember({ ...ENDPOINTS }), "connection.oauth", "got issuer and tokenEndpoint, wanted the issuer"],
    [
      withMember({ authorizationEndpoint: ENDPOINTS.authorizationEndpoint }),
      "connection.oauth",
      "got issuer and authorizationEndpoint, wanted the issuer",
    ],
    [
      withOAuth({ authorizationEndpoint: ENDPOINTS.authorizationEndpoint, client: CLIENT, for: FOR }),
      "connection.oauth",
      "got no server",
    ],
    [
      withMember({ issuer: "http://auth.example.com" }),
      "connection.oauth.issuer",
      'got "http://auth.example.com", wanted "https://auth.example.com": the URL does not begin with https://',
    ],
    [withMember({ issuer: `${ISSUER}?a=b` }), "connection.oauth.issuer", "wanted a URL without query and fragment"],
    [withMember({ issuer: `${ISSUER}#` }), "connection.oauth.issuer", "wanted a URL without query and fragment"],
    [withMember({ issuer: "https://127.0.0.1" }), "connection.oauth.issuer", "an IP address cannot stand for a host"],
    [withMember({ issuer: "https://auth.internal" }), "connection.oauth.issuer", "the host is not a public name"],
    [withMember({ issuer: 1 }), "connection.oauth.issuer", "got a number, wanted a string"],
    [
      withOAuth({ tokenEndpoint: "http://auth.example.com/token", client: CLIENT, for: FOR }),
      "connection.oauth.tokenEndpoint",
      'wanted "https://auth.example.com/token"',
    ],
    [
      withOAuth({ tokenEndpoint: `${ISSUER}/token#a`, client: CLIENT, for: FOR }),
      "connection.oauth.tokenEndpoint",
      "wanted a URL without a fragment",
    ],
    [
      withOAuth({ tokenEndpoint: `${ISSUER}/*`, client: CLIENT, for: FOR }),
      "connection.oauth.tokenEndpoint",
      "wanted a URL without a wildcard",
    ],
    [
      withOAuth({ tokenEndpoint: `${ISSUER}/token?a=b c`, client: CLIENT, for: FOR }),
      "connection.oauth.tokenEndpoint",
      "white space",
    ],
    [
      withOAuth({ ...ENDPOINTS, authorizationEndpoint: "https://localhost/authorize", client: CLIENT, for: FOR }),
      "connection.oauth.authorizationEndpoint",
      "the host is not a public name",
    ],
    [
      withMember({ scope: "a" }),
      "connection.oauth.scope",
      "authorizationEndpoint, client, grant, scopes, for; did you mean connection.oauth.scopes?",
    ],
    [withMember({ scopes: "a b" }), "connection.oauth.scopes", "got a string, wanted an array of scopes"],
    [withMember({ scopes: ["a", "b c"] }), "connection.oauth.scopes[1]", "got text that is no scope, wanted one scope"],
    [withMember({ scopes: [""] }), "connection.oauth.scopes[0]", "got text that is no scope"],
    [withMember({ scopes: ['"'] }), "connection.oauth.scopes[0]", "got text that is no scope"],
    [
      withMember({ grant: "authorization_code" }),
      "connection.oauth.grant",
      "got a string, wanted one of refresh_token, client_credentials",
    ],
    [withMember({ for: [] }), "connection.oauth.for", "got no entry, wanted one or more"],
    [
      withMember({ for: [...FOR, "http://api.example.com/*"] }),
      "connection.oauth.for[1]",
      'got "http://api.example.com/*", wanted "https://api.example.com/*"',
    ],
    [withMember({ for: ["https://*.example.com/"] }), "connection.oauth.for[0]", "a host cannot hold a wildcard"],
    [withClient({}), "connection.oauth.client.id", "got undefined, wanted a string"],
    [withClient({ id: "" }), "connection.oauth.client.id", "got text that is no client id"],
    [withClient({ id: "a\u00e4" }), "connection.oauth.client.id", "got text that is no client id"],
    [withClient({ id: "a", secret: {} }), "connection.oauth.client.secret", "got no source, wanted one of value, env"],
    [
      withClient({ id: "a", secret: { env: "A", file: "b" } }),
      "connection.oauth.client.secret",
      "got env and file, wanted one of",
    ],
    [
      withClient({ id: "a", secret: { evn: "A" } }),
      "connection.oauth.client.secret.evn",
      "did you mean connection.oauth.client.secret.env?",
    ],
    [
      withClient({ id: "a", secret: { env: "A", for: [] } }),
      "connection.oauth.client.secret.for",
      "got an unknown key, wanted one of value, env, file",
    ],
    [
      withClient({ ...CLIENT, authentication: "private_key_jwt" }),
      "connection.oauth.client.authentication",
      "got a string, wanted one of client_secret_basic, client_secret_post, none",
    ],
    [
      withClient({ ...CLIENT, authentication: "none" }),
      "connection.oauth.client.authentication",
      'got "none", wanted another way, or no secret',
    ],
    [
      withClient({ id: "a", authentication: "client_secret_post" }),
      "connection.oauth.client.authentication",
      "wanted a secret, which client_secret_post sends",
    ],
    [
      withMember({ grant: "client_credentials", client: { id: "a" } }),
      "connection.oauth.client.secret",
      "got none, wanted a secret: client_credentials is for clients that have one",
    ],
    [
      withOAuth({ ...ENDPOINTS, grant: "client_credentials", client: CLIENT, for: FOR }),
      "connection.oauth.authorizationEndpoint",
      "got a URL, wanted none",
    ],
  ])("refuses %j at %s", (connector, path, message) => {
    const error = errorOf(() => checkConnector(connector, "connector.config.ts"));
    expect(error.path).toBe(path);
    expect(error.message).toContain(`connector.config.ts: ${path}: got `);
    expect(error.message).toContain(message);
  });

  test("a client's secret is never in a message, wherever it was written", () => {
    const secret = "cs_live_0123456789";
    for (const connector of [
      secret,
      { ...CONNECTOR, name: secret },
      withClient({ id: "a", secret }),
      withClient({ id: "a", secret: [secret] }),
      withClient({ id: "a", secret: { value: [secret] } }),
      withClient({ id: "a", secret: { value: secret }, authentication: "none" }),
      withClient({ id: "a", secret: { value: secret }, authentication: secret }),
      withMember({ scopes: [`${secret}"`] }),
      withMember({ issuer: `https://user:${secret}@auth.example.com` }),
      withMember({ issuer: `${ISSUER}?key=${secret}` }),
    ]) {
      expect(errorOf(() => checkConnector(connector)).message).not.toContain(secret);
    }
  });

  test("a host of internalHosts may be the authorization server's, and stand in an entry", () => {
    const connector = withMember({ issuer: "https://auth.internal", for: ["https://api.internal/*"] });
    expect(checkConnector(connector, undefined, { internalHosts: ["auth.internal", "api.internal"] })).toEqual(
      connector,
    );
  });
});

test("an entry without a path is reported as allowing exactly /", () => {
  const connector = withMember({ for: ["https://api.example.com", "https://api.example.com/"] }) as ConnectorConfig;
  const [warning, ...others] = connectorWarnings(connector);
  expect(warning).toMatch(/^connection\.oauth\.for\[0\] "https:\/\/api\.example\.com": an entry without a path/);
  expect(others).toEqual([]);
  expect(connectorWarnings({ name: "a", routes: {} })).toEqual([]);
});

describe("resolveConnector", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("gives the client with its secret, and the entries compiled", async () => {
    const { name, oauth } = await resolveConnector(CONNECTOR);
    expect(name).toBe("crm");
    expect(oauth?.options).toEqual({
      connector: "crm",
      server: { issuer: ISSUER },
      clientId: "backfill",
      clientSecret: "client-secret",
      authentication: "client_secret_basic",
      grant: "refresh_token",
      scopes: [],
    });
    expect(oauth?.allowlist.check("https://api.example.com/v1/a").allowed).toBe(true);
    expect(oauth?.allowlist.check("https://api.example.com/v2/a").allowed).toBe(false);
  });

  test("a client without a secret is a public one", async () => {
    const { oauth } = await resolveConnector(withClient({ id: "native" }) as ConnectorConfig);
    expect(oauth?.options).toMatchObject({ clientSecret: undefined, authentication: "none" });
  });

  test("endpoints, scopes and the ways of the client are taken as they are written", async () => {
    const oauth: OAuthConfig = {
      ...ENDPOINTS,
      client: { ...CLIENT, authentication: "client_secret_post" },
      scopes: ["a", "b"],
      for: FOR,
    };
    const resolved = await resolveConnector({ name: "crm", connection: { oauth }, routes: ROUTES });
    expect(resolved.oauth?.options).toMatchObject({
      server: ENDPOINTS,
      authentication: "client_secret_post",
      scopes: ["a", "b"],
    });
  });

  test("a connector without oauth has none", async () => {
    expect((await resolveConnector({ name: "a", routes: ROUTES })).oauth).toBeUndefined();
  });

  test("the secret is read from the environment, and from a file without its last line break", async () => {
    vi.stubEnv("CRM_SECRET", "from-env");
    const file = join(await folderOf({ secret: "from-file\n" }), "secret");
    for (const [secret, value] of [
      [{ env: "CRM_SECRET" }, "from-env"],
      [{ file }, "from-file"],
      [{ value: () => Promise.resolve("from-function") }, "from-function"],
    ] as const) {
      const { oauth } = await resolveConnector(withClient({ id: "a", secret }) as ConnectorConfig);
      expect(oauth?.options.clientSecret).toBe(value);
    }
  });

  test.each<[secret: object, message: string]>([
    [{ env: "BACKFILL_NOT_SET" }, "connection.oauth.client.secret.env: got a variable that is not set"],
    [{ value: undefined }, "connection.oauth.client.secret: got no value"],
    [{ value: "" }, "connection.oauth.client.secret: got no value"],
    [{ file: "none" }, "connection.oauth.client.secret.file: got none (ENOENT), wanted a file that can be read"],
  ])("a secret of %j is refused", async (secret, message) => {
    const resolved = resolveConnector(withClient({ id: "a", secret }) as ConnectorConfig);
    await expect(resolved).rejects.toThrow(ConfigError);
    await expect(resolved).rejects.toThrow(message);
  });

  test("the secret's name in the environment is not told: it may be the secret itself", async () => {
    const connector = withClient({ id: "a", secret: { env: "cs_live_0123456789" } }) as ConnectorConfig;
    await expect(resolveConnector(connector)).rejects.toThrow(/^(?!.*cs_live)/);
  });

  test("a manifest that cannot be used is refused", async () => {
    await expect(resolveConnector({ name: "A", routes: {} })).rejects.toThrow(ConfigError);
  });
});

test("a manifest is found in the first of the folders that has one, and loaded", async () => {
  const empty = await folderOf({});
  const folder = await folderOf({ "connector.config.ts": `export default ${JSON.stringify(CONNECTOR)};\n` });
  const file = join(folder, "connector.config.ts");
  expect(findConnector([empty, folder, "."])).toBe(file);
  expect(findConnector([empty])).toBeUndefined();
  expect((await loadConnector(file)).connector).toEqual(CONNECTOR);
});

test("a manifest that is not there is refused", async () => {
  await expect(loadConnector("none/connector.config.ts")).rejects.toThrow(
    "none/connector.config.ts: got no such file, wanted the connector's manifest",
  );
});
