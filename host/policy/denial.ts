import { correct, isRefusal } from "./correction.ts";
import type { Decision, Refusal } from "./decision.ts";
import type { Entry } from "./entry.ts";
import { INTERNAL_NAME, parseEntry } from "./entry.ts";
import { isInternalName } from "./host.ts";
import { mismatchAt, WILDCARD } from "./match.ts";
import { holdsSlash, normaliseEscapes } from "./path.ts";
import type { CanonicalUrl } from "./url.ts";
import { canonicaliseUrl, hostnameOf } from "./url.ts";

const MAX_SHOWN = 200;

/** The decision on a URL that has no canonical form. */
export function refused(
  raw: string,
  refusal: Refusal,
  entries: readonly Entry[],
  internalHosts: ReadonlySet<string>,
): Decision {
  const corrected = correct(refusal, canonicaliseUrl);
  const hostname = corrected?.value.hostname ?? hostnameOf(raw);
  const offered = hostname !== undefined && (!isInternalName(hostname) || internalHosts.has(hostname));
  return {
    allowed: false,
    matched: false,
    canonical: undefined,
    entry: (corrected === undefined ? nearestHost(hostname, entries) : nearest(corrected.value, entries))?.shown,
    template: undefined,
    reason: refusal.reason,
    suggestion: offered ? corrected?.text : undefined,
    code: "invalid-url",
    target: undefined,
  };
}

/** The decision on a URL that no entry matches. */
export function denied(url: CanonicalUrl, entries: readonly Entry[], internalHosts: ReadonlySet<string>): Decision {
  const respelt = normaliseEscapes(url.path);
  const meant = entries.find(
    (entry) => entry.origin === url.origin && mismatchAt(entry.segments, segmentsOf(respelt)) < 0,
  );
  const entry = meant ?? nearest(url, entries);
  const line = lineFor(url, internalHosts);
  const why =
    meant === undefined
      ? mismatch(url, entry)
      : `the path spells its escapes in another way than the entry, and they are compared byte for byte; write ${shorten(respelt)} to match it`;
  return {
    allowed: false,
    matched: false,
    canonical: url.href,
    entry: entry?.shown,
    template: undefined,
    reason: line === undefined ? `${why}; ${INTERNAL_NAME}` : why,
    suggestion: line,
    code: "not-allowed",
    target: undefined,
  };
}

/** The path of a canonical URL, cut as an entry's is. */
export function segmentsOf(path: string): readonly string[] {
  return path.slice(1).split("/");
}

function mismatch(url: CanonicalUrl, entry: Entry | undefined): string {
  if (entry === undefined) return "permissions.http is empty, so nothing may leave";
  if (entry.hostname !== url.hostname) {
    return `the host ${url.hostname} is not the entry's ${entry.hostname}`;
  }
  if (entry.port !== url.port) return `the port ${url.port} is not the entry's ${entry.port}`;
  const segments = segmentsOf(url.path);
  const at = mismatchAt(entry.segments, segments);
  if (entry.segments[at] === WILDCARD && holdsSlash(segments[at] ?? "")) {
    return "a * before the last segment stands for one segment, and never for one that holds %2F";
  }
  if (entry.bare) return `the path ${shorten(url.path)} is not /, and an entry without a path allows exactly /`;
  return `the path ${shorten(url.path)} does not match the entry's /${shorten(entry.segments.join("/"))}`;
}

/** The entry that allows this URL and as little else as an entry can; undefined where only the operator can open the host. */
function lineFor(url: CanonicalUrl, internalHosts: ReadonlySet<string>): string | undefined {
  const segments = segmentsOf(url.path);
  const end = segments.findIndex((segment) => segment.includes(WILDCARD) || normaliseEscapes(segment) !== segment);
  const literal = end < 0 ? segments : [...segments.slice(0, end), WILDCARD];
  const line = `${url.origin}/${literal.join("/")}`;
  return isRefusal(parseEntry(line, internalHosts)) ? undefined : line;
}

function nearest(url: CanonicalUrl, entries: readonly Entry[]): Entry | undefined {
  const segments = segmentsOf(url.path);
  const sameOrigin = entries.filter((entry) => entry.origin === url.origin);
  return (
    sameOrigin.find((entry) => mismatchAt(entry.segments, segments) < 0) ??
    greatest(sameOrigin, (entry) => mismatchAt(entry.segments, segments)) ??
    nearestHost(url.hostname, entries)
  );
}

function nearestHost(hostname: string | undefined, entries: readonly Entry[]): Entry | undefined {
  if (hostname === undefined) return undefined;
  return (
    entries.find((entry) => entry.hostname === hostname) ??
    greatest(entries, (entry) => likeness(entry.hostname, hostname))
  );
}

/** The first of those with the greatest score. */
function greatest(entries: readonly Entry[], score: (entry: Entry) => number): Entry | undefined {
  let best: Entry | undefined;
  let bestScore = -1;
  for (const entry of entries) {
    const value = score(entry);
    if (value > bestScore) {
      best = entry;
      bestScore = value;
    }
  }
  return best;
}

/** How many characters two hosts share at their ends. */
function likeness(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let start = 0;
  while (start < length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < length && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return start + end;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
