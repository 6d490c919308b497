import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { memoryTokenStore } from "../../host/auth/store/memory-store.ts";
import { SealedSecret } from "../../host/auth/seal/sealed.ts";
import { EventSeals } from "../../host/auth/seal/seals.ts";
import type { OAuthClientOptions } from "../../host/auth/oauth/token-endpoint.ts";
import { checkConfig, configWarnings } from "../../host/config/check.ts";
import { ConfigError } from "../../host/errors.ts";
import { createHookRuntime } from "../../host/index.ts";
import type { CallRecord, OutboundHook } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { ConnectorOAuth } from "../../host/runtime/connector-oauth.ts";
import { startDnsServer } from "../support/dns.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, openScene, send } from "../support/outbound.ts";

const ORIGIN = `https://${HOST}`;
const VALUE = "sk_live_0123456789abcdef";
const CLIENT: OAuthClientOptions = {
  connector: "crm",
  server: { tokenEndpoint: "https://auth.example.com/token", authorizationEndpoint: undefined },
  clientId: "backfill",
  clientSecret: "secret",
  authentication: "client_secret_basic",
  grant: "client_credentials",
  scopes: [],
  internalHosts: [],
};
const records: CallRecord[] = [];
let scene: Scene;
let hook: OutboundHook;

beforeAll(async () => {
  scene = await openScene({ onCall: (record) => records.push(record) });
  const allowlist = Allowlist.compile([`${ORIGIN}/v1/*`], { mode: "report" });
  hook = scene.outbound.openHook({ name: "reporting", allowlist });
});
afterAll(() => scene.close());
afterEach(() => {
  records.length = 0;
});

describe("in report mode a call that no entry matches", () => {
  test("is made, and recorded as reported with the entry to add", async () => {
    expect((await send(hook, { url: `${ORIGIN}/v2/a?b=c` })).status).toBe(200);
    await send(hook, { url: `${ORIGIN}/v1/a` });
    expect(scene.server.requests.at(-2)).toContain("GET /v2/a?b=c HTTP/1.1\r\n");
    expect(records).toMatchObject([
      { decision: "reported", template: undefined, suggestion: `${ORIGIN}/v2/a`, status: 200 },
      { decision: "allowed", template: "/v1/*", suggestion: undefined, status: 200 },
    ]);
  });

  test.each([
    ["forbidden-header", { headers: ["Host", "evil.example"] }],
    ["auth-collision", { headers: ["Authorization", "a"], authorization: { kind: "bearer", token: "b" } }],
    ["too-large", { body: Buffer.alloc(11 * 1024 * 1024) }],
    ["invalid-request", { timeout: 0 }],
    ["auth-unavailable", { authorization: { kind: "oauth", minTtlSeconds: undefined } }],
  ] as const)("fails as %s as any other", async (code, request) => {
    const { length } = scene.server.requests;
    expect((await failureOf(send(hook, { url: `${ORIGIN}/v2/a`, ...request }))).code).toBe(code);
    expect(scene.server.requests).toHaveLength(length);
  });

  test("carries no sealed secret, even one that is bound to where it goes", async () => {
    const seals = new EventSeals();
    const opaque = seals.opaque(SealedSecret.seal("key", VALUE, { for: [`${ORIGIN}/*`] }));
    const json = ["content-type", "application/json"];
    const { length } = scene.server.requests;
    for (const request of [
      { authorization: { kind: "bearer", token: opaque } },
      { authorization: { kind: "basic", user: "u", password: opaque } },
      { headers: ["x-key", opaque] },
      { url: `${ORIGIN}/v2/a?key=${opaque}` },
      { headers: json, body: Buffer.from(JSON.stringify({ key: opaque })) },
    ] as const) {
      const failure = await failureOf(send(hook, { method: "POST", url: `${ORIGIN}/v2/a`, ...request }, { seals }));
      expect(failure).toMatchObject({ code: "secret-not-allowed", phase: "auth" });
      expect(failure.message).toContain("no entry of permissions.http matches");
      expect(failure.message).not.toContain(VALUE);
    }
    expect(scene.server.requests).toHaveLength(length);
    expect(new Set(records.map(({ decision }) => decision))).toEqual(new Set(["reported"]));

    await send(hook, { url: `${ORIGIN}/v1/a`, headers: ["x-key", opaque] }, { seals });
    expect(scene.server.requests.at(-1)).toContain(`x-key: ${VALUE}\r\n`);
  });

  test("carries no OAuth token, even one that is bound to where it goes", async () => {
    const store = memoryTokenStore();
    const tokens = {
      accessToken: VALUE,
      refreshToken: undefined,
      obtainedAt: Date.now() - 7000,
      expiresAt: undefined,
      scope: undefined,
    };
    const record = { grant: "g", connectedAt: 1, tokens, refresh: undefined, reauth: undefined };
    await store.write({ connector: "crm", connection: "default" }, record, 0);
    const oauth = new ConnectorOAuth({
      client: CLIENT,
      allowlist: Allowlist.compile([`${ORIGIN}/*`]),
      store,
      outbound: scene.outbound,
    });
    const event = { oauth: oauth.connection("default") };
    const authorization = { kind: "oauth", minTtlSeconds: undefined } as const;
    const { length } = scene.server.requests;
    const failure = await failureOf(send(hook, { url: `${ORIGIN}/v2/a`, authorization }, event));
    expect(failure).toMatchObject({ code: "auth-unavailable", phase: "auth" });
    expect(failure.message).toContain("No entry of permissions.http matches");
    expect(scene.server.requests).toHaveLength(length);

    await send(hook, { url: `${ORIGIN}/v1/a`, authorization }, event);
    expect(scene.server.requests.at(-1)).toContain(`authorization: Bearer ${VALUE}\r\n`);
    expect(records).toMatchObject([
      { decision: "reported", auth: { kind: "oauth", tokenAge: undefined } },
      { decision: "allowed", auth: { kind: "oauth", tokenAge: expect.closeTo(7, -1) as number } },
    ]);
    expect(Object.keys(records[1]?.phases ?? {})[0]).toBe("auth");
    await oauth.close();
    await store.close();
  });

  test("reaches no address that is not public", async () => {
    const dns = await startDnsServer(() => ["127.0.0.1"]);
    const outbound = createOutbound({ dnsServers: [dns.address] });
    const open = outbound.openHook({ name: "a", allowlist: Allowlist.compile([], { mode: "report" }) });
    expect(await failureOf(send(open, { url: "https://rebound.example.com/" }))).toMatchObject({
      code: "address-prohibited",
      requestMayHaveBeenSent: false,
    });
    expect(await failureOf(send(open, { url: "https://vault.internal/" }))).toMatchObject({ code: "not-allowed" });
    expect(new Set(dns.questions.map((question) => question.split(" ")[0]))).toEqual(new Set(["rebound.example.com"]));
    await outbound.close();
    await dns.close();
  });
});

