import { describe, expect, test } from "vitest";
import { Allowlist, lintEntry } from "../../host/policy/allowlist.ts";

function check(entries: readonly string[], url: string): ReturnType<Allowlist["check"]> {
  return Allowlist.compile(entries).check(url);
}

describe("limits", () => {
  const list = ["https://a.example/*"];
  const start = "https://a.example/";

  test.each([
    [8191, true],
    [8192, true],
    [8193, false],
  ])("a URL of %i bytes may leave: %s", (length, allowed) => {
    const ascii = start + "a".repeat(length - start.length);
    expect(check(list, ascii).allowed).toBe(allowed);
    expect(check(list, `${start}#${"a".repeat(length - start.length - 1)}`).allowed).toBe(allowed);
  });

  test("of a longer URL no more than its first 8192 bytes are read for the host that a denial names", () => {
    expect(check(list, `https://a.example/${"b".repeat(8192)}`).entry).toBe("https://a.example/*");
    expect(check(list, `https://${"b".repeat(8192)}@a.example/`).entry).toBeUndefined();
  });

  test.each([
    ["\u00e9", 2],
    ["\u20ac", 3],
    ["\u{10000}", 4],
    ["\u{10ffff}", 4],
    ["\ud7ff", 3],
    ["\ue000", 3],
    ["\u007f", 1],
    ["\u0080", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
  ])("%j counts by its bytes, also where it is not sent", (character, bytes) => {
    const count = Math.floor((8192 - start.length - 1) / bytes);
    const fill = 8192 - start.length - 1 - count * bytes;
    const exact = `${start}#${character.repeat(count)}${"a".repeat(fill)}`;
    const denial = check(list, exact);
    expect(denial.reason).not.toBe("the URL is longer than 8192 bytes");
    expect(check(list, `${exact}a`).reason).toBe("the URL is longer than 8192 bytes");
  });

  test("the canonical form is within the limit too", () => {
    const within = `${start}${"\u00e9".repeat(1362)}aa`;
    expect(check(list, within).canonical).toHaveLength(8192);
    expect(check(list, `${within}a`)).toMatchObject({
      code: "invalid-url",
      reason: "the URL is longer than 8192 bytes",
      suggestion: undefined,
    });
  });

  test("a label of 63 and a host of 253 bytes are the longest", () => {
    const label = "a".repeat(63);
    expect(lintEntry(`https://${label}.example/`).valid).toBe(true);
    expect(lintEntry(`https://${label}a.example/`).valid).toBe(false);
    const host = `${label}.${label}.${label}.${"a".repeat(57)}.com`;
    expect(lintEntry(`https://${host}/`).valid).toBe(true);
    expect(lintEntry(`https://${host.replace(".com", "a.com")}/`)).toMatchObject({
      valid: false,
      reason: "a host can be 253 bytes long at the most",
    });
  });

  test("a Unicode host is no longer than its A-labels may be", () => {
    const emoji = "\u{1f600}";
    const within = `https://${emoji.repeat(40)}.${emoji.repeat(40)}.${emoji.repeat(40)}.abcdefghij/`;
    expect(lintEntry(within).valid).toBe(true);
    expect(lintEntry(within.replace("j/", "jk/"))).toMatchObject({
      valid: false,
      reason: "a host can be 253 bytes long at the most",
    });
  });

  test("the A-labels of a Unicode host are within the limits too", () => {
    const host = (...lengths: readonly number[]): string =>
      `https://${lengths.map((length) => "\u00e8".repeat(length)).join(".")}/`;
    expect(lintEntry(host(57, 1)).valid).toBe(true);
    expect(lintEntry(host(58, 1))).toMatchObject({
      valid: false,
      reason: "a label of a host can be 63 bytes long at the most",
    });
    expect(lintEntry(host(57, 57, 57, 55)).valid).toBe(true);
    expect(lintEntry(host(57, 57, 57, 56))).toMatchObject({
      valid: false,
      reason: "a host can be 253 bytes long at the most",
    });
  });

  test("ports from 1 to 65535 are ports", () => {
    for (const port of [1, 443, 9999, 10000, 65535]) {
      expect(check([`https://a.example:${port}/`], `https://a.example:${port}/`).target?.port).toBe(port);
    }
    for (const port of [0, 65536, 99999, 100000]) {
      expect(lintEntry(`https://a.example:${port}/`).valid).toBe(false);
    }
  });
});
