// npm run conformance: runs the cases on hosts, prints one table, and writes or compares docs/conformance.md.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadCases, type Case } from "./runner/case.ts";
import {
  loadExpectations,
  loadGuests,
  loadHosts,
  matches,
  missing,
  root,
  type GuestManifest,
  type HostManifest,
} from "./runner/manifest.ts";
import {
  deviations,
  mergeRows,
  pageOf,
  rowOf,
  rowsIn,
  tableOf,
  type HostExpectations,
  type Run,
} from "./runner/report.ts";
import { runHost, type Result, StartError } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

const USAGE = `npm run conformance -- [--host NAME]… [--guest NAME]… [--case GLOB] [--list] [--write]
npm run conformance -- --adapter COMMAND [--guest NAME]… [--case GLOB] [--list]

  --host     which hosts to run: typescript (the default), another of test/conformance/hosts, all, or present (those
             whose tools are there)
  --adapter  a host of your own: what starts its adapter, as in "python3 adapter.py"
  --guest    in which language the guest is: as (the default), another of test/conformance/guests.json, all, or present
  --case     runs the cases whose id matches, as in "policy/must/*"
  --list     prints each case as it is run
  --write    writes docs/conformance.md; without it the table there is compared

Exits with 0 where everything is as expected, 1 where it is not, 2 for wrong usage and missing tools.
`;

const PAGE = join(root, "docs", "conformance.md");

interface Options {
  readonly host: readonly string[];
  readonly adapter: string | undefined;
  readonly guest: readonly string[];
  readonly case: string;
  readonly list: boolean;
  readonly write: boolean;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
});

async function main(): Promise<number> {
  const options = parse();
  if (typeof options === "number") return options;
  const [allHosts, allGuests] = [await loadHosts(), await loadGuests()];
  const hosts =
    options.adapter === undefined
      ? choose("host", allHosts, options.host, (host) => host.needs)
      : [foreignHost(options.adapter)];
  const guests = choose("guest", allGuests, options.guest, (guest) => [guest.component]);
  if (hosts === undefined || guests === undefined) return 2;
  const all = await loadCases();
  const cases = all.filter(({ id }) => matches(options.case, id));
  if (cases.length === 0) return fault(`no case matches ${options.case}`);
  const runs = await runAll(cases, hosts, guests, options.list);
  const rows = runs.map(rowOf);
  process.stdout.write(`${tableOf(rows)}\n`);
  if (deviations(runs).length > 0) return 1;
  if (cases.length < all.length || options.adapter !== undefined) return 0;
  const before = await readFile(PAGE, "utf8").catch(() => "");
  const page = await render(before, all, rows, [allHosts, allGuests]);
  if (!options.write) return compare(before, page, rows);
  await writeFile(PAGE, page);
  return 0;
}

async function runAll(
  cases: readonly Case[],
  hosts: readonly HostManifest[],
  guests: readonly GuestManifest[],
  list: boolean,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  const stage = await Stage.open();
  try {
    for (const host of hosts) {
      const expectations = await loadExpectations(host.name);
      for (const guest of guests) {
        process.stderr.write(`${host.title}, guest in ${guest.title}: ${cases.length} cases\n`);
        const onResult = (result: Result): void => print(result, `${host.name}/${guest.name}`, list);
        const results = await runHost(cases, { host, guest, expectations, stage, onResult });
        runs.push({ host: host.title, guest: guest.title, results });
      }
    }
  } finally {
    await stage.close();
  }
  return runs;
}

function print({ test, status, lines }: Result, place: string, list: boolean): void {
  if (!list && status !== "fail" && status !== "unexpected-pass") return;
  process.stdout.write(`${status} ${place} ${test.id}: ${test.description}\n`);
  for (const line of lines) process.stdout.write(`    ${line}\n`);
}

/** The page with these rows in it, and what it says of the cases. */
async function render(
  before: string,
  cases: readonly Case[],
  rows: readonly string[],
  [hosts, guests]: readonly [readonly HostManifest[], readonly GuestManifest[]],
): Promise<string> {
  const places = hosts.flatMap((host) => guests.map((guest) => ({ host: host.title, guest: guest.title })));
  const exceptions: HostExpectations[] = [];
  for (const host of hosts) exceptions.push([host, await loadExpectations(host.name)]);
  return pageOf(cases, mergeRows(rowsIn(before), rows, places), exceptions);
}

function compare(before: string, page: string, rows: readonly string[]): number {
  if (before === page) return 0;
  const written = rowsIn(before);
  const stale = rows.filter((row) => !written.includes(row));
  const what = stale.length > 0 ? `has not these rows:\n${stale.join("\n")}` : "counts other cases or exceptions";
  process.stderr.write(`docs/conformance.md ${what}\nWrite it with --write.\n`);
  return 1;
}

function parse(): Options | 2 {
  const multiple = { type: "string", multiple: true } as const;
  try {
    const { values } = parseArgs({
      options: {
        host: { ...multiple, default: ["typescript"] },
        adapter: { type: "string" },
        guest: { ...multiple, default: ["as"] },
        case: { type: "string", default: "*" },
        list: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    });
    return { adapter: undefined, ...values };
  } catch (error) {
    return fault((error as Error).message);
  }
}

function foreignHost(command: string): HostManifest {
  return { name: "adapter", title: command, command: command.split(" "), needs: [], tools: "" };
}

/** Those of these names; undefined, and a word to the user, where one is not there or lacks its tools. */
function choose<T extends { readonly name: string; readonly tools: string }>(
  kind: string,
  known: readonly T[],
  names: readonly string[],
  needs: (one: T) => readonly string[],
): readonly T[] | undefined {
  const lack = (one: T): string | undefined => missing(`${kind} ${one.name}`, needs(one), one.tools);
  if (names.includes("present")) return known.filter((one) => lack(one) === undefined);
  const foreign = names.find((name) => name !== "all" && !known.some((one) => one.name === name));
  if (foreign !== undefined) {
    fault(`there is no ${kind} ${foreign}; there are ${known.map(({ name }) => name).join(", ")}, all and present`);
    return undefined;
  }
  const chosen = known.filter(({ name }) => names.includes(name) || names.includes("all"));
  const absent = chosen.map(lack).filter((line) => line !== undefined);
  for (const line of absent) process.stderr.write(`${line}\n`);
  return absent.length === 0 ? chosen : undefined;
}

function fault(message: string): 2 {
  process.stderr.write(`${message}\n\n${USAGE}`);
  return 2;
}
