// URLs as the policy of the host sees them (host/policy/url.ts), in AssemblyScript. The host's canonicaliser mends
// what can be mended; this one takes only what is in that form already, but for the case of the host and a fragment.

import { hasMalformedEscape, isAmbiguous } from "./path";

const SCHEME: string = "https://";
const DEFAULT_PORT: string = "443";

/** Bytes of a URL. */
const MAX_URL: i32 = 8192;
const MAX_HOST: i32 = 253;
const MAX_LABEL: i32 = 63;

/** A URL in the form that is matched and sent. */
@final
export class Target {
  constructor(
    /** The host, and the port where it is not 443. */
    public authority: string,
    public path: string,
    /** With its `?`; empty where there is none. */
    public query: string,
  ) {}
}

/** Why a URL was refused last. */
export let refusal: string = "";

function refuse(reason: string): Target | null {
  refusal = reason;
  return null;
}

/** The parts of a URL, or null and `refusal` where it may not leave. */
export function parseUrl(raw: string): Target | null {
  if (raw.length > MAX_URL) return refuse("it is longer than 8192 bytes");
  if (!raw.startsWith(SCHEME)) return refuse("it does not begin with https://, spelt so");
  for (let i = 0; i < raw.length; ++i) {
    const unit = raw.charCodeAt(i);
    if (unit <= 0x20 || unit >= 0x7f)
      return refuse("it holds white space, a control character or one that is not ASCII");
    if (unit == 0x5c) return refuse("it holds a backslash");
  }
  const fragment = raw.indexOf("#");
  const text = raw.substring(SCHEME.length, fragment < 0 ? raw.length : fragment);
  let end = 0;
  while (end < text.length && text.charCodeAt(end) != SLASH && text.charCodeAt(end) != QUESTION) ++end;
  const authority = canonicalAuthority(text.substring(0, end));
  if (authority == null) return null;

  const question = text.indexOf("?", end);
  let path = text.substring(end, question < 0 ? text.length : question);
  if (path.length == 0) path = "/";
  const query = question < 0 ? "" : text.substring(question);
  if (!isOf(path, false) || !isOf(query, true))
    return refuse("its path or query holds a character that has to be escaped");
  if (path.includes("//")) return refuse("the path holds an empty segment (//)");
  if (hasMalformedEscape(path)) return refuse("the path holds a % that two hexadecimal digits do not follow");
  const segments = path.substring(1).split("/");
  for (let i = 0; i < segments.length; ++i) {
    if (isAmbiguous(segments[i])) return refuse("the path could be read as another one");
  }
  return new Target(authority, path, query);
}

const SLASH: i32 = 0x2f;
const QUESTION: i32 = 0x3f;

/** What a path and a query hold unescaped (RFC 3986, sections 3.3 and 3.4), and the three more that URL parsers leave. */
function isOf(text: string, isQuery: bool): bool {
  for (let i = 0; i < text.length; ++i) {
    const unit = text.charCodeAt(i);
    if (isLetterOrDigit(unit)) continue;
    if (isQuery && unit == 0x27) return false;
    if (!"-._~!$&'()*+,;=:@/%[]|".includes(String.fromCharCode(unit)) && !(isQuery && unit == QUESTION)) return false;
  }
  return true;
}

function isLetterOrDigit(unit: i32): bool {
  return isDigit(unit) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}

function isDigit(unit: i32): bool {
  return unit >= 0x30 && unit <= 0x39;
}

function canonicalAuthority(text: string): string | null {
  const colon = text.indexOf(":");
  const host = lowerCased(colon < 0 ? text : text.substring(0, colon));
  if (!isHost(host)) return null;
  if (colon < 0) return host;
  const port = text.substring(colon + 1);
  if (!isPort(port)) {
    refusal = "its port is not a number from 1 to 65535 without leading zeros";
    return null;
  }
  return port == DEFAULT_PORT ? host : host + ":" + port;
}

/** Not `toLowerCase`, which knows more than ASCII. */
function lowerCased(text: string): string {
  let lower = "";
  for (let i = 0; i < text.length; ++i) {
    const unit = text.charCodeAt(i);
    lower += String.fromCharCode(unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit);
  }
  return lower;
}

function isPort(text: string): bool {
  if (text.length == 0 || text.length > 5 || text.charCodeAt(0) == 0x30) return false;
  for (let i = 0; i < text.length; ++i) if (!isDigit(text.charCodeAt(i))) return false;
  return I32.parseInt(text) <= 65535;
}

/** A name in ASCII: no address in any spelling, no userinfo, nothing that two programs could read as two hosts. */
function isHost(host: string): bool {
  refusal = "its host is not a name in lower-case ASCII, as api.example.com";
  if (host.length == 0 || host.length > MAX_HOST) return false;
  const labels = host.split(".");
  for (let i = 0; i < labels.length; ++i) {
    const label = labels[i];
    if (label.length == 0 || label.length > MAX_LABEL) return false;
    // What such a label stands for takes the tables of IDNA.
    if (label.startsWith("xn--")) return false;
    for (let j = 0; j < label.length; ++j) {
      const unit = label.charCodeAt(j);
      if (!isLetterOrDigit(unit) && unit != 0x2d && unit != 0x5f) return false;
    }
  }
  return !isNumber(labels[labels.length - 1]);
}

/** Whether a URL parser takes a host that ends in this label for an address. */
function isNumber(label: string): bool {
  const isHexadecimal = label.startsWith("0x");
  for (let i = isHexadecimal ? 2 : 0; i < label.length; ++i) {
    const unit = label.charCodeAt(i);
    if (!isDigit(unit) && !(isHexadecimal && unit >= 0x61 && unit <= 0x66)) return false;
  }
  return true;
}
