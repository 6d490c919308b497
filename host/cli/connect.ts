import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { Command } from "commander";
import { TokenEndpoint, type TokenOutcome } from "../auth/oauth/token-endpoint.ts";
import type { ConnectionKey, Tokens, TokenStore } from "../auth/store/token-store.ts";
import { connectorWarnings } from "../config/check-connector.ts";
import { CONFIG_FILE, CONNECTOR_FILE, loadConnector, manifestAt } from "../config/load.ts";
import { resolveConnector, type ResolvedOAuth } from "../config/resolve-connector.ts";
import { BackfillError, ConfigError } from "../errors.ts";
import { createOutbound } from "../outbound.ts";
import { authorize } from "./authorize.ts";
import { print, printable, printJson, say, warn } from "./output.ts";
import { addConnectionOption, addSendingOptions, configure, type SetupOptions, wholeNumber } from "./setup.ts";
import { openStore } from "./tokens.ts";

interface ConnectOptions extends SetupOptions {
  readonly connection: string;
  readonly port: number;
  readonly timeout: number;
  readonly browser: boolean;
  readonly json?: boolean;
}

/** What a shell gives for a command that Ctrl-C ended: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** Adds `backfill connect`. */
export function addConnect(program: Command, exit: (status: number) => void): void {
  const command = program
    .command("connect")
    .summary("connect a connector to an account, in a browser")
    .description(
      "Gets a connector's OAuth tokens and stores them: a person agrees in a browser. With client_credentials nobody is asked, and the first token proves the settings.",
    )
    .argument("[connector]", `a ${CONNECTOR_FILE}, or a folder with one (default: the current folder)`);
  addConnectionOption(command)
    .option(
      "--config <file>",
      `the configuration (default: ${CONFIG_FILE} beside the connector, then in the current folder)`,
    )
    .option("--port <n>", "the port of 127.0.0.1 that the browser comes back to; 0 is any", wholeNumber(0, 65_535), 0)
    .option("--no-browser", "open no browser, also where stdout is a terminal; the URL is always printed")
    .option("--timeout <seconds>", "how long to wait for the person", wholeNumber(1, 86_400), 300);
  addSendingOptions(command)
    .addHelpText(
      "after",
      `
The authorization server has to know the redirect URI http://127.0.0.1/callback, of a native application, with any
port. One that compares ports too is given http://127.0.0.1:8765/callback, and this command --port 8765.

With --json, stdout has one object: connector, connection, expiresAt, scope and refreshable.

Examples:
  $ backfill connect
  $ backfill connect connectors/crm --connection customer-17
  $ backfill connect --no-browser --port 8765`,
    )
    .action(async (given: string | undefined, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<ConnectOptions>();
      exit(await untilInterrupted((signal) => connect(given ?? ".", options, signal)));
    });
}

/** Runs a command that Ctrl-C ends. Returns its exit code. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    await work(interruption.signal);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

async function connect(given: string, options: ConnectOptions, signal: AbortSignal): Promise<void> {
  const manifest = manifestAt(given);
  const loaded = await configure(options, [dirname(manifest), "."]);
  const { limits, internalHosts = [], dnsServers, development = {} } = loaded.config;
  const { connector, file } = await loadConnector(manifest, { internalHosts });
  warn(connectorWarnings(connector, { internalHosts }));
  const { name, oauth } = await resolveConnector(connector, { internalHosts });
  if (oauth === undefined)
    throw new ConfigError("connection.oauth", "nothing", `the settings to connect with, in ${file}`);

  const key = { connector: name, connection: options.connection };
  const store = await openStore(loaded);
  const outbound = createOutbound({ limits, internalHosts, dnsServers, development });
  const endpoint = new TokenEndpoint(oauth.options, outbound);
  signal.addEventListener("abort", () => void outbound.close());
  try {
    // A store that cannot be used, or a record that cannot be read, is found before a person is asked.
    await store.read(key);
    const tokens = tokensOf(name, await ask(endpoint, oauth, options, signal));
    await keep(store, key, tokens);
    await tell(key, tokens, oauth, options.json === true);
  } finally {
    await endpoint.close();
    await outbound.close();
    await store.close();
  }
}

function ask(
  endpoint: TokenEndpoint,
  { options: { connector, grant } }: ResolvedOAuth,
  { port, timeout, browser }: ConnectOptions,
  signal: AbortSignal,
): Promise<TokenOutcome> {
  if (grant === "refresh_token") {
    const showsBrowser = browser && process.stdout.isTTY;
    return authorize(endpoint, { name: connector, port, timeout, browser: showsBrowser, signal });
  }
  say("Asking the authorization server for a token.", "dim");
  return endpoint.clientCredentials();
}

function tokensOf(connector: string, { tokens, refusal }: TokenOutcome): Tokens {
  if (tokens !== undefined) return tokens;
  throw new BackfillError("BACKFILL_CONNECT", `${connector} is not connected: ${refusal.message}`);
}

/** Takes the place of whatever is stored: another grant, of which no refresh of the one before knows anything. */
async function keep(store: TokenStore, key: ConnectionKey, tokens: Tokens): Promise<void> {
  const record = { grant: randomUUID(), connectedAt: Date.now(), tokens, refresh: undefined, reauth: undefined };
  for (;;) {
    const stored = await store.read(key);
    if ((await store.write(key, record, stored?.version ?? 0)) !== undefined) return;
  }
}

async function tell(
  { connector, connection }: ConnectionKey,
  { expiresAt, refreshToken, scope }: Tokens,
  { options: { grant } }: ResolvedOAuth,
  json: boolean,
): Promise<void> {
  if (grant === "refresh_token" && refreshToken === undefined) {
    warn([
      "the authorization server gave no refresh token: once this token has run out, a person has to connect again. Many servers give one for the scope offline_access; add it to connection.oauth.scopes",
    ]);
  }
  const until = expiresAt === undefined ? null : new Date(expiresAt).toISOString();
  if (json) {
    const refreshable = refreshToken !== undefined;
    await printJson({ connector, connection, expiresAt: until, scope: scope ?? null, refreshable });
    return;
  }
  const facts = [
    `${connector} is connected as ${JSON.stringify(connection)}`,
    ...(until === null ? [] : [`its token is good until ${until}`]),
    ...(scope === undefined ? [] : [`scope ${scope}`]),
  ];
  await print(`${printable(facts.join(", "))}\n`);
}
