/** One request URL under one entry. */
export interface UrlCase {
  readonly entry: string;
  readonly url: string;
  readonly allowed: boolean;
  /** What a denial is: refused for its spelling, or matched by no entry. */
  readonly code: "invalid-url" | "not-allowed" | undefined;
  /** What the case proves. */
  readonly rule: string;
  /** A published vulnerability of this class. */
  readonly cve?: string | undefined;
}

/** URLs that prove one rule under one entry. */
export interface UrlGroup {
  readonly rule: string;
  readonly entry: string;
  readonly cve?: string;
  readonly urls: readonly string[];
}

/** One line of `permissions.http`. */
export interface EntryCase {
  readonly entry: string;
  readonly valid: boolean;
  /** The line that is proposed instead. */
  readonly suggestion: string | undefined;
  readonly rule: string;
}

/** One header field of a guest. */
export interface HeaderCase {
  readonly name: string;
  readonly value: string;
  /** Undefined where it may leave. */
  readonly code: "forbidden-header" | "invalid-header" | undefined;
  readonly rule: string;
  readonly cve?: string | undefined;
}

/** Header fields that prove one rule. */
export interface HeaderGroup {
  readonly rule: string;
  readonly cve?: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** URLs that are refused for their spelling. */
export function invalid(groups: readonly UrlGroup[]): readonly UrlCase[] {
  return spread(groups, { allowed: false, code: "invalid-url" });
}

/** URLs that no entry matches. */
export function unmatched(groups: readonly UrlGroup[]): readonly UrlCase[] {
  return spread(groups, { allowed: false, code: "not-allowed" });
}

/** URLs that may leave. */
export function harmless(groups: readonly UrlGroup[]): readonly UrlCase[] {
  return spread(groups, { allowed: true, code: undefined });
}

/** Header fields with one verdict. */
export function headers(code: HeaderCase["code"], groups: readonly HeaderGroup[]): readonly HeaderCase[] {
  return groups.flatMap(({ rule, cve, fields }) => fields.map(([name, value]) => ({ name, value, code, rule, cve })));
}

function spread(groups: readonly UrlGroup[], verdict: Pick<UrlCase, "allowed" | "code">): readonly UrlCase[] {
  return groups.flatMap(({ rule, entry, cve, urls }) => urls.map((url) => ({ entry, url, rule, cve, ...verdict })));
}
