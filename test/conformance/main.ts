// npm run conformance: runs the cases on hosts, prints one table, and writes or compares docs/conformance.md.
import { parseArgs } from "node:util";
import { loadCases, type Case } from "./runner/case.ts";
import {
  loadExpectations,
  loadGuests,
  loadHosts,
  matches,
  missing,
  type GuestManifest,
  type HostManifest,
} from "./runner/manifest.ts";
import { deviations, resultTable, type Column } from "./runner/report.ts";
import { runHost, type Result } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

const USAGE = `npm run conformance -- [--host NAME|all]… [--guest NAME|all]… [--case GLOB] [--list] [--write]

  --host   which hosts to run: typescript (the default), all, or one of test/conformance/hosts
  --guest  in which language the guest is: as (the default), all, or one of test/conformance/guests.json
  --case   runs the cases whose id matches, as in "policy/must/*"
  --list   prints each case as it is run
  --write  writes docs/conformance.md

Exits with 0 where everything is as expected, 1 where it is not, 2 for wrong usage and missing tools.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parse();
  if (values === undefined) return 2;
  const [hosts, guests] = [await loadHosts(), await loadGuests()];
  const chosenHosts = choose("host", hosts, values.host ?? ["typescript"]);
  const chosenGuests = choose("guest", guests, values.guest ?? ["as"]);
  if (chosenHosts === undefined || chosenGuests === undefined) return 2;
  const absent = [
    ...chosenHosts.map((host) => missing(`host ${host.name}`, host.needs, host.tools)),
    ...chosenGuests.map((guest) => missing(`guest ${guest.name}`, [guest.component], guest.tools)),
  ].filter((line) => line !== undefined);
  for (const line of absent) process.stderr.write(`${line}\n`);
  if (absent.length > 0) return 2;
  const cases = (await loadCases()).filter(({ id }) => matches(values.case ?? "*", id));
  if (cases.length === 0) return fault(`no case matches ${values.case}`);
  const columns = await runAll(cases, chosenHosts, chosenGuests, values.list ?? false);
  process.stdout.write(`${resultTable(columns)}\n`);
  return deviations(columns).length === 0 ? 0 : 1;
}

async function runAll(
  cases: readonly Case[],
  hosts: readonly HostManifest[],
  guests: readonly GuestManifest[],
  list: boolean,
): Promise<readonly Column[]> {
  const columns: Column[] = [];
  const stage = await Stage.open();
  for (const host of hosts) {
    for (const guest of guests) {
      const expectations = await loadExpectations(host.name);
      const onResult = (result: Result): void => print(result, `${host.name}/${guest.name}`, list);
      const results = await runHost(cases, { host, guest, expectations, stage, onResult });
      columns.push({ host: host.title, guest: guest.title, results });
    }
  }
  await stage.close();
  return columns;
}

function print({ test, status, lines }: Result, place: string, list: boolean): void {
  const isDeviation = status === "fail" || status === "unexpected-pass";
  if (!isDeviation && !list) return;
  process.stdout.write(`${status} ${place} ${test.id}: ${test.description}\n`);
  for (const line of lines) process.stdout.write(`    ${line}\n`);
}

function parse(): { readonly values?: ReturnType<typeof options>["values"] } {
  try {
    return options();
  } catch (error) {
    fault((error as Error).message);
    return {};
  }
}

function options() {
  return parseArgs({
    options: {
      host: { type: "string", multiple: true },
      guest: { type: "string", multiple: true },
      case: { type: "string" },
      list: { type: "boolean" },
      write: { type: "boolean" },
    },
  });
}

function choose<T extends { readonly name: string }>(
  kind: string,
  known: readonly T[],
  names: readonly string[],
): readonly T[] | undefined {
  if (names.includes("all")) return known;
  const foreign = names.find((name) => !known.some((one) => one.name === name));
  if (foreign === undefined) return known.filter(({ name }) => names.includes(name));
  fault(`there is no ${kind} ${foreign}; there are ${known.map(({ name }) => name).join(", ")} and all`);
  return undefined;
}

function fault(message: string): 2 {
  process.stderr.write(`${message}\n\n${USAGE}`);
  return 2;
}
