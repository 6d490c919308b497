import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import { CONFIG_FILE, CONNECTOR_FILE, findConnector, loadConnector, manifestAt } from "../config/load.ts";
import { DevSession, type DevSetup } from "../dev/session.ts";
import { watchFolders } from "../dev/watch.ts";
import type { Hook } from "../runtime/runtime.ts";
import { Metrics } from "../serve/metrics.ts";
import { HookServer } from "../serve/server.ts";
import { sayCall, sayLog } from "./events.ts";
import { parseEvent } from "./event.ts";
import { printJson, say, sayAs } from "./output.ts";
import { addConnectionOption, addSendingOptions, configure, setUp, wholeNumber, type SetupOptions } from "./setup.ts";
import { stopSignals } from "./signals.ts";
import { componentOf } from "./source.ts";

interface DevOptions extends SetupOptions {
  readonly event?: string;
  readonly connection: string;
  readonly port: number;
}

const PORT = 8787;
const HOST = "127.0.0.1";
const MANY = 2 ** 31 - 1;

/** Adds `backfill dev`. */
export function addDev(program: Command): void {
  const command = program
    .command("dev")
    .summary("serve hooks while they are written")
    .description(
      "Serves hooks on this machine, and builds and exchanges them when a file is saved: the last event is then run again. A hook that does not build leaves the one before in its place. Results go to stdout; logs, HTTP calls and what is wrong to stderr.",
    )
    .argument("[hook]", `a hook (.ts), a ${CONNECTOR_FILE}, or a folder with one (default: the current folder)`)
    .option("--event <json>", "the first event to run: JSON, @file, or @- for stdin (default: none)")
    .option(
      "--config <file>",
      `the configuration (default: ${CONFIG_FILE} beside the hook, then in the current folder)`,
    )
    .option("--port <n>", "the port to listen on; 0 is any", wholeNumber(0, 65_535), PORT);
  addSendingOptions(addConnectionOption(command))
    .addHelpText(
      "after",
      `
Examples:
  $ backfill dev
  $ backfill dev hooks/hello.ts --event '{"name":"Ada"}'
  $ curl -d '{"name":"Ada"}' -H 'content-type: application/json' http://${HOST}:${PORT}/hooks/hello`,
    )
    .action(async (given: string | undefined, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<DevOptions>();
      const event = options.event === undefined ? undefined : { value: await parseEvent(options.event, self) };
      await dev(await projectOf(given ?? ".", options), options, event);
    });
}

/** What is served, and where its files are. */
interface Project {
  readonly folder: string;
  readonly manifest: string | undefined;
  /** The hooks' files, by route. */
  readonly files: ReadonlyMap<string, string>;
}

async function projectOf(given: string, options: SetupOptions): Promise<Project> {
  if (given.endsWith(".ts") && basename(given) !== CONNECTOR_FILE) {
    const manifest = findConnector([dirname(given), "."]);
    const routes = manifest === undefined ? [] : await routesOf(manifest, options);
    const own = routes.filter(([, file]) => file === resolve(given));
    const name = basename(given, ".ts");
    return own.length === 0
      ? { folder: dirname(given), manifest: undefined, files: new Map([[name, resolve(given)]]) }
      : { folder: dirname(given), manifest, files: new Map(own) };
  }
  const manifest = manifestAt(given);
  return { folder: dirname(manifest), manifest, files: new Map(await routesOf(manifest, options)) };
}

async function routesOf(manifest: string, options: SetupOptions): Promise<(readonly [name: string, file: string])[]> {
  const { config } = await configure(options, [dirname(manifest), "."]);
  const { connector } = await loadConnector(manifest, { internalHosts: config.internalHosts ?? [] });
  return Object.entries(connector.routes).map(([name, { hook }]) => [name, resolve(dirname(manifest), hook)]);
}

