import type { Console } from "node:console";
import { generateKeyPairSync } from "node:crypto";
import { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Configuration, Provider } from "oidc-provider";
import { fingerprint } from "./fingerprint.ts";

import { createAuthority } from "./tls.ts";

export { fingerprint } from "./fingerprint.ts";

/** One request to the token endpoint. */
export interface TokenRequest {
  readonly grantType: string | undefined;
  /** {@link fingerprint} of the refresh token that was sent. */
  readonly refreshToken: string | undefined;
  /** What the server decided, whether or not the answer left; undefined while it has not. */
  readonly status: number | undefined;
  /** The OAuth error code of a refusal. */
  readonly error: string | undefined;
  /** Whether another refresh token took the place of the one that was sent. */
  readonly rotated: boolean;
  /** {@link fingerprint} of the access token that was issued. */
  readonly accessToken: string | undefined;
}

/** What a fault may do to one request to the token endpoint. */
export interface FaultContext {
  /** Sets the answer, instead of the server or after it. */
  answer(status: number, body: string, headers?: Readonly<Record<string, string>>): void;
  /** Changes the server's answer. */
  change(members: Readonly<Record<string, unknown>>): void;
  /** Breaks the connection off; nothing of an answer leaves. */
  cut(): void;
}

/** Stands before the token endpoint. A fault that does not call `process` keeps the request from the server. */
export type Fault = (context: FaultContext, process: () => Promise<void>) => void | Promise<void>;

/** What a grant made without a browser holds. */
export interface Grant {
  readonly refreshToken: string;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** A real authorization server (oidc-provider) over HTTPS, on a port of 127.0.0.1. It rotates refresh tokens. */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly port: number;
  /** Its authority's certificate in PEM. */
  readonly ca: string;
  /** What `development.resolve` takes. */
  readonly resolve: readonly string[];
  /** Every request to the token endpoint, from its receipt on. */
  readonly tokenRequests: readonly TokenRequest[];
  /** Requests for metadata so far. */
  readonly metadataRequests: number;
  /** Seconds that access tokens live from now on. */
  accessTokenSeconds: number;
  /** Undefined for none. */
  fault: Fault | undefined;
  /** A person's consent, without a browser. */
  grant(clientId: string, scopes?: readonly string[]): Promise<Grant>;
  /** Whether it gave this access token, and it neither ran out nor was revoked. */
  isActive(accessToken: string): Promise<boolean>;
  close(): Promise<void>;
}

export const AUTH_HOST = "auth.example.com";
export const ISSUER = `https://${AUTH_HOST}`;
export const SCOPES = ["openid", "offline_access", "customers.read", "customers.write"] as const;

/** A client as it is registered. */
export interface RegisteredClient {
  readonly id: string;
  readonly secret: string | undefined;
  readonly authentication: "client_secret_basic" | "client_secret_post" | "none";
}

/** A secret of characters that RFC 6749, section 2.3.1, has encoded. */
export const BASIC: RegisteredClient = {
  id: "basic-client",
  secret: "basic:secret with+%?& and more",
  authentication: "client_secret_basic",
};
export const POST: RegisteredClient = {
  id: "post-client",
  secret: "post-secret-post-secret-post-secret",
  authentication: "client_secret_post",
};
/** A native client, which may come back to any port of the loopback address (RFC 8252, section 7.3). */
export const PUBLIC: RegisteredClient = { id: "public-client", secret: undefined, authentication: "none" };
/** Where every client may come back to; native ones on any port. */
export const REDIRECT_URI = "http://127.0.0.1/callback";

