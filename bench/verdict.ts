import type { Figure, Figures } from "./figures.ts";
import type { JsonRow } from "./json-rows.ts";
import { OTHERS, PEER_INFO, type PeerName } from "./peers/list.ts";
import { KB, MB } from "./plan.ts";
import { keyOf as bodyKey, size } from "./rows/bodies.ts";
import { keyOf as callsKey } from "./rows/calls.ts";
import { keyOf as waitingKey } from "./rows/waiting.ts";
import { median } from "./statistics.ts";

/** A target, and what came of it. */
export interface Verdict {
  readonly target: string;
  /** Undefined where a figure is missing. */
  readonly isMet: boolean | undefined;
  readonly found: string;
}

const OURS: PeerName = "backfill";
const LEVELS = [1, 16, 64, 256] as const;
const SMALL_SHARE = 0.9;
const LARGE_BODIES = [100 * KB, MB] as const;
const LARGE_SHARE = 1;
const MOST_MICROSECONDS = 10;
const TIMES_JCO = 4;
const MOST_WAITING_KB = 200;
const MOST_NEIGHBOUR_RATIO = 2;
const MOST_MS_OVER_BUDGET = 50;
const JSON_SHARE = 1;

/** Checks the targets, as ratios within this run. */
export function judge(figures: Figures, json: readonly JsonRow[]): readonly Verdict[] {
  const at = (key: string, peer: PeerName = OURS): Figure | undefined => figures.get(key, peer);
  const verdicts: Verdict[] = [];
  const check = (target: string, values: readonly (number | undefined)[], isMet: (value: number) => boolean): void => {
    const known = values.filter((value) => value !== undefined);
    const isWhole = values.length > 0 && known.length === values.length;
    verdicts.push({
      target,
      isMet: isWhole ? known.every(isMet) : undefined,
      found: values.map((value) => value?.toFixed(2) ?? "–").join(" / ") || "–",
    });
  };

  check(
    `at least ${SMALL_SHARE} of undici at ${LEVELS.join(" / ")} in flight, small bodies, a fresh state each`,
    LEVELS.map((level) => at(callsKey(level, false))?.share),
    (share) => share >= SMALL_SHARE,
  );
  for (const direction of ["received", "sent"] as const) {
    for (const bytes of LARGE_BODIES) {
      check(
        `at least ${LARGE_SHARE.toFixed(1)} of undici with bodies of ${size(bytes)} ${direction}, 1 / 16 in flight`,
        [1, 16].map((level) => at(bodyKey(direction, bytes, level))?.share),
        (share) => share >= LARGE_SHARE,
      );
    }
  }
  check(
    `at most ${MOST_MICROSECONDS} µs over undici, one at a time`,
    [at("latency-median")?.value],
    (value) => value <= MOST_MICROSECONDS,
  );
  check(
    `at least ${TIMES_JCO} times jco's JSPI glue at ${LEVELS.join(" / ")} in flight`,
    LEVELS.map((level) => {
      const theirs = at(callsKey(level, false), "jco")?.share;
      return theirs === undefined ? undefined : quotient(at(callsKey(level, false))?.share, theirs);
    }),
    (times) => times >= TIMES_JCO,
  );
  verdicts.push(aheadOfOthers(figures));
  check(
    `JSON, parse and sum: at least ${JSON_SHARE.toFixed(1)} of V8`,
    json.filter((row) => row.isTarget).map((row) => row.share),
    (share) => share >= JSON_SHARE,
  );
  check(
    `less than ${MOST_WAITING_KB} KB a waiting hook at 1000, its connection included`,
    [at(waitingKey(1000))?.value],
    (value) => value < MOST_WAITING_KB,
  );
  check(
    `beside a spinning hook, the others' 99th percentile at most ${MOST_NEIGHBOUR_RATIO} times as long`,
    [quotient(at("spin-with")?.value, at("spin-without")?.value)],
    (ratio) => ratio <= MOST_NEIGHBOUR_RATIO,
  );
  check(
    `a spinning hook ends at most ${MOST_MS_OVER_BUDGET} ms past its budget`,
    [at("spin-over")?.value],
    (value) => value <= MOST_MS_OVER_BUDGET,
  );
  return verdicts;
}

function quotient(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined ? undefined : value / by;
}

/** Every row of latency, throughput and bodies, against every other peer; states that others keep count as well. */
function aheadOfOthers(figures: Figures): Verdict {
  const target = "ahead of every other peer in every row of latency, throughput and bodies, states kept or fresh";
  const behind: string[] = [];
  let compared = 0;
  for (const { key, title } of figures.measures) {
    const kind = /^(latency|calls|kept|received|sent)-/.exec(key)?.[1];
    if (kind === undefined) continue;
    // There is no other way than fresh states here, so that kept ones are compared with those.
    const ours = figures.get(kind === "kept" ? key.replace("kept", "calls") : key, OURS);
    for (const peer of OTHERS) {
      const theirs = figures.get(key, peer);
      if (ours === undefined || theirs === undefined) continue;
      compared++;
      const isAhead = kind === "latency" ? ours.value < theirs.value : (ours.share ?? NaN) > (theirs.share ?? NaN);
      if (!isAhead) behind.push(`${PEER_INFO[peer].title}: ${title}`);
    }
  }
  const found =
    behind.length === 0 ? `${compared} of ${compared}` : `behind in ${behind.length} of ${compared}: ${listed(behind)}`;
  return { target, isMet: compared === 0 ? undefined : behind.length === 0, found: compared === 0 ? "–" : found };
}

const MOST_LISTED = 6;

function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_LISTED).join("; ");
  return lines.length > MOST_LISTED ? `${shown}; …` : shown;
}

/** How far undici is from itself in this run: what lies within means nothing. Undefined where it was not measured. */
export function noise(figures: Figures): string | undefined {
  const shares = figures.measures.flatMap(({ key }) => {
    const share = /^(calls|received|sent)-/.test(key) ? figures.get(key, "null")?.share : undefined;
    return share === undefined ? [] : [share];
  });
  if (shares.length === 0) return undefined;
  const range = `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`;
  return `The null test: undici against itself has shares of ${range} (median ${median(shares).toFixed(2)}). Gaps within that mean nothing.`;
}
