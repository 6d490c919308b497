import type { Refusal, Target } from "./decision.ts";
import { canonicalHost } from "./host.ts";
import { pathFault } from "./path.ts";
import { plainUrl } from "./plain-url.ts";

/** Bytes: what a URL may be long, both as it is spelt and in its canonical form. */
export const MAX_URL_BYTES = 8192;
/** The port of an `https` URL that names none (RFC 9110, section 4.2.2). */
export const DEFAULT_PORT = 443;

const SCHEME = "https://";
const MAX_PORT = 65535;
const CANONICAL_PORT = /^[1-9][0-9]{0,4}$/;
const CONTROL_OR_SPACE = /[\p{Cc}\s]/u;
const CONTROLS_AND_SPACES = /[\p{Cc}\s]/gu;
/** What stands where `https://` has to: another scheme, slashes too few or too many, or nothing. */
const SCHEME_LIKE = /^(?:(?:[A-Za-z][A-Za-z0-9+.-]*|\*):(?![0-9])\/*|\/\/)/;

/** A URL in the form that is matched and sent. */
export interface CanonicalUrl extends Target {
  /** The whole of it, without a fragment. */
  readonly href: string;
}

/** A URL cut at its delimiters, before any of its parts is read. */
interface Parts {
  readonly host: string;
  /** With its colon; empty where there is none. */
  readonly port: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/**
 * The one canonicaliser of URLs, for requests and entries. A URL is refused where two programs could read it
 * as two; what comes back is the form that is matched, and its bytes are the bytes that are sent.
 *
 * The path is written by the WHATWG URL parser, which resolves dot segments and escapes what must be; it is
 * neither decoded nor re-cased otherwise, so that signed URLs survive.
 */
export function canonicaliseUrl(raw: string): CanonicalUrl | Refusal {
  return plainUrl(raw) ?? canonicaliseAnyUrl(raw);
}

/** As {@link canonicaliseUrl}, for a URL that may be anything. */
export function canonicaliseAnyUrl(raw: string): CanonicalUrl | Refusal {
  const refusal = spellingFault(raw);
  if (refusal !== undefined) return refusal;
  const parts = split(raw);
  if ("reason" in parts) return parts;
  const hostname = canonicalHost(parts.host);
  if (typeof hostname !== "string") {
    return refuse(hostname.reason, respell(hostname.suggestion, parts.port, parts.rest));
  }
  const port = canonicalPort(parts.port);
  if (port === undefined) return portRefusal(hostname, parts);

  const authority = port === DEFAULT_PORT ? hostname : `${hostname}:${port}`;
  const origin = `${SCHEME}${authority}`;
  const parsed = new URL(origin + parts.rest);
  const path = parsed.pathname;
  const fault = pathFault(path);
  if (fault !== undefined) {
    const suggestion = fault.suggestion === undefined ? undefined : origin + fault.suggestion;
    return refuse(fault.reason, suggestion);
  }
  parsed.hash = "";
  const { href } = parsed;
  if (href.length > MAX_URL_BYTES) return TOO_LONG;
  return {
    hostname,
    port,
    authority,
    origin,
    path,
    requestTarget: href.slice(origin.length),
    href,
  };
}

/**
 * The host that a refused URL seems to name, undefined where none can be read. For what a denial says only: the
 * URL has no canonical form, and another program may read another host.
 */
export function hostnameOf(raw: string): string | undefined {
  const text = raw.slice(0, MAX_URL_BYTES).trim().replaceAll("\\", "/");
  const after = text.startsWith(SCHEME) ? text.slice(SCHEME.length) : text.replace(SCHEME_LIKE, "");
  const authority = beforeRest(after);
  const hostname = canonicalHost(beforePort(authority.slice(authority.lastIndexOf("@") + 1)));
  return typeof hostname === "string" ? hostname : hostname.suggestion;
}

const TOO_LONG: Refusal = {
  reason: `the URL is longer than ${MAX_URL_BYTES} bytes`,
  suggestion: undefined,
};

function spellingFault(raw: string): Refusal | undefined {
  if (utf8Length(raw) > MAX_URL_BYTES) return TOO_LONG;
  if (!raw.isWellFormed()) {
    return refuse(
      "the URL holds half of a surrogate pair (U+D800 to U+DFFF), which is no character and cannot be sent; write the whole character",
    );
  }
  // A suggestion ends before the query: where the fault is in the query, it would mend nothing.
  const matched = beforeQuery(raw);
  if (CONTROL_OR_SPACE.test(raw)) {
    return refuse(
      "the URL holds white space or a control character; write %20 for a space",
      CONTROL_OR_SPACE.test(matched)
        ? matched.trim().replaceAll(" ", "%20").replace(CONTROLS_AND_SPACES, "")
        : undefined,
    );
  }
  if (raw.includes("\\")) {
    return refuse(
      "the URL holds a backslash, which some programs read as a slash; in a query write %5C",
      matched.includes("\\") ? matched.replaceAll("\\", "/") : undefined,
    );
  }
  if (!raw.startsWith(SCHEME)) {
    return refuse("the URL does not begin with https://, spelt so", `${SCHEME}${matched.replace(SCHEME_LIKE, "")}`);
  }
  return undefined;
}

function split(raw: string): Parts | Refusal {
  const after = raw.slice(SCHEME.length);
  const authority = beforeRest(after);
  const rest = after.slice(authority.length);
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    return refuse(
      "the URL holds userinfo (what stands before an @); credentials go into auth",
      `${SCHEME}${authority.slice(at + 1)}${beforeQuery(rest)}`,
    );
  }
  const host = beforePort(authority);
  return { host, port: authority.slice(host.length), rest };
}

function canonicalPort(text: string): number | undefined {
  if (text === "") return DEFAULT_PORT;
  const digits = text.slice(1);
  return CANONICAL_PORT.test(digits) && Number(digits) <= MAX_PORT ? Number(digits) : undefined;
}

function portRefusal(hostname: string, parts: Parts): Refusal {
  const digits = parts.port.slice(1).replace(/^0+/, "");
  const port = digits === "" ? "" : `:${digits}`;
  return refuse(
    `the port is not a number from 1 to ${MAX_PORT} without leading zeros`,
    canonicalPort(port) === undefined ? undefined : respell(hostname, port, parts.rest),
  );
}

function respell(hostname: string | undefined, port: string, rest: string): string | undefined {
  if (hostname === undefined) return undefined;
  return `${SCHEME}${hostname}${port}${beforeQuery(rest)}`;
}

function beforeRest(text: string): string {
  return text.replace(/[/?#][^]*/, "");
}

function beforePort(authority: string): string {
  return authority.replace(/:[^]*/, "");
}

/** A query may hold what a message must not, and a fragment is not sent. */
export function beforeQuery(text: string): string {
  return text.replace(/[?#][^]*/, "");
}

/** Stops counting where the limit is passed anyway. */
function utf8Length(text: string): number {
  if (text.length > MAX_URL_BYTES) return text.length;
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) length += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return length;
}

function refuse(reason: string, suggestion?: string): Refusal {
  return { reason, suggestion };
}
