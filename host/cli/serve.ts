import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import type { Logger } from "pino";
import { connectorWarnings } from "../config/check-connector.ts";
import type { ConnectorConfig } from "../config/connector.ts";
import { CONFIG_FILE, CONNECTOR_FILE, loadConnector, manifestAt } from "../config/load.ts";
import { BackfillError } from "../errors.ts";
import { createHookRuntime, MOST_THREADS } from "../runtime/create.ts";
import type { Hook, HookRuntime } from "../runtime/runtime.ts";
import { auditLine } from "../observe/audit.ts";
import { callMetrics } from "../serve/call-metrics.ts";
import { ServeKey } from "../serve/key.ts";
import { Metrics } from "../serve/metrics.ts";
import { type EventRecord, HookServer } from "../serve/server.ts";
import { say, warn } from "./output.ts";
import { stopSignals } from "./signals.ts";
import { addSendingOptions, setUp, wholeNumber, type SetupOptions } from "./setup.ts";
import { componentOf } from "./source.ts";

interface ServeOptions extends SetupOptions {
  readonly host: string;
  readonly port: number;
  readonly keyEnv: string;
  readonly threads?: number;
  readonly maxEvents: number;
  readonly maxEventsPerConnection: number;
  readonly maxEventBytes: number;
}

const PORT = 8787;
const KEY_ENV = "BACKFILL_SERVE_KEY";
/** Characters: of a key that is made at random, 128 bits. */
const LEAST_KEY = 22;
/** One core is the server's own, and beyond so many threads it has no time to feed them. */
const THREADS = Math.min(8, Math.max(1, availableParallelism() - 1));
/** Milliseconds. */
const LAST_ANSWERS = 1000;
const EVENTS = 1024;
const EVENTS_PER_CONNECTION = 256;
const EVENT_BYTES = 1024 * 1024;
const MOST = 2 ** 31 - 1;
/** pino's word for each level of a hook's log. */
const LEVELS = { debug: "debug", info: "info", warn: "warn", error: "error", critical: "fatal" } as const;
/** The names that a server on a loopback address has. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Adds `backfill serve`. */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .summary("serve a connector's hooks over HTTP")
    .description(
      "Serves each route of a connector as POST /hooks/<route>: the event in, the hook's result out, as JSON. Beside them /healthz, /readyz and /metrics. Logs to stdout, a JSON object a line.",
    )
    .argument("[connector]", `a ${CONNECTOR_FILE}, or a folder with one (default: the current folder)`)
    .option(
      "--config <file>",
      `the configuration (default: ${CONFIG_FILE} beside the connector, then in the current folder)`,
    )
    .option("--host <address>", "the address to listen on; any but a loopback one needs a key", "127.0.0.1")
    .option("--port <n>", "the port to listen on; 0 is any", wholeNumber(0, 65_535), PORT)
    .option("--key-env <name>", "the environment variable with the key that callers show", KEY_ENV)
    .option(
      "--threads <n>",
      "threads that run hooks; 0 runs them in the server's own (default: one less than the cores, 1 to 8)",
      wholeNumber(0, MOST_THREADS),
    )
    .option("--max-events <n>", "events under way at once; one more is answered 503", wholeNumber(1, MOST), EVENTS)
    .option(
      "--max-events-per-connection <n>",
      "of one connection; one more is answered 429",
      wholeNumber(1, MOST),
      EVENTS_PER_CONNECTION,
    )
    .option("--max-event-bytes <n>", "of an event's JSON", wholeNumber(1, MOST), EVENT_BYTES);
  addSendingOptions(command)
    .addHelpText(
      "after",
      `
A caller names the connection in the field Backfill-Connection (default: "default"), and shows the key, where there is
one, as Authorization: Bearer <key>. SIGTERM or Ctrl-C takes no more events and waits for those under way; a second one
ends them.

Examples:
  $ backfill serve
  $ curl -d '{"customer":"cus_1"}' -H 'content-type: application/json' http://127.0.0.1:${PORT}/hooks/customers
  $ ${KEY_ENV}="$(openssl rand -base64 32)" backfill serve connectors/crm --host 0.0.0.0`,
    )
    .action(async (given: string | undefined, _options: unknown, self: Command) => {
      await serve(given ?? ".", self.optsWithGlobals<ServeOptions>());
    });
}