describe("permissions.mode", () => {
  const report = { permissions: { http: [`${ORIGIN}/v1/*`], mode: "report" } } as const;
  const twice = { permissions: { ...report.permissions, reportInProduction: true } };
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test("report is refused where NODE_ENV is production, unless it is stated twice", async () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(() => checkConfig(report)).toThrow(
      'permissions.mode: got "report" where NODE_ENV is production, wanted "enforce", or reportInProduction: true beside it',
    );
    await expect(createHookRuntime(report)).rejects.toThrow(ConfigError);
    expect(() => checkConfig({ permissions: { ...report.permissions, reportInProduction: false } })).toThrow(
      ConfigError,
    );
    expect(checkConfig(twice)).toEqual(twice);
    expect(checkConfig({ permissions: { mode: "enforce" } })).toEqual({ permissions: { mode: "enforce" } });
    vi.stubEnv("NODE_ENV", "development");
    expect(checkConfig(report)).toEqual(report);
  });

  test.each([
    [{ mode: "off" }, 'permissions.mode: got a string, wanted "enforce" or "report"'],
    [{ mode: true }, 'permissions.mode: got a boolean, wanted "enforce" or "report"'],
    [{ reportInProduction: "yes" }, "permissions.reportInProduction: got a string, wanted true or false"],
    [{ report: true }, "permissions.report: got an unknown key, wanted one of http, mode, reportInProduction"],
  ])("%j is refused", (permissions, message) => {
    expect(() => checkConfig({ permissions })).toThrow(message);
  });

  test("report is warned of, once for each runtime, and enforce is not", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    const runtimes = [await createHookRuntime(report), await createHookRuntime({ permissions: { http: [] } })];
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", onWarning);
    await Promise.all(runtimes.map((runtime) => runtime.close()));
    expect(warnings).toMatchObject([{ code: "BACKFILL_REPORT_MODE" }]);
    expect(warnings[0]?.message).toMatch(/^permissions\.mode is "report": a call that no entry matches leaves/);
    expect(configWarnings(report)).toEqual([warnings[0]?.message]);
    expect(configWarnings({ permissions: { mode: "report" } })).toEqual([warnings[0]?.message]);
  });
});
