import { describe, expect, test } from "vitest";
import { Allowlist, lintEntry } from "../../host/policy/allowlist.ts";
import { checkHeaders } from "../../host/policy/headers.ts";
import { entries, harmlessHeaders, harmlessUrls, hostileHeaders, hostileUrls } from "./corpus/index.ts";

/** For a title: what nobody could see in it is escaped. */
function spelt(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

describe("hostile URLs", () => {
  for (const { rule, entry, url, code } of hostileUrls) {
    test(`${rule}: ${spelt(url)} under ${spelt(entry)}`, () => {
      const { reason, ...decision } = Allowlist.compile([entry]).check(url);
      expect(decision).toMatchObject({ allowed: false, code, target: undefined });
      expect(reason).toBeTruthy();
    });
  }
});

describe("harmless URLs", () => {
  for (const { rule, entry, url } of harmlessUrls) {
    test(`${rule}: ${spelt(url)} under ${spelt(entry)}`, () => {
      const decision = Allowlist.compile([entry]).check(url);
      expect(decision).toMatchObject({ allowed: true, code: undefined, reason: undefined });
      const { origin, requestTarget } = decision.target ?? {};
      expect(`${origin}${requestTarget}`).toBe(decision.canonical);
      expect(decision.canonical).toBe(new URL(url).href.replace(/#.*$/, ""));
    });
  }
});

describe("entries", () => {
  for (const { rule, entry, valid, suggestion } of entries) {
    test(`${rule}: ${spelt(entry)}`, () => {
      expect(lintEntry(entry)).toMatchObject({ valid, suggestion });
      if (suggestion !== undefined) expect(lintEntry(suggestion).valid).toBe(true);
    });
  }
});

describe("headers", () => {
  for (const { rule, name, value, code } of [...hostileHeaders, ...harmlessHeaders]) {
    test(`${rule}: ${spelt(name)} with ${spelt(value)}`, () => {
      expect(checkHeaders([name, value], false)?.code).toBe(code);
    });
  }
});

test("the corpus covers every class in breadth", () => {
  expect(hostileUrls.length).toBeGreaterThanOrEqual(150);
  expect(harmlessUrls.length).toBeGreaterThanOrEqual(40);
  expect(entries.length).toBeGreaterThanOrEqual(70);
  expect(hostileHeaders.length + harmlessHeaders.length).toBeGreaterThanOrEqual(60);
});
