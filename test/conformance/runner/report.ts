import { LEVELS, type Case, type Level, PROFILES, type Profile } from "./case.ts";
import type { Expectations, HostManifest } from "./manifest.ts";
import type { Result, Status } from "./run-host.ts";

/** The results of one host with one guest. */
export interface Run {
  readonly host: string;
  readonly guest: string;
  readonly results: readonly Result[];
}

const HEADER = ["host", "guest in", ...LEVELS];
const DEVIATIONS: readonly Status[] = ["fail", "unexpected-pass"];
const WORDS: readonly (readonly [Status, string])[] = [
  ["expected-fail", "expected to fail"],
  ["fail", "failed"],
  ["unexpected-pass", "passed unexpectedly"],
  ["skip", "skipped"],
  ["inexpressible", "not sayable"],
  ["not-offered", "not offered"],
];

/** What is not as it is expected to be. */
export function deviations(runs: readonly Run[]): readonly Result[] {
  return runs.flatMap(({ results }) => results.filter(({ status }) => DEVIATIONS.includes(status)));
}

/** The line of the table for one run. */
export function rowOf({ host, guest, results }: Run): string {
  return line([host, guest, ...LEVELS.map((level) => tally(results.filter(({ test }) => test.level === level)))]);
}

export function tableOf(rows: readonly string[]): string {
  return [...head(HEADER), ...rows].join("\n");
}

function tally(results: readonly Result[]): string {
  const count = (wanted: Status): number => results.filter(({ status }) => status === wanted).length;
  const others = WORDS.filter(([status]) => count(status) > 0).map(([status, word]) => `${count(status)} ${word}`);
  return [`${count("pass")} of ${results.length}`, ...others].join(", ");
}

/** The rows of the results on a page that {@link pageOf} made. */
export function rowsIn(page: string): readonly string[] {
  const [, after = ""] = page.split(`${head(HEADER).join("\n")}\n`);
  return (after.split("\n\n")[0] ?? "").split("\n").filter((row) => row !== "");
}

/** The rows of before with those of now in the place of their host and guest, in the order of `places`. */
export function mergeRows(
  before: readonly string[],
  now: readonly string[],
  places: readonly Pick<Run, "host" | "guest">[],
): readonly string[] {
  return places.flatMap(({ host, guest }) => {
    const start = line([host, guest]).slice(0, -1);
    const row = [...now, ...before].find((one) => one.startsWith(start));
    return row === undefined ? [] : [row];
  });
}

/** A host, and what is expected of it. */
export type HostExpectations = readonly [host: HostManifest, expectations: Expectations];

/** docs/conformance.md. */
export function pageOf(cases: readonly Case[], rows: readonly string[], hosts: readonly HostExpectations[]): string {
  const { urls, entries } = batchSizes(cases);
  const exceptions = hosts.map(exceptionsOf).filter((text) => text !== "");
  return `# Conformance

Made by \`npm run conformance -- --host all --guest all --write\`; not to be edited. What is run is
[the suite](../test/conformance/README.md), and how another host takes part is in [embedding](embedding.md).

Cases passed, by host and by level. A conforming host passes every \`must\` of the profiles it has to
offer; \`credentials\` may be not offered. What the library of a language cannot say at all is not sayable in it.

${tableOf(rows)}

Cases by profile and level. Those of the policy hold ${urls} URLs and ${entries} entries.

${countsOf(cases)}

${exceptions.length === 0 ? "No case is skipped or expected to fail." : exceptions.join("\n\n")}
`;
}

/** The table of how many cases there are. */
export function countsOf(cases: readonly Case[]): string {
  const count = (profile: Profile, level: Level): number =>
    cases.filter((test) => test.profile === profile && test.level === level).length;
  const rows = PROFILES.map((profile) => line([profile, ...LEVELS.map((level) => String(count(profile, level)))]));
  return [...head(["profile", ...LEVELS]), ...rows].join("\n");
}

function exceptionsOf([host, { skip, expectedFail }]: HostExpectations): string {
  const lines = (title: string, table: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(table).map(([id, reason]) => `- ${title}: \`${id}\`. ${reason}`);
  const all = [...lines("skipped", skip), ...lines("expected to fail", expectedFail)];
  return all.length === 0 ? "" : [`## ${host.title}`, "", ...all].join("\n");
}

function batchSizes(cases: readonly Case[]): { readonly urls: number; readonly entries: number } {
  const sum = (count: (test: Case) => number): number => cases.reduce((all, test) => all + count(test), 0);
  return { urls: sum(({ check }) => check?.length ?? 0), entries: sum(({ entries }) => entries?.length ?? 0) };
}

function head(cells: readonly string[]): readonly string[] {
  return [line(cells), line(cells.map((cell) => (LEVELS.includes(cell as Level) ? "---:" : "---")))];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
