import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { lintEntry, type AllowlistOptions } from "../policy/allowlist.ts";
import { isRefusal } from "../policy/correction.ts";
import { redact } from "../policy/redact.ts";
import { beforeQuery, canonicaliseUrl } from "../policy/url.ts";
import type { ConnectorConfig, OAuthClientConfig, OAuthConfig } from "./connector.ts";
import { isPlainObject, member } from "./path.ts";
import { list, object, proveShape, strings } from "./shape.ts";
import { checkSource } from "./source.ts";

const AUTHENTICATIONS = ["client_secret_basic", "client_secret_post", "none"] as const;
const GRANTS = ["refresh_token", "client_credentials"] as const;

const CONNECTOR_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const ROUTE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
/** A client_id: RFC 6749, appendix A.1. */
const CLIENT_ID = /^[\x20-\x7e]+$/;
/** A scope-token: RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const OAUTH = "connection.oauth";

const connectorSchema = object('an object, as in defineConnector({ name: "crm", routes: {} })', {
  name: v.string('a string, as in "crm"'),
  connection: v.optional(
    object("an object, as in { oauth: { … } }", {
      oauth: v.optional(
        object("an object of issuer, client and for", {
          issuer: v.optional(v.string('a string, as in "https://auth.example.com"')),
          tokenEndpoint: v.optional(v.string('a string, as in "https://auth.example.com/token"')),
          authorizationEndpoint: v.optional(v.string('a string, as in "https://auth.example.com/authorize"')),
          client: object('an object, as in { id: "backfill", secret: { env: "CRM_SECRET" } }', {
            id: v.string("a string: what the authorization server calls this client"),
            secret: v.optional(v.any()),
            authentication: v.optional(v.picklist(AUTHENTICATIONS, `one of ${AUTHENTICATIONS.join(", ")}`)),
          }),
          grant: v.optional(v.picklist(GRANTS, `one of ${GRANTS.join(", ")}`)),
          scopes: list('an array of scopes, as in ["contacts.read"]', "a string"),
          for: strings(
            'an array of entries, as in ["https://api.example.com/*"]',
            'a string, as in "https://api.example.com/*"',
          ),
        }),
      ),
    }),
  ),
  routes: v.custom<object>(isPlainObject, 'an object of routes, as in { contacts: { hook: "contacts.ts" } }'),
});

const routeSchema = object('an object, as in { hook: "contacts.ts" }', {
  hook: v.string('a path from this file, as in "contacts.ts"'),
});

/**
 * Proves that a value is a connector's manifest, down to each entry. `source` is the file's name for the message;
 * `internalHosts` are those of the configuration.
 *
 * @throws ConfigError with the place, what stands there and what belongs there. It never holds a value that may be
 * secret.
 */
export function checkConnector(value: unknown, source?: string, options: AllowlistOptions = {}): ConnectorConfig {
  try {
    const connector = proveShape(connectorSchema, value, "the connector") as ConnectorConfig;
    checkNames(connector);
    if (connector.connection?.oauth !== undefined) checkOAuth(connector.connection.oauth, options);
    return connector;
  } catch (error) {
    if (error instanceof ConfigError && source !== undefined) error.message = `${source}: ${error.message}`;
    throw error;
  }
}

/** What a valid manifest has that its writer may not have meant. Each is a line for people. */
export function connectorWarnings({ connection }: ConnectorConfig, options: AllowlistOptions = {}): string[] {
  return (connection?.oauth?.for ?? []).flatMap((entry, i) => {
    const { reason } = lintEntry(entry, options);
    return reason === undefined ? [] : [`${OAUTH}.for[${i}] ${JSON.stringify(entry)}: ${reason}`];
  });
}

function checkNames({ name, routes }: ConnectorConfig): void {
  if (!CONNECTOR_NAME.test(name)) {
    const wanted = "lower-case letters, digits and hyphens, 1 to 63, the first a letter";
    throw new ConfigError("name", "another name", wanted);
  }
  for (const [route, config] of Object.entries<unknown>(routes)) {
    const place = member("routes", route);
    if (!ROUTE_NAME.test(route)) {
      throw new ConfigError(place, "another name", "letters, digits, ., _ and -, 1 to 63, the first a letter");
    }
    const { hook } = proveShape(routeSchema, config, place, ["routes", route]) as { hook: string };
    if (hook === "") throw new ConfigError(`${place}.hook`, "no path", 'a path from this file, as in "contacts.ts"');
  }
}

