import { createServer } from "node:net";
import { access, chmod, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { ConnectionRecord, TokenStore } from "../../host/auth/store/token-store.ts";
import {
  AUTH_HOST,
  BASIC,
  ISSUER,
  PUBLIC,
  startAuthorizationServer,
  type AuthorizationServer,
} from "../support/authorization-server.ts";
import { authorize, type Decision } from "../support/authorize.ts";
import { backfill, folderOf, startBackfill, type CliResult, type RunningCli } from "../support/cli.ts";

const KEY = Buffer.alloc(32, 7);
const CONFIG = `import { defineConfig } from "@backfill/http";
export default defineConfig({
  permissions: { http: ["https://api.example.com/*"] },
  tokens: { file: "tokens.db", key: { env: "TOKENS_KEY" } },
});
`;
const OAUTH = {
  issuer: ISSUER,
  client: { id: BASIC.id, secret: { env: "CRM_SECRET" } },
  scopes: ["openid", "offline_access", "customers.read"],
  for: ["https://api.example.com/v1/*"],
};
const ENV = { TOKENS_KEY: KEY.toString("base64"), CRM_SECRET: BASIC.secret ?? "" };

let server: AuthorizationServer;
let folder: string;
let sending: readonly string[];

beforeAll(async () => {
  server = await startAuthorizationServer();
});
afterAll(() => server.close());

beforeEach(async () => {
  server.fault = undefined;
  folder = await folderOf({
    "backfill.config.ts": CONFIG,
    "connector.config.ts": manifest(OAUTH),
    "ca.pem": server.ca,
  });
  sending = ["--resolve", server.resolve[0] ?? "", "--cacert", join(folder, "ca.pem")];
});

function manifest(oauth: object | undefined, name = "crm"): string {
  return `import { defineConnector } from "@backfill/http";
export default defineConnector(${JSON.stringify({ name, connection: { oauth }, routes: {} })});
`;
}

function connect(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<RunningCli> {
  return startBackfill(["connect", ...args, ...sending], { folder, env: { ...ENV, ...env } });
}

async function urlOf({ said }: RunningCli): Promise<URL> {
  return new URL((await said(/^ {2}(https:\S+)\n/m))[1] ?? "");
}

/** Decides as the person in the browser, and comes back. Returns the page and its status. */
async function walk(running: RunningCli, decision?: Decision): Promise<Response> {
  return fetch(await authorize(server, await urlOf(running), decision));
}

async function connected(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const running = await connect(args, env);
  await walk(running);
  return running.ended;
}

async function withStore<T>(work: (store: TokenStore) => Promise<T>): Promise<T> {
  const store = openTokenStore({ file: join(folder, "tokens.db"), keys: [KEY] });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function recordOf(connection = "default"): Promise<ConnectionRecord | undefined> {
  return withStore(async (store) => (await store.read({ connector: "crm", connection }))?.record);
}

describe("connect", () => {
  test("sends a person to the authorization server and stores the tokens that come back", async () => {
    const running = await connect();
    const page = await walk(running);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("You can close this window")]);
    const { code, stdout, stderr } = await running.ended;
    expect(stdout).toMatch(/^crm is connected as "default", its token is good until \S+Z, scope openid offline_access/);
    expect(code).toBe(0);

    const record = await recordOf();
    const { accessToken = "", refreshToken = "" } = record?.tokens ?? {};
    expect(await server.isActive(accessToken)).toBe(true);
    expect(refreshToken).not.toBe("");
    expect(record).toMatchObject({ refresh: undefined, reauth: undefined });
    for (const secret of [accessToken, refreshToken, ENV.CRM_SECRET, ENV.TOKENS_KEY]) {
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  test("asks with PKCE and a state, each another every time, and comes back to a port of 127.0.0.1", async () => {
    const asked: URLSearchParams[] = [];
    for (let i = 0; i < 2; i++) {
      const running = await connect();
      asked.push((await urlOf(running)).searchParams);
      running.child.kill("SIGINT");
      await running.ended;
    }
    for (const parameters of asked) {
      expect(parameters.get("code_challenge_method")).toBe("S256");
      expect(parameters.get("code_challenge")).toMatch(/^[\w-]{43}$/);
      expect(parameters.get("state")).toMatch(/^[\w-]{43}$/);
      expect(parameters.get("redirect_uri")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    }
    for (const name of ["state", "code_challenge"]) expect(asked[0]?.get(name)).not.toBe(asked[1]?.get(name));
  });

  test("--json gives one object, without a token", async () => {
    const { code, stdout } = await connected(["--json", "--connection", "customer-17"]);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toEqual({
      connector: "crm",
      connection: "customer-17",
      expiresAt: expect.stringMatching(/Z$/) as string,
      scope: "openid offline_access customers.read",
      refreshable: true,
    });
    expect(Date.parse(String(result["expiresAt"]))).toBe((await recordOf("customer-17"))?.tokens?.expiresAt);
    expect(code).toBe(0);
  });

  test("takes the place of what was stored, as another grant that nobody has to renew", async () => {
    const before: ConnectionRecord = {
      grant: "first",
      connectedAt: 1,
      tokens: undefined,
      refresh: { owner: "gone", startedAt: 1, sent: true },
      reauth: { at: 1, reason: "the grant is gone" },
    };
    await withStore((store) => store.write({ connector: "crm", connection: "default" }, before, 0));
    expect((await connected()).code).toBe(0);
    const record = await recordOf();
    expect(record).toMatchObject({ refresh: undefined, reauth: undefined });
    expect(record?.grant).toMatch(/^[\da-f-]{36}$/);
    expect(record?.connectedAt).toBeGreaterThan(1);
  });

  test("a folder or a file names the connector, and the configuration beside it counts", async () => {
    const elsewhere = await folderOf({});
    for (const given of [folder, join(folder, "connector.config.ts")]) {
      const running = await startBackfill(["connect", given, ...sending], { folder: elsewhere, env: ENV });
      await walk(running);
      expect((await running.ended).code).toBe(0);
    }
    await expect(access(join(elsewhere, "tokens.db"))).resolves.toBeUndefined();
  });

  test("a public client connects without a secret", async () => {
    await writeFile(join(folder, "connector.config.ts"), manifest({ ...OAUTH, client: { id: PUBLIC.id } }));
    expect((await connected()).code).toBe(0);
    expect((await recordOf())?.tokens?.refreshToken).toBeDefined();
  });

  test("an answer with another state is refused with 400, and the right one is still waited for", async () => {
    const running = await connect();
    const back = await authorize(server, await urlOf(running));
    const forged = new URL(back);
    forged.searchParams.set("state", "forged");
    expect((await fetch(forged)).status).toBe(400);
    expect((await fetch(back)).status).toBe(200);
    expect((await running.ended).code).toBe(0);
  });

  test("a person who does not agree ends it with one clear line", async () => {
    const running = await connect();
    expect((await walk(running, "refuse")).status).toBe(200);
    const { code, stdout, stderr } = await running.ended;
    expect(stderr).toMatch(/^error: crm is not connected: .*did not agree \(access_denied\)/m);
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(await recordOf()).toBeUndefined();
  });

  test("a code that is not the server's is refused, and is in no message", async () => {
    const running = await connect();
    const back = await authorize(server, await urlOf(running));
    back.searchParams.set("code", "forged-code-0123456789");
    await fetch(back);
    const { code, stdout, stderr } = await running.ended;
    expect(stderr).toMatch(/^error: crm is not connected: .*\(invalid_grant\)/m);
    expect(stdout + stderr).not.toContain("forged-code");
    expect(code).toBe(1);
  });

  test("nobody who comes back within --timeout ends it", async () => {
    const { code, stderr } = await (await connect(["--timeout", "1"])).ended;
    expect(stderr).toContain("error: nobody came back from the authorization server within 1 s");
    expect(code).toBe(1);
  });

  test("Ctrl-C ends it with 130", async () => {
    const running = await connect();
    await urlOf(running);
    running.child.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stdout: "" });
    expect(await recordOf()).toBeUndefined();
  });

  test("Ctrl-C ends it while the authorization server does not answer", async () => {
    const running = await connect();
    server.fault = () => new Promise(() => {});
    await walk(running);
    await running.said(/Asking the authorization server/);
    running.child.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stdout: "" });
  });

  test("a server that gives no refresh token is reported, with the scope to ask for", async () => {
    await writeFile(join(folder, "connector.config.ts"), manifest({ ...OAUTH, scopes: ["openid", "customers.read"] }));
    const { code, stdout, stderr } = await connected(["--json"]);
    expect(stderr).toMatch(/^warning: .*no refresh token.*offline_access/m);
    expect(JSON.parse(stdout)).toMatchObject({ refreshable: false });
    expect(code).toBe(0);
  });

  test("--port is the port that the browser comes back to, and one that is taken is named", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await (await connect(["--port", String(port)])).ended;
    expect(stderr).toContain(`error: port ${port} of 127.0.0.1 cannot be listened on: EADDRINUSE`);
    expect(code).toBe(1);
    await new Promise((resolve) => taken.close(resolve));
    const running = await connect(["--port", String(port)]);
    expect((await urlOf(running)).searchParams.get("redirect_uri")).toBe(`http://127.0.0.1:${port}/callback`);
    running.child.kill("SIGINT");
    await running.ended;
  });

  test("no browser is opened where stdout is no terminal", async () => {
    const openers = ["xdg-open", "open"];
    const tools = await folderOf(Object.fromEntries(openers.map((name) => [name, '#!/bin/sh\n: > "$0.ran"\n'])));
    for (const name of openers) await chmod(join(tools, name), 0o755);
    expect((await connected([], { PATH: `${tools}:${process.env["PATH"]}` })).code).toBe(0);
    for (const name of openers) await expect(access(join(tools, `${name}.ran`))).rejects.toThrow("ENOENT");
  });
});

