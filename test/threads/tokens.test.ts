import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { Hook, HookRuntime } from "../../host/index.ts";
import { folderOf } from "../support/cli.ts";
import { type ConnectorScene, openConnectorScene } from "../support/connector-scene.ts";
import { buildTestHook, probe, type ProbeReport } from "../support/probe.ts";
import { ORIGIN } from "../support/scene.ts";
import { setSceneThreads } from "../support/threads.ts";

const KEY = Buffer.alloc(32, 7);

let component: Uint8Array;
let scene: ConnectorScene;
let file: string;

beforeAll(async () => {
  setSceneThreads(2);
  component = await buildTestHook("probe");
});
beforeEach(async () => {
  scene = await openConnectorScene();
  file = join(await folderOf({}), "tokens.db");
  const store = openTokenStore({ file, keys: [KEY] });
  await scene.connect({ store, left: 1 });
  await store.close();
});
afterEach(() => scene.close());

/** A runtime that opens the file itself, as the processes of a fleet do. */
async function open(): Promise<{ readonly runtime: HookRuntime; readonly hook: Hook }> {
  const tokens = { file, key: { value: KEY.toString("base64") } };
  // Undefined: in place of the scene's own.
  const runtime = await scene.open({ tokens, tokenStore: undefined as never });
  return { runtime, hook: await runtime.load(component, { name: "customers", connector: scene.connector }) };
}

const call = (hook: Hook): Promise<ProbeReport> => probe(hook, { url: `${ORIGIN}/v1/customers`, auth: { oauth: {} } });
const refreshes = (): number =>
  scene.server.tokenRequests.filter(({ grantType }) => grantType === "refresh_token").length;

test("a token is renewed once for all threads of two runtimes that share the file", async () => {
  const hooks = [(await open()).hook, (await open()).hook];
  const reports = await Promise.all(Array.from({ length: 24 }, (_, i) => call(hooks[i % 2] as Hook)));
  expect(reports.map(({ status }) => status)).toEqual(Array(24).fill(200));
  expect([refreshes(), new Set(scene.authorizations).size]).toEqual([1, 1]);
  expect(new Set(scene.calls.filter(({ hook }) => hook === "customers").map(({ id }) => id.split("-")[0])).size).toBe(
    4,
  );
});

test("what is renewed while the runtime closes is stored", async () => {
  const { runtime, hook } = await open();
  const running = call(hook).catch(() => {});
  while (scene.server.tokenRequests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await runtime.close();
  await running;
  const store = openTokenStore({ file, keys: [KEY] });
  const stored = await store.read({ connector: "crm", connection: "default" });
  await store.close();
  expect(stored?.record).toMatchObject({ refresh: undefined, reauth: undefined });
  expect(stored?.record.tokens?.expiresAt).toBeGreaterThan(Date.now() + 10_000);
});