async function dev(
  { folder, manifest, files }: Project,
  options: DevOptions,
  first: { readonly value: unknown } | undefined,
): Promise<void> {
  const { connection } = options;
  const session = new DevSession({
    files,
    build: (file) => componentOf(file, { optimize: false }),
    setUp: async (): Promise<DevSetup> => {
      const { config } = await setUp(options, [folder, "."]);
      const { internalHosts = [] } = config;
      if (manifest === undefined) return { config, connector: undefined };
      return { config, connector: (await loadConnector(manifest, { internalHosts })).connector };
    },
    listeners: { onCall: (record) => sayCall(record, undefined), onLog: sayLog },
  });
  const again = async (): Promise<void> => {
    const { last } = session;
    if (last !== undefined) await shown(async () => printJson(await session.run(last.hook, last.event, last.options)));
  };
  const started = start(session, [...files.keys()], options.port);
  // One after the other, so that the last save wins; and watched from the beginning, so that no save is missed.
  let work: Promise<unknown> = started.then(
    async () => {
      const [name] = files.keys();
      if (first === undefined || name === undefined) return;
      await shown(async () => printJson(await session.run(name, first.value, { connection })));
    },
    () => {},
  );
  const stop = watchFolders([...new Set([folder, "."].map((one) => resolve(one)))], (changed) => {
    const isConfig = [...changed].some((file) => [CONFIG_FILE, CONNECTOR_FILE].includes(basename(file)));
    const isSource = [...changed].some((file) => /\.[cm]?[jt]s$|\.json$/.test(file));
    if (!isConfig && !isSource) return;
    work = work.then(async () => {
      const configures = isConfig && (await shown(() => configured(session)));
      const others = [...changed].some((file) => ![CONFIG_FILE, CONNECTOR_FILE].includes(basename(file)));
      const builds = others && isSource && (await rebuilt(session, [...files.keys()]));
      if (configures || builds) await again();
    });
  });
  try {
    const server = await started;
    const signals = stopSignals();
    await signals.first;
    signals.release();
    await server.stop();
  } finally {
    stop();
    await work;
    await session.close();
  }
}

/** Builds hooks again and exchanges those that build, all at once. Whether any was. */
async function rebuilt(session: DevSession, names: readonly string[]): Promise<boolean> {
  const built = new Map<string, Uint8Array>();
  for (const name of names) {
    await shown(async () => {
      const started = performance.now();
      built.set(name, await session.build(name));
      say(`${name} built in ${Math.round(performance.now() - started)} ms`, "dim");
    });
  }
  return built.size > 0 && shown(() => session.exchange(built));
}

async function start(session: DevSession, names: readonly string[], port: number): Promise<HookServer> {
  await session.configure();
  await rebuilt(session, names);
  const server = serverOf(session, names);
  const { port: own } = await server.listen(HOST, port);
  for (const name of names) say(`POST http://${HOST}:${own}/hooks/${name}`, "green");
  return server;
}

async function configured(session: DevSession): Promise<void> {
  await session.configure();
  say("configuration read", "dim");
}

/** Whether the work was done; where not, what went wrong is said. */
async function shown(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    for (const line of (error instanceof Error ? error.message : String(error)).split("\n")) sayAs("error", line);
    return false;
  }
}

function serverOf(session: DevSession, names: readonly string[]): HookServer {
  const hooks = names.map((name): [string, Pick<Hook, "run">] => [
    name,
    { run: (event, options) => session.run(name, event, options) },
  ]);
  return new HookServer({
    hooks: new Map(hooks),
    key: undefined,
    limits: { events: MANY, eventsPerTenant: MANY, eventBytes: MANY },
    metrics: new Metrics(),
    onEvent: ({ hook, status, problem, milliseconds, cause }) => {
      say(
        `POST /hooks/${hook} ${problem ?? status} ${Math.round(milliseconds)} ms`,
        problem === undefined ? "green" : "red",
      );
      if (cause instanceof Error) sayAs("error", cause.message);
    },
  });
}