async function serve(given: string, options: ServeOptions): Promise<void> {
  const manifest = manifestAt(given);
  const key = keyOf(options);
  const { config } = await setUp(options, [dirname(manifest), "."]);
  const { internalHosts = [] } = config;
  const { connector } = await loadConnector(manifest, { internalHosts });
  warn(connectorWarnings(connector, { internalHosts }));
  const logger = await openLog();
  const metrics = new Metrics();
  const countCall = callMetrics(metrics);
  const runtime = await createHookRuntime({
    ...config,
    // What is let in at all is for --max-events to say.
    limits: { ...config.limits, queuedEvents: options.maxEvents },
    threads: options.threads ?? THREADS,
    onCall: (record) => {
      countCall(record);
      logger.info(auditLine(record), "call");
    },
    onLog: ({ level, message, fields }) => logger[LEVELS[level]]({ fields }, message),
  });
  try {
    const server = new HookServer({
      hooks: await loadHooks(runtime, connector, dirname(manifest)),
      key,
      limits: {
        events: options.maxEvents,
        eventsPerTenant: options.maxEventsPerConnection,
        eventBytes: options.maxEventBytes,
      },
      metrics,
      onEvent: (record) => logEvent(logger, record),
    });
    const signals = stopSignals();
    const { address, port, family } = await server.listen(options.host, options.port);
    const origin = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
    logger.info({ origin, hooks: Object.keys(connector.routes) }, "listening");
    for (const route of Object.keys(connector.routes)) say(`POST ${origin}/hooks/${route}`, "green");
    await signals.first;
    logger.info("stopping");
    await Promise.race([server.stop(), signals.second.then(() => endNow(runtime, server))]);
    logger.info("stopped");
  } finally {
    await runtime.close();
  }
}

/** Ends the events under way, and gives their answers a moment to leave. */
async function endNow(runtime: HookRuntime, server: HookServer): Promise<void> {
  await runtime.close();
  const stopped = server.stop();
  setTimeout(() => server.closeConnections(), LAST_ANSWERS).unref();
  await stopped;
}

/** Throws `BackfillError` where others could call without one. */
function keyOf({ host, keyEnv }: ServeOptions): ServeKey | undefined {
  const key = process.env[keyEnv];
  if (key === undefined || key === "") {
    if (LOOPBACK.test(host)) return undefined;
    throw new BackfillError(
      "BACKFILL_NO_KEY",
      `--host ${host} can be reached by others and needs a key: set ${keyEnv} to what this prints: openssl rand -base64 32`,
    );
  }
  if (/^[\x21-\x7e]+$/.test(key) && key.length >= LEAST_KEY) return new ServeKey(key);
  throw new BackfillError(
    "BACKFILL_NO_KEY",
    `${keyEnv} is no key: use ${LEAST_KEY} or more visible ASCII characters, as openssl rand -base64 32 prints them`,
  );
}

async function loadHooks(
  runtime: HookRuntime,
  connector: ConnectorConfig,
  folder: string,
): Promise<ReadonlyMap<string, Hook>> {
  const hooks = new Map<string, Hook>();
  for (const [route, { hook }] of Object.entries(connector.routes)) {
    const component = await componentOf(resolve(folder, hook), {});
    hooks.set(route, await runtime.load(component, { name: route, connector }));
  }
  return hooks;
}

function logEvent(logger: Logger, { cause, ...record }: EventRecord): void {
  // What the caller is told of a fault of the host is not what happened.
  if (record.problem === "host-fault") logger.error({ ...record, err: cause }, "event");
  else logger.info(record, "event");
}

async function openLog(): Promise<Logger> {
  const { pino } = await import("pino");
  return pino({ base: null, level: "debug" });
}
