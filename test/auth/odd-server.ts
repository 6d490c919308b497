import type { OAuthClientOptions } from "../../host/auth/oauth/token-endpoint.ts";
import { TokenEndpoint } from "../../host/auth/oauth/token-endpoint.ts";
import type { Outbound, OutboundOptions } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { AUTH_HOST } from "../support/authorization-server.ts";
import type { RawServer } from "../support/raw-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import type { TestAuthority } from "../support/tls.ts";
import { createAuthority } from "../support/tls.ts";

/** An authorization server that answers what no real one should. */
export interface OddServer {
  readonly raw: RawServer;
  readonly authority: TestAuthority;
  readonly outbound: Outbound;
  /** Answers every request with this. */
  answer(status: number, body: unknown, ...fields: readonly string[]): void;
  /** Answers by the request target; 404 for those that are not there. */
  serve(bodies: Readonly<Record<string, unknown>>): void;
  /** A client of it, whose token endpoint is given. */
  client(options?: Partial<OAuthClientOptions>, outbound?: Outbound): TokenEndpoint;
  /** A door to it. */
  open(options?: OutboundOptions): Outbound;
  close(): Promise<void>;
}

export const TOKEN_ENDPOINT = `https://${AUTH_HOST}/token`;
export const SECRET = "client-secret-0123456789";

export async function startOddServer(): Promise<OddServer> {
  const authority = await createAuthority();
  const raw = await startRawServer(await authority.issue([AUTH_HOST]), () => {});
  const resolve = [`${AUTH_HOST}:443:127.0.0.1:${raw.port}`];
  const doors: Outbound[] = [];
  const open = (options: OutboundOptions = {}): Outbound => {
    const door = createOutbound({ development: { resolve, ca: authority.ca }, ...options });
    doors.push(door);
    return door;
  };
  const outbound = open();
  return {
    raw,
    authority,
    outbound,
    answer(status, body, ...fields) {
      raw.answer = (socket) => socket.write(message(status, body, fields));
    },
    serve(bodies) {
      raw.answer = (socket, request) => {
        const target = request.split(" ")[1] ?? "";
        socket.write(Object.hasOwn(bodies, target) ? message(200, bodies[target], []) : message(404, "none", []));
      };
    },
    client: (options, door = outbound) => new TokenEndpoint(optionsOf(options), door),
    open,
    async close() {
      await Promise.all(doors.map((door) => door.close()));
      await raw.close();
    },
  };
}

export function optionsOf(options: Partial<OAuthClientOptions> = {}): OAuthClientOptions {
  return {
    connector: "crm",
    server: { tokenEndpoint: TOKEN_ENDPOINT, authorizationEndpoint: undefined },
    clientId: "client",
    clientSecret: SECRET,
    authentication: "client_secret_post",
    grant: "refresh_token",
    scopes: [],
    ...options,
  };
}

/** An answer; a body that is no text is sent as JSON. */
function message(status: number, body: unknown, fields: readonly string[]): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html" : "application/json";
  return [
    `HTTP/1.1 ${status} Any`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...fields,
    "",
    text,
  ].join("\r\n");
}
