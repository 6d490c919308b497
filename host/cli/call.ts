import { basename, dirname } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { Language } from "../compile/language.ts";
import { CONFIG_FILE, CONNECTOR_FILE } from "../config/load.ts";
import { BackfillError } from "../errors.ts";
import type { CallRecord } from "../outbound.ts";
import { createHookRuntime } from "../runtime/runtime.ts";
import type { LogRecord } from "../runtime/store.ts";
import { addAuditOption, withAudit, type AuditOptions } from "./audit.ts";
import { sayCall, sayLog } from "./events.ts";
import { printJson } from "./output.ts";
import { routeOf, type RouteOptions } from "./route.ts";
import { addSendingOptions, connectionName, readInput, setUp, type SetupOptions } from "./setup.ts";
import { componentOf, languageOption } from "./source.ts";

interface CallOptions extends SetupOptions, RouteOptions, AuditOptions {
  readonly event?: string;
  readonly json?: boolean;
  readonly language?: Language;
}

/** Adds `backfill call`. */
export function addCall(program: Command): void {
  const command = program
    .command("call")
    .summary("run a hook with one event")
    .description("Runs a hook with one event and prints its result as JSON. Its log and its HTTP calls go to stderr.")
    .argument("<hook>", "a component (.wasm), or a hook (.ts), which is built first")
    .option("--event <json>", "the event: JSON, @file, or @- for stdin (default: null)")
    .addOption(languageOption())
    .option(
      "--config <file>",
      `the configuration (default: ${CONFIG_FILE} beside the hook, then in the current folder)`,
    )
    .option(
      "--connector <file>",
      `the connector that the hook is a route of (default: ${CONNECTOR_FILE}, looked for likewise)`,
    )
    .option("--connection <name>", 'which of the connector\'s connections (default: "default")', connectionName);
  addAuditOption(addSendingOptions(command))
    .addHelpText(
      "after",
      `
With --json, stdout has one object: result, log and calls.

Examples:
  $ backfill call hook.ts --event '{"customer":"cus_1"}'
  $ backfill call hook.wasm --event @event.json --config backfill.config.ts
  $ backfill call connectors/crm/contacts.ts --connection customer-17
  $ backfill call hook.ts --resolve api.example.com:443:127.0.0.1:8443 --cacert ca.pem`,
    )
    .action(async (hook: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<CallOptions>();
      const event = await readEvent(options.event ?? "null", self);
      await withAudit(options, () => call(hook, event, options));
    });
}

async function call(file: string, event: unknown, options: CallOptions): Promise<void> {
  const { config, missing } = await setUp(options, [dirname(file), "."]);
  const route = await routeOf(file, options, config.internalHosts ?? []);
  const source = await componentOf(file, options.language);
  const log: LogRecord[] = [];
  const calls: CallRecord[] = [];
  const runtime = await createHookRuntime({
    ...config,
    onLog: (record) => {
      log.push(record);
      sayLog(record);
    },
    onCall: (record) => {
      calls.push(record);
      sayCall(record, missing);
    },
  });
  try {
    const hook = await runtime.load(source, route ?? { name: basename(file) });
    const result = await hook.run(event, options.connection === undefined ? {} : { connection: options.connection });
    await printJson(options.json ? { result, log, calls } : result);
  } finally {
    await runtime.close();
  }
}

async function readEvent(given: string, command: Command): Promise<unknown> {
  if (given.startsWith("@")) {
    const file = given.slice(1);
    const json = file === "-" ? await text(process.stdin) : new TextDecoder().decode(await readInput(file));
    const event = parse(json);
    if (event !== undefined) return event.value;
    throw new BackfillError("BACKFILL_EVENT", `${file === "-" ? "stdin" : file}: the event is not JSON`);
  }
  const event = parse(given);
  return event === undefined
    ? command.error("error: --event is not JSON; to read a file write --event @file")
    : event.value;
}

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}
