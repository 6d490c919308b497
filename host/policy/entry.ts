import { correct, isRefusal } from "./correction.ts";
import type { EntryVerdict, Refusal } from "./decision.ts";
import { isInternalName } from "./host.ts";
import { WILDCARD } from "./match.ts";
import { normaliseEscapes } from "./path.ts";
import { beforeQuery, canonicaliseUrl } from "./url.ts";

/** One line of `permissions.http`, ready to be matched. */
export interface Entry {
  /** As the list spells it; in canonical form where that is not ASCII. */
  readonly shown: string;
  /** As it is matched: `https://`, an A-label host, the port where it is not 443, a path. */
  readonly canonical: string;
  readonly hostname: string;
  readonly port: number;
  readonly origin: string;
  readonly path: string;
  /** The path, cut at its slashes. `*` is a wildcard, everything else stands for itself. */
  readonly segments: readonly string[];
  /** Whether the list spells no path at all. */
  readonly bare: boolean;
}

/** Why an entry cannot name a host such as `localhost`. */
export const INTERNAL_NAME = "the host is not a public name, and only the operator can open it, in internalHosts";
const ASCII = /^[\0-\x7f]*$/;
const SCHEME_LENGTH = "https://".length;
/** What a URL parser resolves as `.` or `..`, and so takes away before anybody can see it. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** Parses one entry. A refusal's suggestion is a valid entry. */
export function parseEntry(text: string, internalHosts: ReadonlySet<string>): Entry | Refusal {
  const read = (line: string): Entry | Refusal => readEntry(line, internalHosts);
  const entry = read(text);
  return isRefusal(entry) ? refuse(entry.reason, correct(entry, read)?.text) : entry;
}

/** What the linter says of an answer of {@link parseEntry}. */
export function verdictOf(entry: Entry | Refusal): EntryVerdict {
  if (isRefusal(entry)) return { valid: false, canonical: undefined, ...entry };
  return {
    valid: true,
    canonical: entry.canonical,
    reason: entry.bare
      ? "an entry without a path allows exactly /; a path of /* allows everything on the host"
      : undefined,
    suggestion: entry.bare ? `${entry.origin}/*` : undefined,
  };
}

function readEntry(text: string, internalHosts: ReadonlySet<string>): Entry | Refusal {
  const url = canonicaliseUrl(text);
  const spelt = beforeQuery(text);
  const withoutQuery = spelt === text ? undefined : spelt;
  if (isRefusal(url)) return refuse(url.reason, url.suggestion ?? withoutQuery);
  if (withoutQuery !== undefined) {
    return refuse("an entry has no query and no fragment; they are not matched", withoutQuery);
  }
  if (text.split("/").some((segment) => DOT_SEGMENT.test(segment))) {
    return refuse("the path holds a . or .. segment", url.href);
  }
  if (isInternalName(url.hostname) && !internalHosts.has(url.hostname)) {
    return refuse(INTERNAL_NAME);
  }
  const normal = normaliseEscapes(url.path);
  if (normal !== url.path) {
    return refuse(
      "the path's escapes need upper-case digits, and letters, digits, -, ., _ and ~ none",
      url.origin + normal,
    );
  }
  const segments = url.path.slice(1).split("/");
  const plain = segments.flatMap((segment, i) => withWholeWildcards(segment, i === segments.length - 1));
  if (plain.join("/") !== segments.join("/")) {
    return refuse("* stands for a whole segment of the path only", `${url.origin}/${plain.join("/")}`);
  }
  return {
    shown: ASCII.test(text) ? text : url.href,
    canonical: url.href,
    hostname: url.hostname,
    port: url.port,
    origin: url.origin,
    path: url.path,
    segments,
    bare: !text.includes("/", SCHEME_LENGTH),
  };
}

/** The segment, or what was meant by a `*` in it: `**` is `*`, a final `v1*` is `v1/*`. */
function withWholeWildcards(segment: string, last: boolean): readonly string[] {
  const star = segment.indexOf(WILDCARD);
  if (star < 0) return [segment];
  const endsInStars = segment.slice(star).replaceAll(WILDCARD, "") === "";
  return last && star > 0 && endsInStars ? [segment.slice(0, star), WILDCARD] : [WILDCARD];
}

function refuse(reason: string, suggestion?: string): Refusal {
  return { reason, suggestion };
}