describe("connect with client_credentials", () => {
  beforeEach(async () => {
    const { issuer, client } = OAUTH;
    const oauth = { issuer, client, for: OAUTH.for, grant: "client_credentials", scopes: ["customers.read"] };
    await writeFile(join(folder, "connector.config.ts"), manifest(oauth));
  });

  test("asks nobody, and stores the token that proves the settings", async () => {
    const { code, stdout, stderr } = await (await connect()).ended;
    expect(stdout).toMatch(/^crm is connected as "default", its token is good until /);
    expect(stderr).not.toMatch(/https:|warning/);
    expect(code).toBe(0);
    const tokens = (await recordOf())?.tokens;
    expect(await server.isActive(tokens?.accessToken ?? "")).toBe(true);
    expect(tokens?.refreshToken).toBeUndefined();
  });

  test("settings that the server refuses are reported without the secret", async () => {
    const wrong = "another-secret-0123456789";
    const { code, stdout, stderr } = await (await connect(["--json"], { CRM_SECRET: wrong })).ended;
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "BACKFILL_CONNECT", message: expect.stringContaining("(invalid_client)") as string },
    });
    expect(stdout + stderr).not.toContain(wrong);
    expect(code).toBe(1);
    expect(await recordOf()).toBeUndefined();
  });

  test("a server that cannot be reached is a failure with its reason", async () => {
    const closed = ["--resolve", `${AUTH_HOST}:443:127.0.0.1:1`, "--cacert", join(folder, "ca.pem")];
    const { code, stderr } = await backfill(["connect", ...closed], { folder, env: ENV });
    expect(stderr).toMatch(/^error: crm is not connected: /m);
    expect(code).toBe(1);
  });
});

