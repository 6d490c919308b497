import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { FAILURE_CODES, PHASES } from "../../host/errors.ts";
import { DEFAULT_LIMITS } from "../../host/transport/limits.ts";
import { loadCases, LEVELS, PROFILES, type Case } from "./runner/case.ts";
import { loadExpectations, loadGuests, loadHosts, matches } from "./runner/manifest.ts";
import { witItems } from "./wit-items.ts";

interface Document {
  readonly title: string;
  readonly clauses: Readonly<Record<string, string>>;
}

/** A guest makes one call at a time, so none waits for another; what a client has not sent yet is not seen from outside. */
const PHASES_UNSEEN = ["queue", "send"];
/** What bounds the host's own economy: no single event shows it. */
const LIMITS_UNSEEN = [
  "connectionsPerOrigin",
  "idleConnectionsPerHook",
  "idleMilliseconds",
  "callsInFlightPerHook",
  "callsInFlight",
  "idleInstancesPerHook",
  "idleInstanceBytes",
  "reusedMemoryBytes",
  "queuedEvents",
];

let cases: readonly Case[];
/** `document:clause`. */
let clauses: ReadonlySet<string>;
let cited: ReadonlySet<string>;

async function readJson(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(import.meta.dirname, name), "utf8"));
}

beforeAll(async () => {
  cases = await loadCases();
  const documents = (await readJson("clauses.json")) as Record<string, Document>;
  const ids = Object.entries(documents).map(([name, document]) =>
    Object.keys(document.clauses).map((id) => `${name}:${id}`),
  );
  clauses = new Set(ids.flat());
  cited = new Set(cases.flatMap((one) => one.clauses));
});

test("every case has the form that is published", async () => {
  const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(
    (await readJson("case.schema.json")) as object,
  );
  const faults: string[] = [];
  for (const { id, profile, level, ...file } of cases) {
    if (!validate(file)) faults.push(`${id}: ${JSON.stringify(validate.errors)}`);
    if (!PROFILES.includes(profile) || !LEVELS.includes(level)) faults.push(`${id}: is in a folder of another name`);
  }
  expect(faults).toEqual([]);
});

test("no two cases have one description", () => {
  const groups = Map.groupBy(cases, ({ description, profile, config }) =>
    JSON.stringify([profile, description, config.permissions]),
  );
  expect([...groups.values()].filter((group) => group.length > 1).map((group) => group.map(({ id }) => id))).toEqual(
    [],
  );
});

test("a case speaks of its own servers, and expects as many outcomes as it makes calls", () => {
  const faults = cases.filter(({ calls = [], servers = {}, expect: expected = {} }) => {
    const named = [...Object.keys(expected.wire ?? {}), ...Object.keys(expected.connections ?? {})];
    const counted = expected.outcomes === undefined || expected.outcomes.length === calls.length;
    return !counted || named.some((name) => !(name in servers));
  });
  expect(faults.map(({ id }) => id)).toEqual([]);
});

test("every clause that a case cites is listed, and every one that is listed has a case", () => {
  expect([...cited].filter((id) => !clauses.has(id))).toEqual([]);
  expect([...clauses].filter((id) => !cited.has(id))).toEqual([]);
});

test("every failure code but other has a case that fails with it", () => {
  const seen = (code: string): boolean =>
    cases.some((one) => JSON.stringify(one.expect ?? {}).includes(`"code":"${code}"`));
  const missing = FAILURE_CODES.filter((code) => code !== "other" && !cited.has(`wit:types.failure-code.${code}`));
  expect(missing).toEqual([]);
  // A cancelled call ends with its event, and nobody is left to be told of it.
  expect(FAILURE_CODES.filter((code) => !seen(code))).toEqual(["cancelled", "other"]);
});

test("every phase that can be seen has a case", () => {
  expect(PHASES.filter((phase) => !cited.has(`wit:types.phase.${phase}`))).toEqual(PHASES_UNSEEN);
});

test("every limit that can be seen has a case", () => {
  const missing = Object.keys(DEFAULT_LIMITS).filter((name) => !cited.has(`limits:${name}`));
  expect(missing.toSorted()).toEqual(LIMITS_UNSEEN.toSorted());
});

test("a clause of the WIT package begins with an item of it, and every function and choice of a hook has one", async () => {
  const { items, required } = await witItems();
  const own = [...clauses].filter((id) => id.startsWith("wit:")).map((id) => id.slice("wit:".length));
  expect(own.filter((id) => !items.some((item) => id === item || id.startsWith(`${item}.`)))).toEqual([]);
  const exempt = ["types.failure-code.other", ...PHASES_UNSEEN.map((phase) => `types.phase.${phase}`)];
  expect(required.filter((item) => !own.includes(item) && !exempt.includes(item))).toEqual([]);
});

test("expectations name cases that there are, each with a reason", async () => {
  for (const { name } of await loadHosts()) {
    const { skip, expectedFail } = await loadExpectations(name);
    for (const [pattern, reason] of [...Object.entries(skip), ...Object.entries(expectedFail)]) {
      expect(reason, pattern).toMatch(/\w{3}/);
      expect(
        cases.some(({ id }) => matches(pattern, id)),
        `${name}: ${pattern}`,
      ).toBe(true);
    }
  }
});

test("cases name guests that there are", async () => {
  const names = (await loadGuests()).map(({ name }) => name);
  expect(cases.flatMap(({ guests = [] }) => guests).filter((name) => !names.includes(name))).toEqual([]);
});
