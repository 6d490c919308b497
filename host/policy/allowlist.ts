import { ConfigError } from "../errors.ts";
import { isRefusal } from "./correction.ts";
import type { Decision, EntryVerdict, Refusal, Target } from "./decision.ts";
import { denied, refused, segmentsOf } from "./denial.ts";
import type { Entry } from "./entry.ts";
import { parseEntry, verdictOf } from "./entry.ts";
import { canonicalHost } from "./host.ts";
import { mismatchAt } from "./match.ts";
import { redact } from "./redact.ts";
import type { CanonicalUrl } from "./url.ts";
import { canonicaliseUrl, DEFAULT_PORT } from "./url.ts";

const MAX_QUOTED = 200;
const NO_ENTRIES: readonly Entry[] = [];
const EVERY_PATH = "/*";

/** What the operator opens beyond public names. */
export interface AllowlistOptions {
  /** Hosts that entries may name although they are not public names, as `vault.internal`. Default none. */
  readonly internalHosts?: readonly string[];
}

/** What becomes of a URL that no entry matches: it is denied, or it leaves and is reported. */
export type Mode = "enforce" | "report";

/** How a list is read and applied. */
export interface CompileOptions extends AllowlistOptions {
  /**
   * `report` lets a URL leave that only wants an entry, to learn what the list has to hold. The URL's form and the
   * rules of hosts stay; the port is 443 unless an entry names the origin; a host of `internalHosts` needs an entry.
   * Default `enforce`.
   */
  readonly mode?: Mode | undefined;
}

/** The compiled `permissions.http` of one hook. An empty list allows nothing. */
export class Allowlist {
  /** The entries in the list's order, spelt as {@link Decision.entry} spells them. */
  readonly entries: readonly string[];
  readonly #entries: readonly Entry[];
  readonly #byOrigin: ReadonlyMap<string, readonly Entry[]>;
  /** Those of one origin, the one that was asked for last: to compare two texts costs less than to look one up. */
  #last: readonly Entry[] = NO_ENTRIES;
  readonly #internalHosts: ReadonlySet<string>;
  readonly #mode: Mode;

  private constructor(entries: readonly Entry[], internalHosts: ReadonlySet<string>, mode: Mode) {
    this.entries = entries.map((entry) => entry.shown);
    this.#entries = entries;
    this.#byOrigin = Map.groupBy(entries, (entry) => entry.origin);
    this.#internalHosts = internalHosts;
    this.#mode = mode;
  }

  /**
   * Compiles a list of entries.
   *
   * @throws {ConfigError} at the first entry or internal host that is refused, with its place in the list
   * and, where there is one, the corrected line.
   */
  static compile(entries: readonly string[], options: CompileOptions = {}): Allowlist {
    const internalHosts = canonicalHosts(options);
    const compiled = entries.map((text, index) => {
      const entry = parseEntry(text, internalHosts);
      if (isRefusal(entry)) throw configError(`permissions.http[${index}]`, text, entry);
      return entry;
    });
    return new Allowlist(compiled, internalHosts, options.mode ?? "enforce");
  }

  /** Rules whether a request to this URL may leave. Looks nothing up, and is linear in the URL's length. */
  check(url: string): Decision {
    const canonical = canonicaliseUrl(url);
    if (isRefusal(canonical)) return refused(url, canonical, this.#entries, this.#internalHosts);
    const entry = this.#entriesOf(canonical.origin).find((candidate) => matches(candidate, canonical.path));
    if (entry !== undefined) return allowed(canonical, entry);
    const denial = denied(canonical, this.#entries, this.#internalHosts);
    return this.#mode === "report" && this.#wantsOnlyAnEntry(canonical, denial) ? reported(canonical, denial) : denial;
  }

  #entriesOf(origin: string): readonly Entry[] {
    if (this.#last[0]?.origin !== origin) this.#last = this.#byOrigin.get(origin) ?? NO_ENTRIES;
    return this.#last;
  }

  #wantsOnlyAnEntry({ hostname, port, origin }: CanonicalUrl, { suggestion }: Decision): boolean {
    if (suggestion === undefined || this.#internalHosts.has(hostname)) return false;
    return port === DEFAULT_PORT || this.#byOrigin.has(origin);
  }
}

/**
 * Rules on one line of `permissions.http` without a list around it.
 *
 * @throws {ConfigError} where `internalHosts` cannot be used.
 */
export function lintEntry(text: string, options: AllowlistOptions = {}): EntryVerdict {
  return verdictOf(parseEntry(text, canonicalHosts(options)));
}

function matches({ path, segments }: Entry, requested: string): boolean {
  return path === EVERY_PATH || mismatchAt(segments, segmentsOf(requested)) < 0;
}

function allowed(url: CanonicalUrl, entry: Entry): Decision {
  return {
    allowed: true,
    matched: true,
    canonical: url.href,
    entry: entry.shown,
    template: entry.path,
    reason: undefined,
    suggestion: undefined,
    code: undefined,
    // The entry's own text is in the tables of the engine, where whoever keeps something by origin looks it up.
    target: targetOf(url, entry.origin),
  };
}

/** What the denial says stays true, but that the URL may not leave. */
function reported(url: CanonicalUrl, denial: Decision): Decision {
  return { ...denial, allowed: true, code: undefined, target: targetOf(url, url.origin) };
}

function targetOf({ hostname, port, authority, requestTarget, path }: CanonicalUrl, origin: string): Target {
  return { hostname, port, authority, origin, requestTarget, path };
}

function canonicalHosts(options: AllowlistOptions): ReadonlySet<string> {
  return new Set(
    (options.internalHosts ?? []).map((text, index) => {
      const host = canonicalHost(text);
      if (typeof host !== "string") throw configError(`internalHosts[${index}]`, text, host);
      return host;
    }),
  );
}

function configError(path: string, text: string, refusal: Refusal): ConfigError {
  const wanted = refusal.suggestion === undefined ? "another" : JSON.stringify(refusal.suggestion);
  return new ConfigError(path, quote(text), `${wanted}: ${refusal.reason}`);
}

/** Redacts before it cuts: what marks a secret may stand behind the cut. */
function quote(text: string): string {
  const shown = redact(text);
  return JSON.stringify(shown.length > MAX_QUOTED ? `${shown.slice(0, MAX_QUOTED)}…` : shown);
}
