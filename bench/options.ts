import { parseArgs } from "node:util";
import { PEERS, PEER_INFO, type PeerName } from "./peers/list.ts";
import { ROW_NAMES, type RowName } from "./rows/list.ts";

/** What a person asked for. */
export interface Options {
  readonly isSmoke: boolean;
  readonly wantsHelp: boolean;
  /** Where the raw figures go. */
  readonly json: string | undefined;
  readonly peers: readonly PeerName[];
  readonly rows: readonly RowName[];
}

/** A call that cannot be understood. */
export class UsageError extends Error {}

/** Reads the command line. Throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const only = (values.only ?? []).flatMap((names) => names.split(","));
  for (const name of only) if (!isPeer(name) && !isRow(name)) throw unknownName(name);
  const peers = only.filter(isPeer);
  const rows = only.filter(isRow);
  return {
    isSmoke: values.smoke ?? false,
    wantsHelp: values.help ?? false,
    json: values.json,
    peers: PEERS.filter((name) => peers.length === 0 || peers.includes(name)),
    rows: ROW_NAMES.filter((name) => rows.length === 0 || rows.includes(name)),
  };
}

function parse(args: readonly string[]): {
  readonly values: { smoke?: boolean; help?: boolean; json?: string; only?: string[] };
} {
  try {
    return parseArgs({
      args: [...args],
      options: {
        smoke: { type: "boolean" },
        help: { type: "boolean" },
        json: { type: "string" },
        only: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(". ")[0]}.\nThe options are --smoke, --only, --json, --help.`,
    );
  }
}

const isPeer = (name: string): name is PeerName => (PEERS as readonly string[]).includes(name);
const isRow = (name: string): name is RowName => (ROW_NAMES as readonly string[]).includes(name);

function unknownName(name: string): UsageError {
  return new UsageError(
    `--only ${name}: neither a peer nor a row.\nThe peers are ${PEERS.join(", ")}.\nThe rows are ${ROW_NAMES.join(", ")}.`,
  );
}

export function helpText(): string {
  const peers = PEERS.map((name) => `  ${name.padEnd(20)} ${PEER_INFO[name].what.replaceAll("`", "")}`);
  return `npm run bench -- [options]

Measures Backfill Http beside undici and what else there is, and prints one Markdown document.

  --only <peer|row>    a part; may be given more than once, or as a list with commas
  --smoke              every row as short as it can be: shows that it runs, its figures mean nothing
  --json <file>        the raw figures as well
  --help               this

peers:
${peers.join("\n")}

rows: ${ROW_NAMES.join(", ")}

Exit codes: 0 measured, 1 failed, 2 not understood. A target that is not met is no failure.`;
}