/** Starts the server. It lives in this process; its own process has `authorization-server-process.ts`. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const authority = await createAuthority();
  const tokenRequests: Writable<TokenRequest>[] = [];
  const sockets = new Set<Socket>();
  let metadataRequests = 0;
  const provider = await quietly(() => createProvider(() => server.accessTokenSeconds));

  // Real servers consume a refresh token at once; oidc-provider may take one twice between two turns.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };

  provider.use(async (context, next) => {
    if (context.path.includes("/.well-known/")) metadataRequests++;
    if (context.path !== "/token") return next();
    const parameters = new URLSearchParams((context.req as Replayed).replayed.toString());
    const refreshToken = parameters.get("refresh_token") ?? undefined;
    const request: Writable<TokenRequest> = {
      grantType: parameters.get("grant_type") ?? undefined,
      refreshToken: refreshToken === undefined ? undefined : fingerprint(refreshToken),
      status: undefined,
      error: undefined,
      rotated: false,
      accessToken: undefined,
    };
    tokenRequests.push(request);
    const process = (): Promise<void> =>
      inTurn(async () => {
        await next();
        const body = context.body as { error?: string; refresh_token?: string; access_token?: string };
        request.status = context.status;
        request.error = body.error;
        request.accessToken = body.access_token === undefined ? undefined : fingerprint(body.access_token);
        request.rotated = body.refresh_token !== undefined && body.refresh_token !== refreshToken;
      });
    if (server.fault === undefined) return process();
    await server.fault(
      {
        answer(status, body, headers = {}) {
          context.status = status;
          context.set({ "content-type": "application/json", ...headers });
          context.body = body;
        },
        change: (members) => {
          context.body = { ...(context.body as object), ...members };
        },
        cut() {
          context.respond = false;
          context.req.socket.destroy();
        },
      },
      process,
    );
  });

  const callback = provider.callback();
  const listener = createServer(await authority.issue([AUTH_HOST]), (request, response) => {
    const answered = buffer(request).then((body) => callback(new Replayed(request, body), response));
    // A client that has gone away.
    answered.catch(() => response.destroy());
  });
  listener.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;

  const server: AuthorizationServer = {
    issuer: ISSUER,
    port,
    ca: authority.ca,
    resolve: [`${AUTH_HOST}:443:127.0.0.1:${port}`],
    tokenRequests,
    get metadataRequests() {
      return metadataRequests;
    },
    accessTokenSeconds: 3600,
    fault: undefined,
    grant: (clientId, scopes = SCOPES) => makeGrant(provider, clientId, scopes.join(" ")),
    async isActive(accessToken) {
      const found =
        (await provider.AccessToken.find(accessToken)) ?? (await provider.ClientCredentials.find(accessToken));
      return found?.isValid === true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

/** A request whose body was read, and can be read again. */
class Replayed extends IncomingMessage {
  readonly replayed: Buffer;

  constructor(request: IncomingMessage, body: Buffer) {
    super(request.socket);
    const { method, url, headers, rawHeaders, httpVersion } = request;
    Object.assign(this, { method, url, headers, rawHeaders, httpVersion, complete: true });
    this.replayed = body;
    this.push(body);
    this.push(null);
  }
}

const ACCOUNT = "person";
const DAY = 86_400;

async function createProvider(accessTokenSeconds: () => number): Promise<Provider> {
  // Imported here, because it already speaks of its runtime when it is loaded.
  const { Provider } = await import("oidc-provider");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const configuration: Configuration = {
    clients: [BASIC, POST, PUBLIC].map(({ id, secret, authentication }) => ({
      client_id: id,
      ...(secret === undefined ? {} : { client_secret: secret }),
      token_endpoint_auth_method: authentication,
      application_type: "native",
      redirect_uris: [REDIRECT_URI],
      response_types: ["code"],
      grant_types: [
        "authorization_code",
        "refresh_token",
        ...(secret === undefined ? [] : ["client_credentials" as const]),
      ],
      id_token_signed_response_alg: "ES256",
    })),
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256" }] as never },
    cookies: { keys: ["not a secret"] },
    scopes: [...SCOPES],
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    rotateRefreshToken: true,
    features: { clientCredentials: { enabled: true } },
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: DAY,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: DAY,
      Session: DAY,
    },
  };
  return new Provider(ISSUER, configuration);
}

async function makeGrant(provider: Provider, clientId: string, scope: string): Promise<Grant> {
  const client = await provider.Client.find(clientId);
  if (client === undefined) throw new Error(`no client ${clientId}`);
  const grant = new provider.Grant({ accountId: ACCOUNT, clientId });
  grant.addOIDCScope(scope);
  const common = { accountId: ACCOUNT, client, grantId: await grant.save(), scope, gty: "authorization_code" };
  const accessToken = new provider.AccessToken(common as never);
  return {
    refreshToken: await new provider.RefreshToken(common).save(),
    accessToken: await accessToken.save(),
    expiresIn: accessToken.expiration,
  };
}

/** Without what oidc-provider says of settings that are for development. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  // The global's own type here is AssemblyScript's.
  const console = globalThis.console as unknown as Console;
  const { info, warn } = console;
  Object.assign(console, { info: () => {}, warn: () => {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { info, warn });
  }
}
