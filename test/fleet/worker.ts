// One process of a fleet that shares a token store: runs hooks of a connector when it is told to.
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import { createHookRuntime, type DevelopmentOptions } from "../../host/index.ts";
import type { ConnectorConfig } from "../../host/config/connector.ts";

/** What a worker is started with. */
export interface WorkerOptions {
  readonly file: string;
  readonly key: Uint8Array;
  readonly component: Uint8Array;
  readonly connector: ConnectorConfig;
  readonly allow: string;
  readonly development: DevelopmentOptions;
}

/** Events to run at once. */
export interface WorkerTask {
  readonly events: number;
  readonly event: unknown;
}

process.once("message", async ({ file, key, component, connector, allow, development }: WorkerOptions) => {
  const store = openTokenStore({ file, keys: [key] });
  const runtime = await createHookRuntime({ permissions: { http: [allow] }, tokenStore: store, development });
  const hook = await runtime.load(component, { connector });
  process.on("message", async ({ events, event }: WorkerTask) => {
    const reports = await Promise.all(Array.from({ length: events }, () => hook.run(event)));
    process.send?.(reports);
  });
  process.once("disconnect", async () => {
    await runtime.close();
    await store.close();
  });
  process.send?.("ready");
});
