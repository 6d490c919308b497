import { expect, test } from "vitest";
import { decodePunycode } from "../../host/policy/punycode.ts";

// RFC 3492, section 7.1, in lower case, and what URLs hold.
test.each([
  [
    "egbpdaj6bu4bxfgehfvwxn",
    "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064a\u061f",
  ],
  ["ihqwcrb4cv8a8dqg056pqjye", "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587"],
  ["3b-ww4c5e180e575a65lsy2b", "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f"],
  ["de-jg4avhby1noc0d", "\u30d1\u30d5\u30a3\u30fcde\u30eb\u30f3\u30d0"],
  ["d9juau41awczczp", "\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067"],
  ["bcher-kva", "b\u00fccher"],
  ["e28h", "\u{1f600}"],
  ["a-b-c-mva", "a-b\u00fc-c"],
  ["abc-d91sq203h", "abc\uf954\u{20000}"],
  ["9j4kd71e", "\u{26ff0}\u{2a000}"],
  ["dn32g", "\u{10ffff}"],
  ["abc-", "abc"],
  ["", ""],
])("%s is decoded", (text, decoded) => {
  expect(decodePunycode(text)).toBe(decoded);
});

test.each([
  ["no digit follows", "-"],
  ["a number does not end", "bcher-kv"],
  ["a number does not begin", "zz"],
  ["upper case was not lowered", "bcher-KVA"],
  ["a character is no digit", "bcher-kv!"],
  ["a character before the digits is no digit", "bcher-kv/"],
  ["a character after the digits is no digit", "bcher-kv:a"],
  ["a character before the letters is no digit", "bcher-kv`"],
  ["a character after the letters is no digit", "bcher-kv{a"],
  ["a code point is over U+10FFFF", "dn32h"],
  ["a number is beyond all bounds", "9".repeat(63)],
  ["a number is beyond all bounds and ends", `${"9".repeat(400)}a`],
])("where %s, nothing is decoded: %s", (_, text) => {
  expect(decodePunycode(text)).toBeUndefined();
});
