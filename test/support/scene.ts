import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  createHookRuntime,
  type CallRecord,
  type HookRuntime,
  type HookRuntimeOptions,
  type LogRecord,
} from "../../host/index.ts";
import { sceneThreads } from "./threads.ts";
import { createAuthority } from "./tls.ts";

/** One request as the server received it. */
export interface ReceivedRequest {
  readonly method: string;
  /** The request target. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as they were spelt. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** How the server answers; it may also never do so. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** A real HTTPS server under the name `api.example.com`, and a runtime that may reach it. */
export interface Scene {
  readonly runtime: HookRuntime;
  readonly requests: ReceivedRequest[];
  readonly calls: CallRecord[];
  readonly logs: LogRecord[];
  answer: Answer;
  /** Another runtime that reaches the same server. */
  open(options?: HookRuntimeOptions): Promise<HookRuntime>;
  close(): Promise<void>;
}

export const HOST = "api.example.com";
export const ORIGIN = `https://${HOST}`;

export async function openScene(options: HookRuntimeOptions = {}): Promise<Scene> {
  const authority = await createAuthority();
  const server = createServer(await authority.issue([HOST]));
  const requests: ReceivedRequest[] = [];
  const calls: CallRecord[] = [];
  const logs: LogRecord[] = [];
  const runtimes: HookRuntime[] = [];

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const received: ReceivedRequest = {
        method: request.method ?? "",
        target: request.url ?? "",
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(pieces),
      };
      requests.push(received);
      scene.answer(response, received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const open = async (more: HookRuntimeOptions = {}): Promise<HookRuntime> => {
    const runtime = await createHookRuntime({
      ...sceneThreads(),
      permissions: { http: [`${ORIGIN}/*`] },
      onCall: (record) => calls.push(record),
      onLog: (record) => logs.push(record),
      ...more,
      development: { resolve: [`${HOST}:443:127.0.0.1:${port}`], ca: authority.ca },
    });
    runtimes.push(runtime);
    return runtime;
  };
  const scene: Scene = {
    runtime: await open(options),
    requests,
    calls,
    logs,
    answer: (response) => response.end(),
    open,
    async close() {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scene;
}

/** Answers with this body and content type. */
export function body(text: string | Buffer, contentType: string | undefined, status = 200): Answer {
  return (response) =>
    response.writeHead(status, contentType === undefined ? {} : { "content-type": contentType }).end(text);
}

/** Answers with this value as JSON. */
export function json(value: unknown, status = 200): Answer {
  return body(JSON.stringify(value), "application/json", status);
}
