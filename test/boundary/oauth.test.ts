import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hook } from "../../host/index.ts";
import { type ConnectorScene, openConnectorScene } from "../support/connector-scene.ts";
import { buildTestHook, loadProbe, probe, type ProbeCall, type ProbeReport } from "../support/probe.ts";
import { ORIGIN } from "../support/scene.ts";

const URL_IN = `${ORIGIN}/v1/customers`;
const KEY = { connector: "crm", connection: "default" };

let component: Uint8Array;
let scene: ConnectorScene;
let hook: Hook;

beforeAll(async () => {
  component = await buildTestHook("probe");
});

beforeEach(async () => {
  scene = await openConnectorScene();
  hook = await (await scene.open()).load(component, { name: "customers", connector: scene.connector });
});

afterEach(() => scene.close());

function call(more: Partial<ProbeCall> = {}): Promise<ProbeReport> {
  return probe(hook, { url: URL_IN, auth: { oauth: {} }, ...more });
}

function refreshes(): number {
  return scene.server.tokenRequests.filter(({ grantType }) => grantType === "refresh_token").length;
}

describe("a connector's hook", () => {
  test("is given the connection's token by the host, and never sees it", async () => {
    const { tokens } = await scene.connect();
    expect(await call()).toMatchObject({ status: 200, body: { active: true } });
    expect(scene.authorizations).toEqual([`Bearer ${tokens?.accessToken}`]);
    expect(refreshes()).toBe(0);
  });

  test("gets a token that lives as long as the call may", async () => {
    await scene.connect({ left: 4 });
    expect(await call({ timeout: 2000 })).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(0);
    expect(await call({ timeout: 20_000 })).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);
  });

  test("gets a token that lives for minTtlSeconds, if it asks for that", async () => {
    await scene.connect({ left: 250 });
    expect(await call({ auth: { oauth: { minTtlSeconds: 200 } } })).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(0);
    expect(await call({ auth: { oauth: { minTtlSeconds: 300 } } })).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);
    expect(await call({ auth: { oauth: { minTtlSeconds: 300 } } })).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);
  });

  test("uses the connection that its event is for", async () => {
    const [one, two] = [await scene.connect({ connection: "one" }), await scene.connect({ connection: "two" })];
    await hook.run({ method: "GET", url: URL_IN, auth: { oauth: {} } }, { connection: "two" });
    await hook.run({ method: "GET", url: URL_IN, auth: { oauth: {} } }, { connection: "one" });
    expect(scene.authorizations).toEqual([two, one].map(({ tokens }) => `Bearer ${tokens?.accessToken}`));
  });

  test("finds the token taken out of whatever the server sends back", async () => {
    const token = (await scene.connect()).tokens?.accessToken ?? "";
    scene.answer = (response, { headers }) => {
      const value = headers.authorization ?? "";
      const encoded = Buffer.from(`x${value}`).toString("base64");
      response
        .writeHead(200, { "x-echo": value, "x-base64": encoded })
        .end(`${value} ${encoded} ${encodeURIComponent(value)}`);
    };
    const seen = JSON.stringify(await call());
    expect(seen).not.toContain(token);
    expect(seen).not.toContain(Buffer.from(token).toString("base64").slice(4, 40));
    expect(seen).toContain("Bearer ****");
    scene.answer = (response) => response.end(`the last call brought ${token}`);
    expect(JSON.stringify(await call({ auth: undefined }))).not.toContain(token);
  });

  test("is answered a 401 as it is: no request of a hook is sent twice", async () => {
    await scene.connect();
    scene.answer = (response) => response.writeHead(401).end();
    expect(await call()).toMatchObject({ status: 401 });
    expect([scene.authorizations.length, refreshes()]).toEqual([1, 0]);
  });
});

