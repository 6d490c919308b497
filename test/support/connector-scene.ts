import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { memoryTokenStore } from "../../host/auth/store/memory-store.ts";
import type { ConnectionRecord, TokenStore } from "../../host/auth/store/token-store.ts";
import type { ConnectorConfig } from "../../host/config/connector.ts";
import {
  createHookRuntime,
  type CallRecord,
  type HookRuntime,
  type HookRuntimeOptions,
  type LogRecord,
} from "../../host/index.ts";
import { type AuthorizationServer, BASIC, startAuthorizationServer } from "./authorization-server.ts";
import { HOST, ORIGIN } from "./scene.ts";
import { sceneThreads } from "./threads.ts";
import { createAuthority } from "./tls.ts";

/** How the API answers a request. */
export type ApiAnswer = (response: ServerResponse, request: IncomingMessage) => void;

/** A real authorization server and an HTTPS API that takes its tokens, both on loopback. */
export interface ConnectorScene {
  readonly server: AuthorizationServer;
  /** The Authorization field of each request to the API. */
  readonly authorizations: (string | undefined)[];
  /** What reaches both. */
  readonly development: { readonly resolve: readonly string[]; readonly ca: string };
  readonly store: TokenStore;
  readonly calls: CallRecord[];
  readonly logs: LogRecord[];
  readonly connector: ConnectorConfig;
  /** By default: 200 for a token that is active, else 401. */
  answer: ApiAnswer | undefined;
  /** Makes a grant at the server and keeps it in a store as `backfill connect` would. */
  connect(options?: ConnectOptions): Promise<ConnectionRecord>;
  /** A runtime that reaches both servers. */
  open(options?: HookRuntimeOptions): Promise<HookRuntime>;
  close(): Promise<void>;
}

/** How a connection is made. */
export interface ConnectOptions {
  readonly connection?: string;
  readonly store?: TokenStore;
  /** Seconds that the token is said to live from now. Default: as long as it does. */
  readonly left?: number;
}

export const CONNECTOR: ConnectorConfig = {
  name: "crm",
  connection: {
    oauth: {
      issuer: "https://auth.example.com",
      client: { id: BASIC.id, secret: { value: BASIC.secret } },
      scopes: ["offline_access", "customers.read"],
      for: [`${ORIGIN}/v1/*`],
    },
  },
  routes: { customers: { hook: "customers.ts" } },
};

export async function openConnectorScene(): Promise<ConnectorScene> {
  const server = await startAuthorizationServer();
  const authority = await createAuthority();
  const authorizations: (string | undefined)[] = [];
  const api = createServer(await authority.issue([HOST]), (request, response) => {
    const { authorization } = request.headers;
    authorizations.push(authorization);
    request.resume();
    if (scene.answer !== undefined) {
      scene.answer(response, request);
      return;
    }
    void server.isActive(authorization?.replace("Bearer ", "") ?? "").then((active) => {
      response.writeHead(active ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify({ active }));
    });
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const { port } = api.address() as AddressInfo;
  const runtimes: HookRuntime[] = [];
  const store = memoryTokenStore();

  const scene: ConnectorScene = {
    server,
    authorizations,
    development: {
      resolve: [...server.resolve, `${HOST}:443:127.0.0.1:${port}`],
      ca: `${server.ca}\n${authority.ca}`,
    },
    store,
    calls: [],
    logs: [],
    connector: CONNECTOR,
    answer: undefined,
    async connect({ connection = "default", store: into = store, left } = {}) {
      const { accessToken, refreshToken, expiresIn } = await server.grant(BASIC.id);
      const now = Date.now();
      const record: ConnectionRecord = {
        grant: randomUUID(),
        connectedAt: now,
        tokens: {
          accessToken,
          refreshToken,
          obtainedAt: now - 60_000,
          expiresAt: now + (left ?? expiresIn) * 1000,
          scope: undefined,
        },
        refresh: undefined,
        reauth: undefined,
      };
      const key = { connector: CONNECTOR.name, connection };
      const before = await into.read(key);
      if ((await into.write(key, record, before?.version ?? 0)) === undefined) throw new Error("not stored");
      return record;
    },
    async open(options = {}) {
      const runtime = await createHookRuntime({
        ...sceneThreads(),
        permissions: { http: [`${ORIGIN}/*`] },
        tokenStore: store,
        onCall: (record) => scene.calls.push(record),
        onLog: (record) => scene.logs.push(record),
        development: scene.development,
        ...options,
      });
      runtimes.push(runtime);
      return runtime;
    },
    async close() {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
      await server.close();
    },
  };
  return scene;
}
