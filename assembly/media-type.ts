// What is read of a Content-Type field (RFC 9110, section 8.3). Nothing of it is copied: every response is looked at.

import { unitAt } from "./abi/bytes";
import { is, isAt } from "./ascii";

export const UTF8: i32 = 0;
export const LATIN1: i32 = 1;
export const UNKNOWN: i32 = 2;

const TAB: u32 = 0x09;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const SLASH: u32 = 0x2f;
const SEMICOLON: u32 = 0x3b;

const CHARSET: string = "charset=";

/** Of what charset the text is: UTF-8 where none is named. */
export function charsetOf(type: string): i32 {
  for (let from = find(type, SEMICOLON, 0) + 1; from <= type.length;) {
    const end = find(type, SEMICOLON, from);
    const start = trimmedStart(type, from, end);
    if (isAt(type, start, CHARSET)) return charsetNamed(type, start + CHARSET.length, trimmedEnd(type, start, end));
    from = end + 1;
  }
  return UTF8;
}

function charsetNamed(type: string, start: i32, end: i32): i32 {
  // Two fields of this name are joined with a comma.
  const comma = find(type, COMMA, start);
  if (comma < end) end = trimmedEnd(type, start, comma);
  if (end - start >= 2 && unitAt(type, start) == QUOTE && unitAt(type, end - 1) == QUOTE) {
    ++start;
    --end;
  }
  if (is(type, start, end, "utf-8") || is(type, start, end, "utf8")) return UTF8;
  if (is(type, start, end, "us-ascii") || is(type, start, end, "ascii")) return UTF8;
  if (is(type, start, end, "iso-8859-1") || is(type, start, end, "latin1") || is(type, start, end, "iso8859-1")) {
    return LATIN1;
  }
  return UNKNOWN;
}

/** Whether it is that of a JSON document: `application/json`, `text/json` and everything that ends in `+json`. */
export function isJson(type: string): bool {
  const semicolon = find(type, SEMICOLON, 0);
  const start = trimmedStart(type, 0, semicolon);
  const end = trimmedEnd(type, start, semicolon);
  if (is(type, start, end, "application/json") || is(type, start, end, "text/json")) return true;
  const suffix = end - 5;
  if (suffix < start || !isAt(type, suffix, "+json")) return false;
  const slash = find(type, SLASH, start);
  return slash > start && slash < end && find(type, COMMA, start) >= end && find(type, SPACE, start) >= end;
}

/** The first place of a code unit, or the length of the text. */
function find(text: string, unit: u32, from: i32): i32 {
  let at = from;
  while (at < text.length && unitAt(text, at) != unit) ++at;
  return at;
}

function trimmedStart(text: string, start: i32, end: i32): i32 {
  while (start < end && isBlank(unitAt(text, start))) ++start;
  return start;
}

function trimmedEnd(text: string, start: i32, end: i32): i32 {
  while (end > start && isBlank(unitAt(text, end - 1))) --end;
  return end;
}

function isBlank(unit: u32): bool {
  return unit == SPACE || unit == TAB;
}
