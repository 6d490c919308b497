import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { Allowlist, lintEntry } from "../policy/allowlist.ts";
import { DEFAULT_LIMITS, resolveLimits } from "../transport/limits.ts";
import { AddressResolver } from "../transport/resolve.ts";
import type { BackfillConfig } from "./config.ts";
import { isPlainObject, member } from "./path.ts";
import { checkBinding, checkSecret } from "./secrets.ts";
import { list, object, proveShape } from "./shape.ts";
import { checkTokens } from "./tokens.ts";

const configSchema = object("an object, as in defineConfig({ permissions: { http: [] } })", {
  permissions: v.optional(
    object("an object, as in { http: [] }", {
      http: list(
        'an array of entries, as in ["https://api.example.com/*"]',
        'a string, as in "https://api.example.com/*"',
      ),
      mode: v.optional(v.picklist(["enforce", "report"], '"enforce" or "report"')),
      reportInProduction: v.optional(v.boolean("true or false")),
    }),
  ),
  internalHosts: list("an array of host names", "a string"),
  dnsServers: list("an array of name servers", 'a string, as in "192.0.2.53"'),
  secrets: v.optional(v.custom<Record<string, unknown>>(isPlainObject, "an object of secrets")),
  tokens: v.optional(
    object('an object, as in { file: "tokens.db", key: { env: "TOKENS_KEY" } }', {
      file: v.pipe(v.string('a path, as in "tokens.db"'), v.nonEmpty('a path, as in "tokens.db"')),
      key: v.custom<object>(isPlainObject, 'a source, as in { env: "TOKENS_KEY" }'),
      previousKeys: v.optional(v.array(v.any(), 'an array of sources, as in [{ env: "OLD_TOKENS_KEY" }]')),
    }),
  ),
  limits: v.optional(
    object(
      "an object of numbers",
      Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, v.optional(v.number("a number"))])),
    ),
  ),
  telemetry: v.optional(
    object("an object, as in { spans: true }", {
      spans: v.optional(v.boolean("true or false")),
      traceparent: v.optional(v.boolean("true or false")),
    }),
  ),
  development: v.optional(
    object("an object", {
      resolve: list("an array of strings", 'a string, as in "api.example.com:443:127.0.0.1:8443"'),
      ca: v.optional(v.string("a string: the certificates in PEM")),
    }),
  ),
});

/** What is said wherever calls leave that no entry matches. */
export const REPORT_WARNING =
  'permissions.mode is "report": a call that no entry matches leaves all the same, and is recorded as reported';

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
  const report = config.permissions?.mode === "report" ? [REPORT_WARNING] : [];
  const empty = entries.length + report.length === 0 ? ["permissions.http is empty: nothing may leave"] : [];
  const hints = entries.flatMap((entry, i) => {
    const { reason } = lintEntry(entry, { internalHosts: config.internalHosts ?? [] });
    return reason === undefined ? [] : [`permissions.http[${i}] ${JSON.stringify(entry)}: ${reason}`];
  });
  const missing = Object.entries(config.secrets ?? {}).flatMap(([name, secret]) =>
    secret === undefined
      ? [`${member("secrets", name)} is undefined: Secrets.get(${JSON.stringify(name)}) gives null`]
      : [],
  );
  return [...report, ...empty, ...hints, ...missing];
}

function checkShape(value: unknown): BackfillConfig {
  const config = proveShape(configSchema, value, "the configuration") as BackfillConfig;
  for (const [name, secret] of Object.entries<unknown>(config.secrets ?? {})) checkSecret(name, secret);
  if (config.tokens !== undefined) checkTokens(config.tokens);
  return config;
}

/** Each part is read by the code that will use it, so that what loads also runs. */
function checkMeaning(config: BackfillConfig): void {
  const internalHosts = config.internalHosts ?? [];
  resolveLimits(config.limits);
  checkMode(config.permissions);
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

function checkMode({ mode, reportInProduction = false }: BackfillConfig["permissions"] = {}): void {
  if (mode !== "report" || reportInProduction || process.env["NODE_ENV"] !== "production") return;
  throw new ConfigError(
    "permissions.mode",
    '"report" where NODE_ENV is production',
    '"enforce", or reportInProduction: true beside it',
  );
}
