// The adapter of the TypeScript host: one line in, one line out, as ../../README.md says.
import { ConfigError, createHookRuntime, HookError, type HookRuntimeOptions } from "../../../../host/index.ts";
import { Allowlist } from "../../../../host/policy/allowlist.ts";
import { lineOf, linesOf } from "../../runner/lines.ts";
import { PROTOCOL_VERSION } from "../../runner/protocol.ts";
import type { Answer, Checked, HostConfig, LogLine, Outcome, Request, TrapKind } from "../../runner/protocol.ts";
import { dialOnly } from "./dial.ts";
import { connectorOf, storeOf } from "./oauth.ts";

type CaseRequest = Extract<Request, { readonly type: "case" }>;
type CheckRequest = Extract<Request, { readonly type: "check" }>;

const TRAPS: Readonly<Partial<Record<string, TrapKind>>> = {
  BACKFILL_HOOK_TRAPPED: "error",
  BACKFILL_HOOK_FAILED: "error",
  BACKFILL_HOOK_CPU: "cpu",
  BACKFILL_HOOK_MEMORY: "memory",
  BACKFILL_HOOK_DEADLINE: "deadline",
};

for await (const line of linesOf(process.stdin)) {
  const request = JSON.parse(line) as Request;
  if (request.type === "bye") break;
  process.stdout.write(lineOf(await answer(request)));
}
process.stdin.destroy();

async function answer(request: Exclude<Request, { readonly type: "bye" }>): Promise<Answer> {
  if (request.type === "case") return run(request);
  if (request.type === "check") return check(request);
  return {
    type: "hello",
    protocol: PROTOCOL_VERSION,
    host: "typescript",
    version: process.version,
    profiles: ["boundary", "policy", "limits", "credentials"],
  };
}

async function run({ id, component, config, event }: CaseRequest): Promise<Outcome> {
  const logs: LogLine[] = [];
  dialOnly(config.dial ?? {});
  try {
    const { oauth } = config;
    const store = oauth === undefined ? {} : await storeOf(oauth);
    const onLog = (line: LogLine): unknown => logs.push(line);
    const runtime = await createHookRuntime({ ...optionsOf(config), ...store, onLog });
    try {
      const connector = oauth === undefined ? {} : { connector: connectorOf(oauth) };
      const hook = await runtime.load(component, { name: "conformance", ...connector });
      const result = JSON.stringify(await hook.run(JSON.parse(event)));
      return { type: "outcome", id, result, logs };
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) return { type: "outcome", id, configError: refusalOf(error) };
    if (!(error instanceof HookError)) throw error;
    return { type: "outcome", id, trap: { kind: TRAPS[error.code] ?? "other", message: error.message }, logs };
  }
}

function optionsOf(config: HostConfig): HookRuntimeOptions {
  const { permissions, internalHosts = [], secrets = {}, limits = {}, eventDeadline, ca, dnsServer } = config;
  return {
    permissions: { http: permissions },
    internalHosts,
    secrets,
    limits: eventDeadline === undefined ? limits : { ...limits, eventDeadline },
    development: ca === undefined ? {} : { ca },
    ...(dnsServer === undefined ? {} : { dnsServers: [dnsServer] }),
  };
}

/** The allowlist alone: nothing is looked up. */
function check({ id, config, urls }: CheckRequest): Checked {
  try {
    const allowlist = Allowlist.compile(config.permissions, { internalHosts: config.internalHosts ?? [] });
    const decisions = urls.map((url) => {
      const { allowed, code, canonical } = allowlist.check(url);
      return { allowed, ...(code !== undefined && { code }), ...(canonical !== undefined && { canonical }) };
    });
    return { type: "checked", id, decisions };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { type: "checked", id, configError: refusalOf(error) };
  }
}

function refusalOf({ path, message }: ConfigError): { readonly path: string; readonly message: string } {
  return { path, message };
}
