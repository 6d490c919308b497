// What fields may leave (host/policy/headers.ts), in AssemblyScript.

import { HttpError, VALIDATE } from "../assembly/failure";

const FORBIDDEN: StaticArray<string> = [
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-host",
  "x-forwarded-prefix",
  "x-forwarded-uri",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
];

/** Of two, one server takes the first and another the last. */
const SINGLE: StaticArray<string> = ["authorization", "content-type", "cookie"];

/** Why fields (names and values by turns) may not leave; null where they may. */
export function headerFault(headers: StaticArray<string>, hasAuthorization: bool): HttpError | null {
  const seen = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i];
    if (name.startsWith(":")) return fault("forbidden-header", name, "is a pseudo-header");
    if (!isToken(name)) return fault("invalid-header", "", "has a name that is not a token");
    const lower = name.toLowerCase();
    if (isForbidden(lower)) return fault("forbidden-header", name, "is the host's to write; leave it out");
    if (!isValue(headers[i + 1])) {
      return fault("invalid-header", name, "has a value with a control character or one above U+00FF");
    }
    if (lower == "accept-encoding" && fieldValue(headers[i + 1]).toLowerCase() != "identity") {
      return fault("forbidden-header", name, "is the host's to write; only identity may be asked for");
    }
    if (lower == "authorization" && hasAuthorization) {
      return fault("auth-collision", name, "stands beside auth; leave one of them out");
    }
    if (SINGLE.includes(lower) && seen.has(lower)) {
      return fault("invalid-header", name, "stands twice and can have one value only");
    }
    seen.add(lower);
  }
  return null;
}

/** A field's value without the spaces and tabs around it. */
export function fieldValue(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) ++start;
  while (end > start && isSpace(text.charCodeAt(end - 1))) --end;
  return text.substring(start, end);
}

function isSpace(unit: i32): bool {
  return unit == 0x20 || unit == 0x09;
}

/** Gateways hand fields on as variables, where `_` and `-` are one character. */
function isForbidden(lower: string): bool {
  const name = lower.replaceAll("_", "-");
  return FORBIDDEN.includes(name) || name.startsWith("proxy-");
}

function isToken(name: string): bool {
  for (let i = 0; i < name.length; ++i) {
    const unit = name.charCodeAt(i);
    const lower = unit | 0x20;
    if ((lower >= 0x61 && lower <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) continue;
    if (!"!#$%&'*+.^_`|~-".includes(String.fromCharCode(unit))) return false;
  }
  return name.length > 0;
}

function isValue(value: string): bool {
  for (let i = 0; i < value.length; ++i) {
    const unit = value.charCodeAt(i);
    if ((unit < 0x20 && unit != 0x09) || unit == 0x7f || unit > 0xff) return false;
  }
  return true;
}

function fault(code: string, name: string, what: string): HttpError {
  const which = name.length > 64 ? "a header" : 'the header "' + name + '"';
  return new HttpError(code, VALIDATE, which + " " + what, null, false);
}