describe("what connect cannot work with exits with 1 and says what to change", () => {
  const LINE = 'tokens: { file: "tokens.db", key: { env: "TOKENS_KEY" } },';

  test("a configuration without a store is told the exact lines to add", async () => {
    await writeFile(join(folder, "backfill.config.ts"), "export default {};\n");
    const { code, stderr } = await (await connect()).ended;
    expect(stderr).toContain(
      `error: tokens: got nothing, wanted where connections are kept. Add to backfill.config.ts:\n  ${LINE}\n`,
    );
    expect(stderr).toContain("and set TOKENS_KEY to what this prints: openssl rand -base64 32\n");
    expect(code).toBe(1);
  });

  test("where there is no configuration, the whole of one is shown, and it works", async () => {
    const alone = await folderOf({ "connector.config.ts": manifest(OAUTH) });
    const { code, stderr } = await backfill(["connect"], { folder: alone, env: ENV });
    expect(stderr).toContain("error: backfill.config.ts: got no such file");
    expect(code).toBe(1);
    const shown = /^ {2}import [^]*?^ {2}\}\);$/m.exec(stderr)?.[0] ?? "";
    await writeFile(join(folder, "backfill.config.ts"), shown);
    expect((await connected()).code).toBe(0);
  });

  test.concurrent.each<
    [name: string, files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>, message: string]
  >([
    [
      "no client secret in the environment",
      {},
      { CRM_SECRET: "" },
      "connection.oauth.client.secret.env: got a variable that is not set, wanted the client's secret",
    ],
    [
      "no key in the environment",
      {},
      { TOKENS_KEY: "" },
      "tokens.key.env: got a variable that is not set, wanted 32 bytes in base64 or hex; make a key with: openssl rand -base64 32",
    ],
    [
      "a key of another length",
      {},
      { TOKENS_KEY: "c2hvcnQta2V5" },
      "tokens.key: got text that is no key, wanted 32 bytes in base64 or hex; make a key with: openssl rand -base64 32",
    ],
    ["a connector without oauth", { "connector.config.ts": manifest(undefined) }, {}, "connection.oauth: got nothing"],
    [
      "a connector that is refused",
      { "connector.config.ts": manifest(OAUTH, "CRM") },
      {},
      "connector.config.ts: name: got another name",
    ],
    [
      "a manifest without a default export",
      { "connector.config.ts": "export const a = 1;\n" },
      {},
      "connector.config.ts: got no default export, wanted export default defineConnector({ … })",
    ],
    [
      "a manifest with a syntax error",
      { "connector.config.ts": 'export default {\n  name "crm",\n};\n' },
      {},
      "connector.config.ts:2: got a syntax error",
    ],
    [
      "a manifest that throws",
      { "connector.config.ts": '\nthrow new Error("no");\n' },
      {},
      "connector.config.ts:2:7: got an error while it ran: no, wanted export default defineConnector({ … })",
    ],
    [
      "an authorization endpoint that is not known",
      {
        "connector.config.ts": manifest({
          tokenEndpoint: `${ISSUER}/token`,
          client: OAUTH.client,
          for: OAUTH.for,
        }),
      },
      {},
      "crm is not connected: the authorization endpoint is not known",
    ],
  ])("%s", async (_name, files, env, message) => {
    const own = await folderOf({ "backfill.config.ts": CONFIG, "connector.config.ts": manifest(OAUTH), ...files });
    const { code, stdout, stderr } = await backfill(["connect"], { folder: own, env: { ...ENV, ...env } });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).not.toContain("c2hvcnQta2V5");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("no manifest", async () => {
    const { code, stderr } = await backfill(["connect", "none"], { folder, env: ENV });
    expect(stderr).toContain("error: none: got no such file, wanted the connector's manifest");
    expect(code).toBe(1);
    const empty = await backfill(["connect"], { env: ENV });
    expect(empty.stderr).toContain("error: connector.config.ts: got no such file, wanted the connector's manifest");
  });
});
