import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { Tokens } from "../../host/auth/store/token-store.ts";
import { BASIC, ISSUER, startAuthorizationServer, type AuthorizationServer } from "../support/authorization-server.ts";
import { backfill, folderOf, type CliResult } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

const HOOK = `import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const res = Http.get("https://${HOST}" + event["path"].toString(), { auth: { oauth: {} } });
  return Json.object().set("status", res.status).set("body", res.body);
}
`;
const KEY = Buffer.alloc(32, 5);
const CONFIG = { permissions: { http: [`https://${HOST}/*`] } };
const TOKENS = { file: "tokens.db", key: { env: "TOKENS_KEY" } };
const OAUTH = {
  issuer: ISSUER,
  client: { id: BASIC.id, secret: { env: "CRM_SECRET" } },
  for: [`https://${HOST}/v1/*`],
};
const ENV = { TOKENS_KEY: KEY.toString("base64url"), CRM_SECRET: BASIC.secret ?? "" };
const ROUTES = { contacts: { hook: "contacts.wasm" } };

let server: AuthorizationServer;
let api: Server;
let built: string;
let folder: string;
let sending: readonly string[];

beforeAll(async () => {
  server = await startAuthorizationServer();
  api = await openServer((response, { headers }) => {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    void server.isActive(token).then((active) => {
      response.writeHead(active ? 200 : 401, { "content-type": "application/json" }).end(`{"active":${active}}`);
    });
  });
  built = await folderOf({ "contacts.ts": HOOK, "ca.pem": server.ca + api.ca });
  const { code, stderr } = await backfill(["build", "contacts.ts"], { folder: built });
  expect([code, stderr]).toEqual([0, ""]);
  const resolve = [...server.resolve, `${HOST}:443:127.0.0.1:${api.port}`];
  sending = [...resolve.flatMap((one) => ["--resolve", one]), "--cacert", join(built, "ca.pem")];
});
afterAll(async () => {
  await api.close();
  await server.close();
});

beforeEach(async () => {
  folder = await folderOf({
    "backfill.config.ts": exporting({ ...CONFIG, tokens: TOKENS }),
    "connector.config.ts": exporting({ name: "crm", connection: { oauth: OAUTH }, routes: ROUTES }),
  });
  await copyFile(join(built, "contacts.wasm"), join(folder, "contacts.wasm"));
  api.received.length = 0;
});

function exporting(value: object): string {
  return `export default ${JSON.stringify(value)};\n`;
}

function call(
  args: readonly string[] = [],
  { hook = "contacts.wasm", path = "/v1/contacts" } = {},
): Promise<CliResult> {
  return backfill(["call", hook, "--event", JSON.stringify({ path }), ...args, ...sending], { folder, env: ENV });
}

/** Stores a grant of the server, as `connect` does. `lifetime` in milliseconds is what the store believes. */
async function connect(lifetime = 3_600_000, connection = "default"): Promise<Tokens> {
  const { accessToken, refreshToken } = await server.grant(BASIC.id);
  const now = Date.now();
  const tokens = { accessToken, refreshToken, obtainedAt: now, expiresAt: now + lifetime, scope: undefined };
  const record = { grant: accessToken, connectedAt: now, tokens, refresh: undefined, reauth: undefined };
  const store = openTokenStore({ file: join(folder, "tokens.db"), keys: [KEY] });
  await store.write({ connector: "crm", connection }, record, 0);
  await store.close();
  return tokens;
}

async function storedTokens(connection = "default"): Promise<Tokens | undefined> {
  const store = openTokenStore({ file: join(folder, "tokens.db"), keys: [KEY] });
  const stored = await store.read({ connector: "crm", connection });
  await store.close();
  return stored?.record.tokens;
}

