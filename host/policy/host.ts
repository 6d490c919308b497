import type { Refusal } from "./decision.ts";
import { decodePunycode } from "./punycode.ts";

const MAX_HOST_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;
const PLAIN = /^[a-z0-9_.-]+$/;
const PLAIN_OR_UNICODE = /^[a-z0-9_.\u0080-\u{10ffff}-]+$/u;
const A_LABEL = "xn--";
/** The IDNA mapping drops these, or keeps them where nobody can see them. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
/** What makes a URL parser read a host as IPv4 (WHATWG URL, "ends in a number"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;
const INTERNAL_SUFFIXES = [".localhost", ".local", ".internal", ".home.arpa", ".onion", ".invalid", ".alt"] as const;

/**
 * The one form of a host: lower case, A-labels. Refuses whatever two programs could read as two hosts: what
 * the IDNA mapping (UTS 46) changes other than by lower-casing ASCII, escapes, IP literals in any spelling,
 * a trailing dot, names that DNS cannot hold (RFC 1035, section 2.3.4). The suggestion is a host.
 */
export function canonicalHost(text: string): string | Refusal {
  const host = lowerAscii(text);
  if (host === "") return refuse("the host is missing");
  if (host.includes("*")) {
    return refuse(
      "a host cannot hold a wildcard; name each host in an entry of its own",
      suggestible(toAscii(withoutLeadingWildcards(host))),
    );
  }
  if (host.includes("%")) return refuse("a host cannot hold a percent escape", suggestible(toAscii(host)));
  if (host.startsWith("[")) return refuse(IP_LITERAL);
  if (!PLAIN_OR_UNICODE.test(host)) {
    return refuse("a host can hold letters, digits, hyphens, underscores and dots only");
  }
  if (PLAIN.test(host) && !host.includes(A_LABEL)) return checkedName(host);
  const ascii = canonicalUnicodeHost(host);
  return typeof ascii === "string" ? checkedName(ascii) : ascii;
}

/** Whether a canonical host is one that only the operator's `internalHosts` can open. */
export function isInternalName(host: string): boolean {
  return !host.includes(".") || INTERNAL_SUFFIXES.some((suffix) => `.${host}`.endsWith(suffix));
}

const TOO_LONG = `a host can be ${MAX_HOST_LENGTH} bytes long at the most`;
const INVALID_NAME = "the host is not a valid internationalised name";
const IP_LITERAL = "an IP address cannot stand for a host; use the host's name";

function checkedName(host: string): string | Refusal {
  if (host.endsWith(".")) return refuse("a host cannot end in a dot", suggestible(host.slice(0, -1)));
  const labels = host.split(".");
  if (labels.includes("")) return refuse("a host cannot hold an empty label");
  if (ENDS_IN_NUMBER.test(host)) return refuse(IP_LITERAL);
  if (host.length > MAX_HOST_LENGTH) return refuse(TOO_LONG);
  if (labels.some((label) => label.length > MAX_LABEL_LENGTH)) {
    return refuse(`a label of a host can be ${MAX_LABEL_LENGTH} bytes long at the most`);
  }
  return host;
}

function canonicalUnicodeHost(host: string): string | Refusal {
  if (host.length > MAX_HOST_LENGTH) return refuse(TOO_LONG);
  const unicode = toUnicode(host);
  if (unicode === undefined) return refuse(INVALID_NAME);
  const ascii = toAscii(unicode);
  if (ascii === undefined) return refuse(INVALID_NAME);
  const labels = ascii.split(".");
  const asSpelt = (label: string, index: number): boolean => !label.startsWith(A_LABEL) || label === labels[index];
  const visible = unicode.replaceAll(IGNORABLE, "");
  if (toUnicode(ascii) !== unicode || !host.split(".").every(asSpelt) || visible !== unicode) {
    return refuse("the host holds characters that are read as others or as none", suggestible(toAscii(visible)));
  }
  return ascii;
}

function toUnicode(host: string): string | undefined {
  const labels = host
    .split(".")
    .map((label) => (label.startsWith(A_LABEL) ? decodePunycode(label.slice(A_LABEL.length)) : label));
  return labels.includes(undefined) ? undefined : labels.join(".");
}

function toAscii(host: string): string | undefined {
  return URL.parse(`https://${host}/`)?.hostname;
}

function withoutLeadingWildcards(host: string): string {
  const labels = host.split(".");
  return labels.slice(labels.findIndex((label) => label !== "*")).join(".");
}

/** A host to propose instead. Looks no further than one correction. */
function suggestible(host: string | undefined): string | undefined {
  if (host === undefined || !PLAIN.test(host) || host.endsWith(".")) return undefined;
  const verdict = canonicalHost(host);
  return typeof verdict === "string" ? verdict : undefined;
}

/** Not `toLowerCase`: that folds U+212A to k. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function refuse(reason: string, suggestion?: string): Refusal {
  return { reason, suggestion };
}
