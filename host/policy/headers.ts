import type { FailureCode } from "../errors.ts";
import { HttpFailure } from "../errors.ts";

/** A field name (RFC 9110, section 5.1, "token"). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A field value: HTAB, SP to `~`, and the rest of Latin-1 as one byte each (RFC 9110, section 5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What a message shows of a name: the rest may be a value that was put in the wrong place. */
const SHOWN = /(:?[!#$%&'*+.^_`|~0-9A-Za-z-]{0,64})[^]*/;

/** Fields that say where a message goes, how it is framed or what it is taken for. They are the host's. */
const FORBIDDEN: ReadonlySet<string> = new Set([
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
]);

/** Fields that say who asks and what for: of two, one server takes the first and another the last (RFC 9110, section 5.3). */
const SINGLE: ReadonlySet<string> = new Set(["authorization", "content-type", "cookie"]);

/** Response fields that no longer hold once the host has decoded the body. */
export const DROPPED_AFTER_DECODING: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/**
 * Why the guest's fields (names and values by turns) may not leave; undefined where they may. The failure is
 * `invalid-header`, `forbidden-header` or, for an Authorization beside `auth`, `auth-collision`. No message
 * holds a value.
 */
export function checkHeaders(headers: readonly string[], hasAuthorization: boolean): HttpFailure | undefined {
  if (headers.length === 0) return undefined;
  const seen = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const failure = checkField(name, headers[i + 1], hasAuthorization);
    if (failure !== undefined) return failure;
    const lower = name.toLowerCase();
    if (SINGLE.has(lower) && seen.has(lower)) {
      return fail("invalid-header", `the header ${quote(name)} stands twice and can have one value only`);
    }
    seen.add(lower);
  }
  return undefined;
}

/** A field's value: the spaces and tabs around it are no part of it (RFC 9110, section 5.5). */
export function fieldValue(text: string): string {
  let start = 0;
  let end = text.length;
  while (isSpace(text[start])) start += 1;
  while (isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function checkField(name: string, value: string | undefined, hasAuthorization: boolean): HttpFailure | undefined {
  if (name.startsWith(":")) {
    return fail("forbidden-header", `the header ${quote(name)} is a pseudo-header, and those are the host's`);
  }
  // Before the lower-casing, which folds U+212A to k.
  if (!TOKEN.test(name)) {
    return fail("invalid-header", `the header name ${quote(name)} is not a token (RFC 9110, section 5.6.2)`);
  }
  const lower = name.toLowerCase();
  if (isForbidden(lower)) {
    return fail("forbidden-header", `the header ${quote(name)} is the host's to write; leave it out`);
  }
  if (value === undefined || !VALUE.test(value)) {
    return fail(
      "invalid-header",
      `the value of the header ${quote(name)} holds a control character or one above U+00FF`,
    );
  }
  if (lower === "accept-encoding" && fieldValue(value).toLowerCase() !== "identity") {
    return fail(
      "forbidden-header",
      "the header accept-encoding is the host's to write; only identity may be asked for",
    );
  }
  if (lower === "authorization" && hasAuthorization) {
    return fail("auth-collision", "an authorization header stands beside auth; leave one of them out");
  }
  return undefined;
}

/** Gateways hand fields on as variables, where `_` and `-` are one character (CVE-2015-0219). */
function isForbidden(lower: string): boolean {
  const name = lower.replaceAll("_", "-");
  return FORBIDDEN.has(name) || name.startsWith("proxy-");
}

function quote(name: string): string {
  const shown = name.replace(SHOWN, "$1");
  return JSON.stringify(shown === name ? name : `${shown}…`);
}

function fail(code: FailureCode, message: string): HttpFailure {
  return new HttpFailure({ code, phase: "validate", message });
}