describe("auth.oauth is auth-unavailable and says why", () => {
  test("toward what connection.oauth.for does not allow", async () => {
    await scene.connect();
    expect(await call({ url: `${ORIGIN}/v2/customers` })).toMatchObject({
      code: "auth-unavailable",
      phase: "auth",
      message: expect.stringMatching(/may not go to https:\/\/api\.example\.com\/v2\/customers.*bound to.*add "https:/),
      requestMayHaveBeenSent: false,
    });
    expect(scene.authorizations).toEqual([]);
  });

  test("in a hook that is no route of a connector", async () => {
    hook = await loadProbe(await scene.open(), component);
    expect(await call()).toMatchObject({
      code: "auth-unavailable",
      message: expect.stringContaining("no route of a connector that declares connection.oauth"),
    });
  });

  test("where nobody has connected", async () => {
    expect(await call()).toMatchObject({
      code: "auth-unavailable",
      message: expect.stringContaining("run backfill connect"),
    });
  });

  test("and beside a field of the hook's own it is auth-collision", async () => {
    await scene.connect();
    expect(await call({ headers: [["Authorization", "Bearer own"]] })).toMatchObject({ code: "auth-collision" });
  });
});

describe("a refresh that fails", () => {
  test("with invalid_grant is reauth-needed for good", async () => {
    await scene.connect({ left: 1 });
    const { tokens } = (await scene.store.read(KEY))?.record ?? {};
    const other = await scene.open();
    const first = await other.load(component, { connector: scene.connector });
    await probe(first, { url: URL_IN, auth: { oauth: {} } });
    // As a backup that was put back: its refresh token was used up.
    const stored = await scene.store.read(KEY);
    if (stored === undefined || tokens === undefined) throw new Error("no connection");
    await scene.store.write(KEY, { ...stored.record, tokens }, stored.version);
    expect(await call()).toMatchObject({ code: "reauth-needed", phase: "auth", requestMayHaveBeenSent: false });
    expect(await call()).toMatchObject({ code: "reauth-needed" });
    expect(refreshes()).toBe(2);
  });

  test.each([
    ["a 503", 503],
    ["a 429", 429],
  ])("with %s is refresh-unavailable, and the old token serves while it lives", async (_, status) => {
    scene.server.fault = ({ answer }) => answer(status, "{}");
    await scene.connect({ left: 2 });
    expect(await call()).toMatchObject({ status: 200 });
    expect(refreshes()).toBe(1);
    await scene.connect({ left: -1 });
    expect(await call()).toMatchObject({ code: "refresh-unavailable", phase: "auth", requestMayHaveBeenSent: false });
  });

  test("because the network is cut after the server has rotated is refresh-unavailable, and then reauth-needed", async () => {
    await scene.connect({ left: -1 });
    scene.server.fault = async ({ cut }, process) => {
      await process();
      cut();
    };
    expect(await call()).toMatchObject({ code: "refresh-unavailable" });
    scene.server.fault = undefined;
    const later = await (await scene.open()).load(component, { connector: scene.connector });
    expect(await probe(later, { url: URL_IN, auth: { oauth: {} } })).toMatchObject({ code: "reauth-needed" });
  });
});

describe("a refresh", () => {
  test("counts into the deadline of the call, in phase auth, and its answer is kept all the same", async () => {
    await scene.connect({ left: -1 });
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    scene.server.fault = async (_, process) => {
      await process();
      await held;
    };
    expect(await call({ timeout: 300 })).toMatchObject({
      code: "timeout",
      phase: "auth",
      requestMayHaveBeenSent: false,
    });
    goOn();
    expect(await call()).toMatchObject({ status: 200 });
    expect([refreshes(), scene.authorizations.length]).toEqual([1, 1]);
  });

  test("that nobody waits for any more is stored before the runtime has closed", async () => {
    await scene.connect({ left: -1 });
    const runtime = await scene.open();
    const own = await runtime.load(component, { connector: scene.connector });
    const rotated = new Promise<void>((resolve) => {
      scene.server.fault = async (_, process) => {
        await process();
        resolve();
      };
    });
    const ended = own.run({ method: "GET", url: URL_IN, auth: { oauth: {} } }).catch((error: Error) => error.message);
    await rotated;
    await runtime.close();
    expect(await ended).toContain("closed");
    const { tokens, refresh } = (await scene.store.read(KEY))?.record ?? {};
    expect(refresh).toBeUndefined();
    expect(await scene.server.isActive(tokens?.accessToken ?? "")).toBe(true);
    expect((tokens?.expiresAt ?? 0) > Date.now()).toBe(true);
  });

  test("by sixteen hooks at once is one", async () => {
    await scene.connect({ left: -1 });
    const reports = await Promise.all(Array.from({ length: 16 }, () => call()));
    expect(reports.map(({ status }) => status)).toEqual(Array(16).fill(200));
    expect(refreshes()).toBe(1);
  });
});

test("the audit names the kind of authorization and the token's age, and holds no token", async () => {
  const { tokens } = await scene.connect();
  await call();
  expect(scene.calls).toMatchObject([{ hook: "customers", status: 200, auth: { kind: "oauth" } }]);
  expect(scene.calls[0]?.auth?.tokenAge).toBeGreaterThanOrEqual(0);
  expect(JSON.stringify(scene.calls)).not.toContain(tokens?.accessToken);
});
