import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { TokenStore } from "../../host/auth/store/token-store.ts";
import { type ConnectorScene, CONNECTOR, openConnectorScene } from "../support/connector-scene.ts";
import { buildTestHook, type ProbeReport } from "../support/probe.ts";
import { ORIGIN } from "../support/scene.ts";
import type { WorkerOptions, WorkerTask } from "./worker.ts";

const PROCESSES = 4;
const HOOKS = 16;

let folder: string;
let scene: ConnectorScene;
let store: TokenStore;
let workers: readonly ChildProcess[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-fleet-"));
  scene = await openConnectorScene();
  const key = randomBytes(32);
  const file = join(folder, "tokens.db");
  store = openTokenStore({ file, keys: [key] });
  const options: WorkerOptions = {
    file,
    key,
    component: await buildTestHook("probe"),
    connector: CONNECTOR,
    allow: `${ORIGIN}/*`,
    development: scene.development,
  };
  workers = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const worker = fork(new URL("worker.ts", import.meta.url), { execArgv: [], serialization: "advanced" });
      worker.send(options);
      await once(worker, "message");
      return worker;
    }),
  );
});

afterAll(async () => {
  await Promise.all(
    workers.map(async (worker) => {
      worker.disconnect();
      if (worker.exitCode === null) await once(worker, "exit");
    }),
  );
  await store.close();
  await scene.close();
  await rm(folder, { recursive: true });
});

async function runEverywhere(task: WorkerTask): Promise<ProbeReport[]> {
  const reports = await Promise.all(
    workers.map(async (worker) => {
      const answered = once(worker, "message");
      worker.send(task);
      return (await answered)[0] as ProbeReport[];
    }),
  );
  return reports.flat();
}

const EVENT = { method: "GET", url: `${ORIGIN}/v1/customers`, auth: { oauth: {} } };

test("64 hooks in 4 processes that need a fresh token at once cause one refresh, and none fails", async () => {
  await scene.connect({ store, left: -1 });
  const reports = await runEverywhere({ events: HOOKS, event: EVENT });
  expect(reports.map(({ status, message }) => status ?? message)).toEqual(Array(PROCESSES * HOOKS).fill(200));
  expect(scene.server.tokenRequests.map(({ status, rotated }) => ({ status, rotated }))).toEqual([
    { status: 200, rotated: true },
  ]);
  expect(new Set(scene.authorizations).size).toBe(1);
});

test("64 hooks whose refresh is refused for good are all told so, and the server is asked once", async () => {
  const before = scene.server.tokenRequests.length;
  await scene.connect({ store, left: -1 });
  scene.server.fault = ({ answer }) => answer(400, JSON.stringify({ error: "invalid_grant" }));
  const reports = await runEverywhere({ events: HOOKS, event: EVENT });
  scene.server.fault = undefined;
  expect(reports.map(({ code }) => code)).toEqual(Array(PROCESSES * HOOKS).fill("reauth-needed"));
  expect(scene.server.tokenRequests.length - before).toBe(1);
});
