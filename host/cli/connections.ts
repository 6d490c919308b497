import type { Command } from "commander";
import type { ConnectionRecord, ListedConnection, TokenStore } from "../auth/store/token-store.ts";
import { loadConfig } from "../config/load.ts";
import { BackfillError } from "../errors.ts";
import { print, printable, printJson, say } from "./output.ts";
import { addConfigOption, addConnectionOption } from "./setup.ts";
import { openStore } from "./tokens.ts";

interface StoreOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What `connections` says of one connection. Every key is always there, and never a token. */
export interface ConnectionStatus {
  readonly connector: string;
  readonly connection: string;
  /** `expired`: it has run out and cannot be refreshed; a client of `client_credentials` gets another by itself. */
  readonly state: "ready" | "refreshing" | "expired" | "reauth-needed";
  /** Why a person has to connect again. */
  readonly reason: string | null;
  /** ISO 8601; null where the server named no lifetime. */
  readonly expiresAt: string | null;
  readonly scope: string | null;
  /** Whether there is a refresh token. */
  readonly refreshable: boolean;
  /** ISO 8601. */
  readonly connectedAt: string;
}

/** Adds `backfill connections`. */
export function addConnections(program: Command): void {
  const command = program
    .command("connections")
    .summary("list the connections of all connectors")
    .description("Lists what is stored of connectors' connections: their states, and never a token.");
  addConfigOption(command)
    .addHelpText(
      "after",
      `
With --json, stdout has one array of objects: connector, connection, state, reason, expiresAt, scope, refreshable and
connectedAt; state is ready, refreshing, expired or reauth-needed.

Examples:
  $ backfill connections
  $ backfill connections --json --config backfill.config.ts`,
    )
    .action(async (_options: unknown, self: Command) => {
      const { config, json } = self.optsWithGlobals<StoreOptions>();
      const statuses = await withStore(config, async (store) =>
        Promise.all((await store.list()).map((listed) => statusOf(listed, store))),
      );
      if (json) await printJson(statuses);
      else if (statuses.length === 0) say("There is no connection yet; make one with backfill connect.", "dim");
      else await print(table([HEADINGS, ...statuses.map(cellsOf)]));
    });
}

/** Adds `backfill disconnect`. */
export function addDisconnect(program: Command): void {
  const command = program
    .command("disconnect")
    .summary("forget a connection")
    .description(
      "Deletes a connection and its tokens from the store. The authorization server is not told: to revoke the grant, use its own page.",
    )
    .argument("<connector>", "the connector's name");
  addConfigOption(addConnectionOption(command))
    .addHelpText(
      "after",
      `
Examples:
  $ backfill disconnect crm
  $ backfill disconnect crm --connection customer-17`,
    )
    .action(async (connector: string, _options: unknown, self: Command) => {
      const { config, connection, json } = self.optsWithGlobals<StoreOptions & { readonly connection: string }>();
      const name = `${connector}, connection ${JSON.stringify(connection)}`;
      if (!(await withStore(config, (store) => store.delete({ connector, connection })))) {
        throw new BackfillError("BACKFILL_NO_CONNECTION", `${name}: there is no such connection`);
      }
      if (json) await printJson({ connector, connection });
      else await print(`${printable(name)}: deleted\n`);
    });
}

async function withStore<T>(file: string | undefined, work: (store: TokenStore) => Promise<T>): Promise<T> {
  const store = await openStore(await loadConfig(file));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function statusOf({ key, record }: ListedConnection, store: TokenStore): Promise<ConnectionStatus> {
  const { tokens, connectedAt } = record;
  return {
    ...key,
    ...(await stateOf(record, store)),
    expiresAt: tokens?.expiresAt === undefined ? null : new Date(tokens.expiresAt).toISOString(),
    scope: tokens?.scope ?? null,
    refreshable: tokens?.refreshToken !== undefined,
    connectedAt: new Date(connectedAt).toISOString(),
  };
}

async function stateOf(
  { tokens, refresh, reauth }: ConnectionRecord,
  store: TokenStore,
): Promise<Pick<ConnectionStatus, "state" | "reason">> {
  if (reauth !== undefined) return { state: "reauth-needed", reason: reauth.reason };
  if (refresh !== undefined && (await store.isAlive(refresh.owner))) return { state: "refreshing", reason: null };
  if (refresh?.sent === true && tokens?.refreshToken !== undefined) {
    return { state: "reauth-needed", reason: "a process ended while it refreshed the token" };
  }
  const isOver = tokens?.expiresAt !== undefined && tokens.expiresAt <= Date.now();
  return { state: isOver && tokens.refreshToken === undefined ? "expired" : "ready", reason: null };
}

const HEADINGS = ["CONNECTOR", "CONNECTION", "EXPIRES IN", "REFRESHABLE", "CONNECTED AT", "SCOPE", "STATE"];

function cellsOf({ state, reason, ...status }: ConnectionStatus): string[] {
  const { connector, connection, expiresAt, refreshable, connectedAt, scope } = status;
  const shown = state === "reauth-needed" ? `reauth needed: ${reason}` : state;
  return [connector, connection, expiryOf(expiresAt), refreshable ? "yes" : "no", connectedAt, scope ?? "-", shown];
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
] as const;

function expiryOf(expiresAt: string | null): string {
  if (expiresAt === null) return "-";
  const seconds = Math.floor((Date.parse(expiresAt) - Date.now()) / 1000);
  if (seconds <= 0) return "run out";
  const [unit, length] = UNITS.find(([, length]) => seconds >= 2 * length) ?? ["s", 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

/** Columns as wide as their widest cell. A line break in a cell would forge a row. */
function table(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((cells) => cells.map((cell) => printable(cell).replace(/\s/g, " ")));
  const widths = HEADINGS.map((_, column) => Math.max(...shown.map((cells) => cells[column]?.length ?? 0)));
  return shown
    .map(
      (cells) =>
        `${cells
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
