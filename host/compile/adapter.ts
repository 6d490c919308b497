import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackfillConfig } from "../config/config.ts";
import { checkConfig } from "../config/check.ts";
import { member } from "../config/path.ts";
import { BackfillError, ConfigError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { isRefusal } from "../policy/correction.ts";
import { parseEntry } from "../policy/entry.ts";
import { resolveLimits } from "../transport/limits.ts";
import { compile } from "./assemblyscript.ts";
import { componentize } from "./componentize.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { WIT_VERSION } from "./wit.ts";

const ENTRY = "backfill-adapter.ts";

const name = (interfaceName: string, functionName: string): string =>
  `backfill:http/${interfaceName}@${WIT_VERSION}#${functionName}`;

/** The canonical ABI's names of the adapter's exports, and the functions that stand for them. */
const EXPORTS: ReadonlyMap<string, string> = new Map([
  [name("outbound", "send"), "send"],
  [`cabi_post_${name("outbound", "send")}`, "postReturn"],
  [name("secrets", "get"), "secret"],
  [`cabi_post_${name("secrets", "get")}`, "postReturn"],
  [name("log", "write"), "log"],
  [name("clock", "now"), "now"],
  [name("clock", "sleep"), "sleep"],
  [name("random", "bytes"), "random"],
  [`cabi_post_${name("random", "bytes")}`, "postReturn"],
]);

/**
 * Builds the component that implements on WASI what a hook imports of its platform, for hosts that know nothing of
 * `backfill:http`. The allowlist, the limits and the names of the secrets' environment variables are written into it.
 * Throws `ConfigError` for what only this host can do.
 */
export async function buildAdapter(given: BackfillConfig): Promise<Uint8Array> {
  const config = checkConfig(given);
  const entries = entriesOf(config);
  const secrets = secretsOf(config);
  const limits = resolveLimits(config.limits);
  const numbers = [
    limits.requestBodyBytes,
    limits.responseBodyBytes,
    limits.responseBytesPerEvent,
    limits.headerCount,
    limits.headerBytes,
    limits.callsPerEvent,
    limits.defaultDeadline,
    limits.maximumDeadline,
  ];
  const entryText = `import { configure } from "./adapter/configuration";
export { cabi_realloc, log, now, postReturn, random, secret, send, sleep } from "./adapter/abi/platform";
configure(${JSON.stringify(entries.join("\n"))}, ${JSON.stringify(secrets)}, [${numbers.join(", ")}]);
`;
  return build(entryText, EXPORTS, "platform");
}

/**
 * Builds the component that makes a hook a server: it imports `run` and exports `wasi:http/incoming-handler`. The body of a
 * POST is the event, the result is the response.
 */
export function buildServe(): Promise<Uint8Array> {
  const entryText = `export { cabi_realloc, handle } from "./adapter/abi/serve";\n`;
  return build(entryText, new Map([["wasi:http/incoming-handler@0.2.0#handle", "handle"]]), "serve");
}

async function build(entryText: string, exports: ReadonlyMap<string, string>, world: string): Promise<Uint8Array> {
  const { core, errors } = await compile({
    folder: packageRoot,
    entry: ENTRY,
    entryText,
    library: "assembly",
    abort: "abi/trap/trap",
    exports,
  });
  if (core === undefined) throw new BackfillError("BACKFILL_COMPILE", errors.map(formatDiagnostic).join("\n"));
  const wasi = await readFile(join(packageRoot, "adapter", "wasi.wit"), "utf8");
  return componentize(core, `backfill:adapter/${world}@0.1.0`, wasi);
}

/** Authority and path of each entry. */
function entriesOf({ permissions = {}, internalHosts = [] }: BackfillConfig): string[] {
  if (permissions.mode === "report") {
    throw new ConfigError("permissions.mode", '"report"', '"enforce": the adapter has nobody to report to');
  }
  return (permissions.http ?? []).map((text, index) => {
    const entry = parseEntry(text, new Set(internalHosts));
    const place = `permissions.http[${index}]`;
    if (isRefusal(entry)) throw new ConfigError(place, JSON.stringify(text), entry.reason);
    if (entry.hostname.split(".").some((label) => label.startsWith("xn--"))) {
      throw new ConfigError(place, JSON.stringify(text), "a host of ASCII: the adapter knows no others");
    }
    return entry.canonical.slice("https://".length);
  });
}

/** Names of secrets, each followed by that of its environment variable. */
function secretsOf({ secrets = {} }: BackfillConfig): string[] {
  return Object.entries(secrets).flatMap(([secret, declared]) => {
    if (declared === undefined) return [];
    const place = member("secrets", secret);
    if (typeof declared !== "object" || !("env" in declared)) {
      throw new ConfigError(place, "a value", 'as in { env: "API_KEY" }: a value would stand in the component\'s file');
    }
    if (declared.for !== undefined) {
      throw new ConfigError(member(place, "for"), "entries", "none: the adapter gives hooks the secrets themselves");
    }
    return [secret, declared.env];
  });
}