function checkOAuth(oauth: OAuthConfig, options: AllowlistOptions): void {
  checkServer(oauth, options);
  checkClient(oauth.client);
  for (const [i, scope] of (oauth.scopes ?? []).entries()) {
    if (!SCOPE.test(scope)) {
      const wanted = "one scope, of visible ASCII without quotes and backslashes (RFC 6749, section 3.3)";
      throw new ConfigError(`${OAUTH}.scopes[${i}]`, "text that is no scope", wanted);
    }
  }
  if (oauth.grant === "client_credentials") checkClientCredentials(oauth);
  if (oauth.for.length === 0) {
    throw new ConfigError(`${OAUTH}.for`, "no entry", "one or more: without any, the token can go nowhere");
  }
  for (const [i, entry] of oauth.for.entries()) checkEntry(`${OAUTH}.for[${i}]`, entry, options);
}

function checkServer({ issuer, tokenEndpoint, authorizationEndpoint }: OAuthConfig, options: AllowlistOptions): void {
  const endpoints = Object.entries({ tokenEndpoint, authorizationEndpoint }).filter(([, url]) => url !== undefined);
  if (issuer !== undefined) {
    const [first] = endpoints;
    if (first !== undefined) {
      throw new ConfigError(OAUTH, `issuer and ${first[0]}`, "the issuer, whose metadata names the endpoints, or them");
    }
    if (/[?#]/.test(issuer)) {
      const wanted = "a URL without query and fragment (RFC 8414, section 2)";
      throw new ConfigError(`${OAUTH}.issuer`, JSON.stringify(redact(issuer)), wanted);
    }
    checkUrl(`${OAUTH}.issuer`, issuer, options);
    return;
  }
  if (tokenEndpoint === undefined) throw new ConfigError(OAUTH, "no server", "an issuer, or a tokenEndpoint");
  for (const [name, url] of endpoints) checkUrl(`${OAUTH}.${name}`, url as string, options);
}

function checkClient({ id, secret, authentication }: OAuthClientConfig): void {
  const place = `${OAUTH}.client`;
  if (!CLIENT_ID.test(id)) {
    throw new ConfigError(`${place}.id`, "text that is no client id", "visible ASCII (RFC 6749, appendix A.1)");
  }
  if (secret !== undefined) checkSource(`${place}.secret`, secret);
  if (authentication === undefined || (authentication === "none") === (secret === undefined)) return;
  const wanted = secret === undefined ? `a secret, which ${authentication} sends` : "another way, or no secret";
  throw new ConfigError(`${place}.authentication`, JSON.stringify(authentication), wanted);
}

function checkClientCredentials({ client, authorizationEndpoint }: OAuthConfig): void {
  if (client.secret === undefined) {
    const wanted = "a secret: client_credentials is for clients that have one (RFC 6749, section 4.4)";
    throw new ConfigError(`${OAUTH}.client.secret`, "none", wanted);
  }
  if (authorizationEndpoint !== undefined) {
    throw new ConfigError(`${OAUTH}.authorizationEndpoint`, "a URL", "none: with client_credentials nobody connects");
  }
}

/** An endpoint is reached through the door as an entry is, so what no entry can name cannot be reached. */
function checkUrl(place: string, text: string, options: AllowlistOptions): void {
  const spelt = beforeQuery(text);
  checkEntry(place, spelt, options);
  const url = canonicaliseUrl(text);
  if (isRefusal(url)) throw new ConfigError(place, JSON.stringify(redact(text)), url.reason);
  if (spelt.includes("*")) throw new ConfigError(place, JSON.stringify(spelt), "a URL without a wildcard");
  if (text.includes("#")) {
    throw new ConfigError(place, JSON.stringify(redact(text)), "a URL without a fragment (RFC 6749, section 3)");
  }
}

function checkEntry(place: string, entry: string, options: AllowlistOptions): void {
  const { valid, reason, suggestion } = lintEntry(entry, options);
  if (valid) return;
  const wanted = suggestion === undefined ? "another" : JSON.stringify(suggestion);
  throw new ConfigError(place, JSON.stringify(redact(entry)), `${wanted}: ${reason ?? ""}`);
}
