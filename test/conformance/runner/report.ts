import { LEVELS, PROFILES, type Case } from "./case.ts";
import type { Result, Status } from "./run-host.ts";

/** The results of one host with one guest. */
export interface Column {
  readonly host: string;
  readonly guest: string;
  readonly results: readonly Result[];
}

const DEVIATIONS: readonly Status[] = ["fail", "unexpected-pass"];

export function deviations(columns: readonly Column[]): readonly Result[] {
  return columns.flatMap(({ results }) => results.filter(({ status }) => DEVIATIONS.includes(status)));
}

/** Cases by profile and level, one column a host, in Markdown. */
export function resultTable(columns: readonly Column[]): string {
  const header = ["profile", "level", "cases", ...columns.map(({ host, guest }) => `${host}, guest in ${guest}`)];
  const groups = PROFILES.flatMap((profile) => LEVELS.map((level) => ({ profile, level })));
  const rows = groups.flatMap(({ profile, level }) => {
    const inGroup = ({ test }: Result): boolean => test.profile === profile && test.level === level;
    const cells = columns.map(({ results }) => tally(results.filter(inGroup)));
    const count = columns[0]?.results.filter(inGroup).length ?? 0;
    return count === 0 ? [] : [[profile, level, String(count), ...cells]];
  });
  const total = ["all", "", String(columns[0]?.results.length ?? 0), ...columns.map(({ results }) => tally(results))];
  return markdown(header, [...rows, total]);
}

const WORDS: readonly (readonly [Status, string])[] = [
  ["expected-fail", "expected to fail"],
  ["fail", "failed"],
  ["unexpected-pass", "passed unexpectedly"],
  ["skip", "skipped"],
  ["inexpressible", "not sayable"],
];

function tally(results: readonly Result[]): string {
  const count = (wanted: Status): number => results.filter(({ status }) => status === wanted).length;
  const others = WORDS.filter(([status]) => count(status) > 0).map(([status, word]) => `${count(status)} ${word}`);
  return [`${count("pass")} passed`, ...others].join(", ");
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_name, i) => (i === 2 ? "---:" : "---"));
  return [header, rule, ...rows].map(line).join("\n");
}

/** How many URLs and entries the batches of the cases hold. */
export function batchSize(cases: readonly Case[]): { readonly urls: number; readonly entries: number } {
  const sum = (count: (test: Case) => number): number => cases.reduce((all, test) => all + count(test), 0);
  return { urls: sum(({ check }) => check?.length ?? 0), entries: sum(({ entries }) => entries?.length ?? 0) };
}
