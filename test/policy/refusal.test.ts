import { describe, expect, test } from "vitest";
import { Allowlist } from "../../host/policy/allowlist.ts";

function check(entries: readonly string[], url: string): ReturnType<Allowlist["check"]> {
  return Allowlist.compile(entries).check(url);
}

const BACKSLASH = "the URL holds a backslash, which some programs read as a slash; in a query write %5C";
const OVERLONG = "the path holds overlong UTF-8 or half of a surrogate pair under its escapes";
const SURROGATE =
  "the URL holds half of a surrogate pair (U+D800 to U+DFFF), which is no character and cannot be sent; write the whole character";

describe("a refusal", () => {
  const list = ["https://b.example/", "https://a.example/v1/*", "https://a.example/*"];

  test.each([
    ["http://a.example/v1/a?key=s3cret", "the URL does not begin with https://, spelt so", "https://a.example/v1/a"],
    ["a.example:8443/v1/a", "the URL does not begin with https://, spelt so", "https://a.example:8443/v1/a"],
    [
      "https://u:s3cret@a.example/v1/a?k#f",
      "the URL holds userinfo (what stands before an @); credentials go into auth",
      "https://a.example/v1/a",
    ],
    ["https://a.example\\v1/a", BACKSLASH, "https://a.example/v1/a"],
    ["https://a.example\\v1/a?k=s3cret\\", BACKSLASH, "https://a.example/v1/a"],
    [
      " https://a.example/v1/a b\t",
      "the URL holds white space or a control character; write %20 for a space",
      "https://a.example/v1/a%20b",
    ],
    [
      "https://a.example/v1/a\nb",
      "the URL holds white space or a control character; write %20 for a space",
      "https://a.example/v1/ab",
    ],
    ["https:///v1/a", "the host is missing", undefined],
    ["https://:443/v1/a", "the host is missing", undefined],
    ["https://a.example./v1/a?q", "a host cannot end in a dot", "https://a.example/v1/a"],
    ["https://a.example.:8443/v1/a", "a host cannot end in a dot", "https://a.example:8443/v1/a"],
    ["https://a..example/", "a host cannot hold an empty label", undefined],
    ["https://a..example\\v1/", BACKSLASH, undefined],
    ["https://a%2Eexample/v1/a", "a host cannot hold a percent escape", "https://a.example/v1/a"],
    [
      "https://*.a.example/v1/a",
      "a host cannot hold a wildcard; name each host in an entry of its own",
      "https://a.example/v1/a",
    ],
    ["https://127.0.0.1/", "an IP address cannot stand for a host; use the host's name", undefined],
    ["https://127.1/", "an IP address cannot stand for a host; use the host's name", undefined],
    ["https://[::1]/", "an IP address cannot stand for a host; use the host's name", undefined],
    ["https://a!.example/", "a host can hold letters, digits, hyphens, underscores and dots only", undefined],
    ["https://xn--a.example/", "the host is not a valid internationalised name", undefined],
    [
      "https://\uff41.example/v1/a",
      "the host holds characters that are read as others or as none",
      "https://a.example/v1/a",
    ],
    [`https://${"a".repeat(64)}.example/`, "a label of a host can be 63 bytes long at the most", undefined],
    [
      "https://a.example:0443/v1/a?q",
      "the port is not a number from 1 to 65535 without leading zeros",
      "https://a.example:443/v1/a",
    ],
    [
      "https://a.example:/v1/a",
      "the port is not a number from 1 to 65535 without leading zeros",
      "https://a.example/v1/a",
    ],
    ["https://a.example/v1//a", "the path holds an empty segment (//)", "https://a.example/v1/a"],
    [
      "https://a.example/v1/100%?q",
      "the path holds a % that two hexadecimal digits do not follow; write %25 for a percent sign",
      "https://a.example/v1/100%25",
    ],
    ["/v1/a", "the URL does not begin with https://, spelt so", undefined],
  ])(
    "of %j says why and proposes a spelling that has a canonical form, without the query",
    (url, reason, suggestion) => {
      expect(check(list, url)).toEqual({
        allowed: false,
        matched: false,
        canonical: undefined,
        entry: suggestion === undefined ? undefined : "https://a.example/v1/*",
        reason,
        suggestion,
        code: "invalid-url",
        target: undefined,
      });
    },
  );

  test.each([
    ["https://a.example/v1/..;/a", "the path holds a . or .. segment under its escapes or before a ;"],
    ["https://a.example/v1/%2e%2e%2fadmin", "the path holds a . or .. segment under its escapes or before a ;"],
    ["https://a.example/v1/%5C", "the path holds an encoded backslash (%5C)"],
    ["https://a.example/v1/%00", "the path holds an encoded control character"],
    ["https://a.example/v1/%c0%af", OVERLONG],
    ["https://a.example/v1/%ed%a0%80", OVERLONG],
    ["https://a.example/v1/%2525252541", "the path is percent-encoded more than 4 times over"],
    ["https://a.example:x/v1/a", "the port is not a number from 1 to 65535 without leading zeros"],
    ["https://a.example/v1/a?k=s3cret\\", BACKSLASH],
    ["https://a.example/v1/a#\\", BACKSLASH],
    ["https://a.example/v1/a?k=s3cret\n", "the URL holds white space or a control character; write %20 for a space"],
    [" https://a.example/v1/%5C ", "the URL holds white space or a control character; write %20 for a space"],
    ["https://a.example/\ud800", SURROGATE],
    ["HTTP://u:s3cret@A.example:0//%5C", "the URL does not begin with https://, spelt so"],
    ["https:\\\\a.example\\%5C", BACKSLASH],
    ["https:a.example/%5C", "the URL does not begin with https://, spelt so"],
    ["https://*.a.example/%5C", "a host cannot hold a wildcard; name each host in an entry of its own"],
    [`https://a.example/${"b".repeat(8192)}`, "the URL is longer than 8192 bytes"],
    ["http://localhost/v1/a", "the URL does not begin with https://, spelt so"],
    ["https://localhost/%5C", "the path holds an encoded backslash (%5C)"],
  ])("of %j, which has no other spelling to propose, names the nearest entry by its host", (url, reason) => {
    const nearest = ["https://localhosts.example/", "https://a.example/v1/*"];
    expect(check(["https://b.test/", ...nearest], url)).toEqual({
      allowed: false,
      matched: false,
      canonical: undefined,
      entry: nearest[url.includes("localhost") ? 0 : 1],
      reason,
      suggestion: undefined,
      code: "invalid-url",
      target: undefined,
    });
  });

  test.each(["https://127.0.0.1/%5C", "https://[::1]/", "https:///v1/a", "/v1/a", "", "https://a!.example/"])(
    "of %j, whose host cannot be read, names no entry",
    (url) => {
      expect(check(list, url)).toMatchObject({ code: "invalid-url", entry: undefined, suggestion: undefined });
    },
  );

  test("proposes an internal host where the operator has opened it", () => {
    const { suggestion } = Allowlist.compile([], { internalHosts: ["vault"] }).check("http://vault/a");
    expect(suggestion).toBe("https://vault/a");
  });

  test("proposes one spelling for all faults of the URL", () => {
    const url = "HTTP://u@*.a.example:0443//b%\\c d";
    expect(check([], url).suggestion).toBe("https://a.example/b%25/c%20d");
  });

  test("proposes no port that is none", () => {
    expect(check([], "https://a.example:0099999/").suggestion).toBeUndefined();
    expect(check([], "https://a.example:70000/").suggestion).toBeUndefined();
    expect(check([], "https://a.example:443:/").suggestion).toBeUndefined();
    expect(check([], "https://a.example:065535/").suggestion).toBe("https://a.example:65535/");
    expect(check([], "https://a.example:00443/").suggestion).toBe("https://a.example:443/");
  });

  test.each(["https://a.example.?s3cret", "https://u@a.example?s3cret", "https://a.example:0#s3cret"])(
    "of %s proposes no query where no path stands before it",
    (url) => {
      expect(check([], url).suggestion).toBe("https://a.example");
    },
  );

  test("takes a scheme for one at the beginning only", () => {
    expect(check([], "a.example/to/http://b.example").suggestion).toBe("https://a.example/to/http:/b.example");
  });

  test("escapes a % that one hexadecimal digit follows", () => {
    expect(check([], "https://a.example/%2/%2g").suggestion).toBe("https://a.example/%252/%252g");
  });

  test("names the entry that allows what is proposed before one that comes near", () => {
    expect(check(["https://a.example/v2", "https://a.example/v1/*"], "http://a.example/v1/a").entry).toBe(
      "https://a.example/v1/*",
    );
  });
});