describe("call", () => {
  test("a hook that a route names is given the connector's token, which nobody else sees", async () => {
    const { accessToken, refreshToken = "" } = await connect();
    const { code, stdout, stderr } = await call(["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      result: { status: 200, body: { active: true } },
      calls: [{ hook: "crm/contacts", path: "/v1/contacts", status: 200 }],
    });
    expect(api.received.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${accessToken}`]);
    for (const secret of [accessToken, refreshToken, ENV.CRM_SECRET]) expect(stdout + stderr).not.toContain(secret);
    expect(code).toBe(0);
  });

  test("a token that has run out is refreshed first, and the new one is stored", async () => {
    const before = await connect(0);
    const asked = server.tokenRequests.length;
    expect(await call()).toMatchObject({ code: 0, stdout: '{"status":200,"body":{"active":true}}\n' });
    expect(server.tokenRequests.slice(asked)).toMatchObject([
      { grantType: "refresh_token", status: 200, rotated: true },
    ]);
    const after = await storedTokens();
    expect(api.received.at(-1)?.headers.authorization).toBe(`Bearer ${after?.accessToken}`);
    expect(after?.refreshToken).not.toBe(before.refreshToken);
  });

  test("--connection says whose token it is", async () => {
    await connect();
    const { accessToken } = await connect(3_600_000, "customer-17");
    expect(await call(["--connection", "customer-17"])).toMatchObject({ code: 0 });
    expect(api.received.at(-1)?.headers.authorization).toBe(`Bearer ${accessToken}`);
  });

  test("a connection that was never made is a failure that says how to make it", async () => {
    const { code, stderr } = await call();
    expect(stderr).toMatch(/^error: .*"default" of connector crm.*run backfill connect/m);
    expect(api.received).toEqual([]);
    expect(code).toBe(1);
  });

  test("the token goes nowhere that connection.oauth.for does not allow, whatever permissions.http allows", async () => {
    const { accessToken } = await connect();
    const { code, stdout, stderr } = await call([], { path: "/v2/contacts" });
    expect(stderr).toMatch(/^error: .*https:\/\/api\.example\.com\/v2\/contacts.*connection\.oauth\.for/m);
    expect(stdout + stderr).not.toContain(accessToken);
    expect(api.received).toEqual([]);
    expect(code).toBe(1);
  });

  test("the token goes nowhere that permissions.http does not allow, whatever connection.oauth.for allows", async () => {
    await connect();
    const permissions = { http: [`https://${HOST}/v2/*`] };
    await writeFile(join(folder, "backfill.config.ts"), exporting({ permissions, tokens: TOKENS }));
    const { code, stderr } = await call();
    expect(stderr).toMatch(/^GET .* not-allowed /m);
    expect(api.received).toEqual([]);
    expect(code).toBe(1);
  });

  test("a file is known by whatever path leads to it", async () => {
    await connect();
    await mkdir(join(folder, "links"));
    await symlink(join(folder, "contacts.wasm"), join(folder, "links", "hook.wasm"));
    expect(await call([], { hook: "links/hook.wasm" })).toMatchObject({ code: 0 });
  });

  test("--connector names the manifest, whose routes are looked up beside it", async () => {
    await connect();
    const connector = { name: "crm", connection: { oauth: OAUTH }, routes: { a: { hook: "../contacts.wasm" } } };
    await mkdir(join(folder, "connectors"));
    await writeFile(join(folder, "connectors", "crm.ts"), exporting(connector));
    await writeFile(join(folder, "connector.config.ts"), "throw new Error();\n");
    expect(await call(["--connector", "connectors/crm.ts"])).toMatchObject({ code: 0 });
  });

  test("a hook of no route runs as before, without a token", async () => {
    await connect();
    await copyFile(join(folder, "contacts.wasm"), join(folder, "other.wasm"));
    const { code, stderr } = await call([], { hook: "other.wasm" });
    expect(stderr).toMatch(/^GET .* auth-unavailable /m);
    expect(api.received).toEqual([]);
    expect(code).toBe(1);
  });

  test.each<[args: readonly string[]]>([[["--connector", "connector.config.ts"]], [["--connection", "customer-17"]]])(
    "a hook of no route is refused where %j asks for one",
    async (args) => {
      await copyFile(join(folder, "contacts.wasm"), join(folder, "other.wasm"));
      const { code, stderr } = await call(args, { hook: "other.wasm" });
      expect(stderr).toContain(
        'error: connector.config.ts: routes: got no route for other.wasm, wanted one with { hook: "other.wasm" }',
      );
      expect(code).toBe(1);
    },
  );

  test("--connection where there is no connector at all is refused", async () => {
    const alone = await folderOf({});
    const hook = join(built, "contacts.wasm");
    const { code, stderr } = await backfill(["call", hook, "--connection", "a"], { folder: alone });
    expect(stderr).toContain("error: connector.config.ts: got no such file, wanted a connector beside the hook");
    expect(code).toBe(1);
  });

  test("without a store a connector with OAuth is refused, and one without is not", async () => {
    await writeFile(join(folder, "backfill.config.ts"), exporting(CONFIG));
    const refused = await call();
    expect(refused.stderr).toMatch(/^error: .*tokens/m);
    expect(refused.code).toBe(1);
    await writeFile(join(folder, "connector.config.ts"), exporting({ name: "crm", routes: ROUTES }));
    expect((await call()).stderr).toMatch(/^GET .* auth-unavailable /m);
  });

  test("client_credentials need no store", async () => {
    const oauth = { ...OAUTH, grant: "client_credentials" };
    await writeFile(join(folder, "backfill.config.ts"), exporting(CONFIG));
    await writeFile(
      join(folder, "connector.config.ts"),
      exporting({ name: "crm", connection: { oauth }, routes: ROUTES }),
    );
    expect(await call()).toMatchObject({ code: 0, stdout: '{"status":200,"body":{"active":true}}\n' });
  });
});
