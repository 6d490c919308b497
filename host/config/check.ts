import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { Allowlist, lintEntry } from "../policy/allowlist.ts";
import { DEFAULT_LIMITS, resolveLimits } from "../transport/limits.ts";
import { AddressResolver } from "../transport/resolve.ts";
import type { BackfillConfig } from "./config.ts";
import { nearest } from "./nearest.ts";
import { isPlainObject, member, pathOf, typeName } from "./path.ts";
import { checkBinding, checkSecret } from "./secrets.ts";

// The message of each schema is what is wanted in that place; that of an unknown key is the list of known ones.
const configSchema = object("an object, as in defineConfig({ permissions: { http: [] } })", {
  permissions: v.optional(
    object("an object, as in { http: [] }", {
      http: list(
        'an array of entries, as in ["https://api.example.com/*"]',
        'a string, as in "https://api.example.com/*"',
      ),
    }),
  ),
  internalHosts: list("an array of host names", "a string"),
  dnsServers: list("an array of name servers", 'a string, as in "192.0.2.53"'),
  secrets: v.optional(v.custom<Record<string, unknown>>(isPlainObject, "an object of secrets")),
  limits: v.optional(
    object(
      "an object of numbers",
      Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, v.optional(v.number("a number"))])),
    ),
  ),
  development: v.optional(
    object("an object", {
      resolve: list("an array of strings", 'a string, as in "api.example.com:443:127.0.0.1:8443"'),
      ca: v.optional(v.string("a string: the certificates in PEM")),
    }),
  ),
});

/**
 * Proves that a value is a configuration, down to each entry of the allowlist. `source` is the file's name for the
 * message.
 *
 * @throws ConfigError with the place, what stands there and what belongs there. It never holds a value that may be
 * secret.
 */
export function checkConfig(value: unknown, source?: string): BackfillConfig {
  try {
    const config = checkShape(value);
    checkMeaning(config);
    return config;
  } catch (error) {
    if (error instanceof ConfigError && source !== undefined) error.message = `${source}: ${error.message}`;
    throw error;
  }
}

/** What a valid configuration has that its writer may not have meant. Each is a line for people. */
export function configWarnings(config: BackfillConfig): string[] {
  const entries = config.permissions?.http ?? [];
  const empty = entries.length === 0 ? ["permissions.http is empty: nothing may leave"] : [];
  const hints = entries.flatMap((entry, i) => {
    const { reason } = lintEntry(entry, { internalHosts: config.internalHosts ?? [] });
    return reason === undefined ? [] : [`permissions.http[${i}] ${JSON.stringify(entry)}: ${reason}`];
  });
  const missing = Object.entries(config.secrets ?? {}).flatMap(([name, secret]) =>
    secret === undefined
      ? [`${member("secrets", name)} is undefined: Secrets.get(${JSON.stringify(name)}) gives null`]
      : [],
  );
  return [...empty, ...hints, ...missing];
}

function checkShape(value: unknown): BackfillConfig {
  const result = v.safeParse(configSchema, value, { abortEarly: true });
  if (!result.success) throw shapeError(result.issues[0]);
  const config = result.output as BackfillConfig;
  for (const [name, secret] of Object.entries<unknown>(config.secrets ?? {})) checkSecret(name, secret);
  return config;
}

/** Each part is read by the code that will use it, so that what loads also runs. */
function checkMeaning(config: BackfillConfig): void {
  const internalHosts = config.internalHosts ?? [];
  resolveLimits(config.limits);
  Allowlist.compile(config.permissions?.http ?? [], { internalHosts });
  for (const [name, secret] of Object.entries(config.secrets ?? {})) checkBinding(name, secret, internalHosts);
  const { resolve = [], ca } = config.development ?? {};
  void new AddressResolver({ internalHosts, developmentResolve: resolve, dnsServers: config.dnsServers });
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ConfigError(
      "development.ca",
      "text without a certificate",
      "PEM: -----BEGIN CERTIFICATE----- and what follows",
    );
  }
}

function shapeError({ path, expected, input, message }: v.BaseIssue<unknown>): ConfigError {
  const keys = path?.map(({ key }) => key) ?? [];
  const place = pathOf(keys);
  if (expected !== "never")
    return new ConfigError(place === "" ? "the configuration" : place, typeName(input), message);
  const known = message.split(", ");
  const meant = nearest(String(keys.at(-1)), known);
  const hint = meant === undefined ? "" : `; did you mean ${member(pathOf(keys.slice(0, -1)), meant)}?`;
  return new ConfigError(place, "an unknown key", `${known.length === 1 ? "" : "one of "}${message}${hint}`);
}

function list(wanted: string, wantedItem: string): v.GenericSchema<string[] | undefined> {
  return v.optional(v.array(v.string(wantedItem), wanted));
}

function object(wanted: string, entries: v.ObjectEntries): v.GenericSchema<unknown> {
  const known = Object.keys(entries).join(", ");
  return v.pipe(v.custom<object>(isPlainObject, wanted), v.strictObject(entries, known));
}
