import { basename, dirname } from "node:path";
import { Option, type Command } from "commander";
import { CONFIG_FILE, CONNECTOR_FILE } from "../config/load.ts";
import type { Language } from "../compile/language.ts";
import type { CallRecord } from "../outbound.ts";
import { instrumentRuntime } from "../runtime/runtime.ts";
import type { LogRecord } from "../runtime/store.ts";
import { addAuditOption, withAudit, type AuditOptions } from "./audit.ts";
import { parseEvent } from "./event.ts";
import { sayCall, sayLog } from "./events.ts";
import { printJson } from "./output.ts";
import { openRecording, type RecordingOptions } from "./recording.ts";
import { routeOf, type RouteOptions } from "./route.ts";
import { addSendingOptions, connectionName, setUp, type SetupOptions } from "./setup.ts";
import { componentOf, languageOption } from "./source.ts";

interface CallOptions extends SetupOptions, RouteOptions, AuditOptions, RecordingOptions {
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
    .option("--connection <name>", 'which of the connector\'s connections (default: "default")', connectionName)
    .addOption(
      new Option("--record <file>", "write the HTTP exchanges to this HAR file, without secrets").conflicts("replay"),
    )
    .option("--replay <file>", "answer from this HAR file in place of the network; the policy stays on");
  addAuditOption(addSendingOptions(command))
    .addHelpText(
      "after",
      `
With --json, stdout has one object: result, log and calls.

Examples:
  $ backfill call hook.ts --event '{"customer":"cus_1"}'
  $ backfill call hook.wasm --event @event.json --config backfill.config.ts
  $ backfill call connectors/crm/contacts.ts --connection customer-17
  $ backfill call hook.ts --record calls.har
  $ backfill call hook.ts --replay calls.har
  $ backfill call hook.ts --resolve api.example.com:443:127.0.0.1:8443 --cacert ca.pem`,
    )
    .action(async (hook: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<CallOptions>();
      const event = await parseEvent(options.event ?? "null", self);
      await withAudit(options, () => call(hook, event, options));
    });
}

async function call(file: string, event: unknown, options: CallOptions): Promise<void> {
  const { config, missing } = await setUp(options, [dirname(file), "."]);
  const recording = await openRecording(options);
  const route = await routeOf(file, options, config.internalHosts ?? []);
  const source = await componentOf(file, { language: options.language, optimize: false });
  const log: LogRecord[] = [];
  const calls: CallRecord[] = [];
  const runtime = await instrumentRuntime(
    {
      ...config,
      ...recording.surroundings,
      onLog: (record) => {
        log.push(record);
        sayLog(record);
      },
      onCall: (record) => {
        calls.push(record);
        sayCall(record, missing);
      },
    },
    recording.instrument,
  );
  try {
    const hook = await runtime.load(source, route ?? { name: basename(file) });
    const of = options.connection === undefined ? {} : { connection: options.connection };
    const result = await recording.during(() => hook.run(event, of));
    await printJson(options.json ? { result, log, calls } : result);
  } finally {
    await runtime.close();
    await recording.finish();
  }
}
