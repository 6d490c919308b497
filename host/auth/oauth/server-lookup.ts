import type { AuthorizationServer } from "oauth4webapi";
import { customFetch, discoveryRequest, processDiscoveryResponse } from "oauth4webapi";
import type { Outbound } from "../../door.ts";
import { lintEntry } from "../../policy/allowlist.ts";
import { beforeQuery } from "../../policy/url.ts";
import { ServerDoor } from "./server-door.ts";
import type { OAuthClientOptions } from "./token-endpoint.ts";
import { misconfigured, Refused, unavailable } from "./token-refusal.ts";

/** An authorization server whose token endpoint is known. */
export interface FoundServer {
  readonly metadata: AuthorizationServer;
  /** Leads to the token endpoint. */
  readonly door: ServerDoor;
}

/** Knows where a connector's authorization server is reached, and asks the server where only the issuer is given. */
export class ServerLookup {
  readonly #options: OAuthClientOptions;
  readonly #outbound: Pick<Outbound, "openHook">;
  readonly #doors: Set<ServerDoor> = new Set();
  #found: Promise<FoundServer> | undefined;
  #closed = false;

  constructor(options: OAuthClientOptions, outbound: Pick<Outbound, "openHook">) {
    this.#options = options;
    this.#outbound = outbound;
  }

  /**
   * The server. It is looked up once, for all who ask meanwhile, and kept for good; a look-up that failed is not kept.
   *
   * @throws Refused, and what the door and oauth4webapi throw.
   */
  found(): Promise<FoundServer> {
    this.#found ??= this.#find().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  /**
   * Where a person is sent; nothing of this package goes there.
   *
   * @throws what {@link found} throws.
   */
  async authorizationEndpoint(): Promise<URL> {
    const { metadata } = await this.found();
    return new URL(this.#checked("authorization endpoint", metadata.authorization_endpoint));
  }

  /** Ends what is under way. Nothing is sent any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#doors].map((door) => door.close()));
  }

  async #find(): Promise<FoundServer> {
    const { server } = this.#options;
    const metadata = "issuer" in server ? await this.#discover(server.issuer) : metadataOf(server);
    return { metadata, door: this.#open([this.#checked("token endpoint", metadata.token_endpoint)]) };
  }

  /** OpenID Connect Discovery 1.0, and where the server has none, RFC 8414. */
  async #discover(given: string): Promise<AuthorizationServer> {
    if (beforeQuery(given) !== given) {
      throw new Refused(misconfigured("the issuer has a query or a fragment, which RFC 8414 does not allow"));
    }
    const issuer = new URL(this.#checked("issuer", given));
    const path = issuer.pathname.replace(/\/$/, "");
    const door = this.#open([
      `${issuer.origin}${path}/.well-known/openid-configuration`,
      `${issuer.origin}/.well-known/oauth-authorization-server${path}`,
    ]);
    try {
      for (const algorithm of ["oidc", "oauth2"] as const) {
        const options = { algorithm, [customFetch]: door.fetch.bind(door) };
        const response = await discoveryRequest(issuer, options);
        if (response.status !== 404) return await processDiscoveryResponse(issuer, response);
      }
    } finally {
      this.#doors.delete(door);
      await door.close();
    }
    throw new Refused(misconfigured("the authorization server has no metadata at its well-known URLs", "404"));
  }

  /** The URL, where an entry could name it. No message shows it: its query may hold a key (RFC 6749, section 3.2, allows one). */
  #checked(name: string, url: unknown): string {
    if (typeof url !== "string") throw new Refused(misconfigured(`the ${name} is not known`));
    if (url.includes("#"))
      throw new Refused(misconfigured(`the ${name} has a fragment, which RFC 6749 does not allow`));
    const { valid, reason = "" } = lintEntry(beforeQuery(url), { internalHosts: this.#options.internalHosts ?? [] });
    if (!valid) throw new Refused(misconfigured(`the ${name} cannot be used: ${reason}`));
    return url;
  }

  #open(urls: readonly string[]): ServerDoor {
    if (this.#closed) throw new Refused(unavailable("the host stops", "cancelled"));
    const { connector, internalHosts = [] } = this.#options;
    const door = new ServerDoor(this.#outbound, { name: `oauth:${connector}`, urls, internalHosts });
    this.#doors.add(door);
    return door;
  }
}

/** oauth4webapi wants an issuer; nothing is compared with this one. */
function metadataOf(server: {
  readonly tokenEndpoint: string;
  readonly authorizationEndpoint: string | undefined;
}): AuthorizationServer {
  const { tokenEndpoint, authorizationEndpoint } = server;
  return {
    issuer: "unknown",
    token_endpoint: tokenEndpoint,
    ...(authorizationEndpoint === undefined ? {} : { authorization_endpoint: authorizationEndpoint }),
  };
}
