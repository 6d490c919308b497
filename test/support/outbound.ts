import { HttpFailure } from "../../host/errors.ts";
import type { OutboundRequest, OutboundResponse } from "../../host/message.ts";
import type { EventOptions, Outbound, OutboundHook, OutboundOptions } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { Answer, RawServer } from "./raw-server.ts";
import { startRawServer } from "./raw-server.ts";
import type { TestAuthority } from "./tls.ts";
import { createAuthority } from "./tls.ts";

/** The name that the tests' servers answer to. */
export const HOST = "api.example.com";

/** An outbound whose {@link HOST} is a server of the test. */
export function openTo(port: number, authority: TestAuthority | undefined, options: OutboundOptions = {}): Outbound {
  return createOutbound({
    ...options,
    development: { resolve: [`${HOST}:443:127.0.0.1:${port}`], ca: authority?.ca },
  });
}

export function openHook(outbound: Outbound, name = "test"): OutboundHook {
  return outbound.openHook({ name, allowlist: Allowlist.compile([`https://${HOST}/*`]) });
}

/** One request as an event of its own. */
export function send(
  hook: OutboundHook,
  request: Partial<OutboundRequest> = {},
  event: EventOptions = {},
): Promise<OutboundResponse> {
  return hook.beginEvent(event).send({
    method: "GET",
    url: `https://${HOST}/`,
    headers: [],
    body: undefined,
    authorization: undefined,
    timeout: 5000,
    ...request,
  });
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<OutboundResponse>): Promise<HttpFailure> {
  const outcome = await call.then(
    (response) => `a response of status ${response.status}`,
    (error: unknown) => error,
  );
  if (outcome instanceof HttpFailure) return outcome;
  throw new Error(`wanted an HttpFailure, got ${String(outcome)}`);
}

export function textOf(response: OutboundResponse): string {
  return Buffer.concat(response.body).toString("latin1");
}

/** A whole response with a length, as a server writes it. */
export function ok(body: string, ...fields: readonly string[]): string {
  return [`HTTP/1.1 200 OK`, ...fields, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

/** A server, an outbound to it and a hook. */
export interface Scene {
  readonly authority: TestAuthority;
  readonly server: RawServer;
  readonly outbound: Outbound;
  readonly hook: OutboundHook;
  close(): Promise<void>;
}

export async function openScene(options: OutboundOptions = {}, answer?: Answer): Promise<Scene> {
  const authority = await createAuthority();
  const identity = await authority.issue([HOST]);
  const server = await startRawServer(identity, answer ?? ((socket) => socket.write(ok("hello"))));
  const outbound = openTo(server.port, authority, options);
  return {
    authority,
    server,
    outbound,
    hook: openHook(outbound),
    async close() {
      await outbound.close();
      await server.close();
    },
  };
}

/** Proves that the hook still works: the rule after every failure. */
export async function sendNext(scene: Scene): Promise<string> {
  scene.server.answer = (socket) => socket.write(ok("next"));
  return textOf(await send(scene.hook));
}
