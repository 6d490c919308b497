import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Allowlist, lintEntry } from "../../host/policy/allowlist.ts";
import { allows, entryIsValid, removeDotSegments, splitRfc3986 } from "../reference/policy.ts";
import { entries, harmlessUrls, hostileUrls } from "./corpus/index.ts";

const RUNS = { numRuns: 3000 };

const host = fc.constantFrom(
  "a.example",
  "A.example",
  "b.a.example",
  "a.example.b.example",
  "a_b.example",
  "localhost",
  "a.local",
  "a.example.",
  "a..example",
  "a.0x1",
  "1.2",
  "a%2eexample",
  "u@a.example",
  "*.example",
);
const likelyHost = fc.oneof({ weight: 6, arbitrary: fc.constant("a.example") }, { weight: 1, arbitrary: host });
const port = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom(":443", ":8443", ":", ":0", ":0443", ":65536", ":1:1") },
);
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("v1", "a", "*", "b") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      ".",
      "..",
      "...",
      "%2e",
      "%2E.",
      "%252e",
      "..;",
      ";..",
      "a;b",
      "%2F",
      "%2f",
      "a%2Fb",
      "a%252Fb",
      "..%2F",
      "%5C",
      "%00",
      "%0A",
      "%c2%85",
      "%C3%A9",
      "%c3%a9",
      "%C0%AE",
      "%ff",
      "%E9",
      "%ed%a0%80",
      "%e0%9f",
      "50%25ab",
      "x%2Dy",
      "%",
      "%zz",
      "%25",
      "%2541",
      "%25252541",
      "%2525252541",
      "%7Ea",
      "~a",
      "a*",
      "**",
      "v1*",
      "V1",
      "v10",
      "\\",
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[a%2.;/0-9Ff*]{0,6}$/) },
);
const path = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 8, arbitrary: fc.array(segment, { maxLength: 4 }).map((list) => `/${list.join("/")}`) },
);
const tail = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom("?", "?a", "#", "#a", "?a#b", "?@b/", " ", "?\\") },
);
const scheme = fc.oneof(
  { weight: 20, arbitrary: fc.constant("https://") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("http://", "HTTPS://", "https:/", "https:///", "//", ""),
  },
);
const line = fc.tuple(scheme, likelyHost, port, path, tail).map((parts) => parts.join(""));
const plainLine = fc
  .array(fc.constantFrom("v1", "a", "b", "*", "%2F", "a%2Fb", "~a"), { maxLength: 4 })
  .chain((list) => fc.constantFrom("", "/", "/*").map((end) => `https://a.example${["", ...list].join("/")}${end}`));

/** Any text, and text with much of what URLs are made of. */
const anyUrl = fc.oneof(
  line,
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "https:",
        "/",
        "/",
        "\\",
        "@",
        ":",
        "443",
        "?",
        "#",
        "[",
        "]",
        "%",
        "2f",
        ".",
        "a.example",
        "b.example",
        ";",
        "\t",
        "\u3002",
        "\uff0f",
        "\u212a",
      ),
      { maxLength: 12 },
    )
    .map((parts) => `https://${parts.join("")}`),
);

test("the linter and the reference agree on every entry", () => {
  fc.assert(
    fc.property(fc.oneof(line, plainLine), (entry) => {
      expect(lintEntry(entry).valid).toBe(entryIsValid(entry));
    }),
    RUNS,
  );
});

test("the allowlist and the reference agree on every URL under every entry", () => {
  let left = 0;
  fc.assert(
    fc.property(fc.oneof(line, plainLine), fc.oneof(line, plainLine), (entry, url) => {
      fc.pre(entryIsValid(entry));
      const { allowed } = Allowlist.compile([entry]).check(url);
      expect(allowed).toBe(allows(entry, url));
      if (allowed) left += 1;
    }),
    { ...RUNS, maxSkipsPerRun: 1000 },
  );
  expect(left).toBeGreaterThan(20);
});

test("a list allows what one of its entries allows", () => {
  fc.assert(
    fc.property(fc.array(plainLine, { maxLength: 4 }), fc.oneof(line, plainLine), (list, url) => {
      const { allowed, entry } = Allowlist.compile(list).check(url);
      expect(allowed).toBe(list.some((one) => allows(one, url)));
      if (allowed) expect(allows(entry ?? "", url)).toBe(true);
    }),
    RUNS,
  );
});

/** Scheme, host, port, path and query as RFC 3986 alone reads them. */
function rfc3986(url: string): string {
  const { scheme: name, authority, path: rawPath, query } = splitRfc3986(url);
  const bare = authority.replace(/:443$/, "");
  const ascii = /^[\0-\x7f]*$/.test(bare) ? bare.toLowerCase() : new URL(`https://${bare}`).host;
  const written = encodeURI(removeDotSegments(rawPath === "" ? "/" : rawPath)).replaceAll("%25", "%");
  const asked = query === undefined ? "" : `?${encodeURI(query).replaceAll("%25", "%")}`;
  return `${name}://${ascii}${written}${asked}`;
}

/** The characters that the two standards escape differently, all escaped. */
function escaped(url: string): string {
  return url.replace(/["'<>[\]^`{|}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function splitsAreOne(entry: string, url: string): void {
  const { allowed, canonical = "" } = Allowlist.compile([entry]).check(url);
  if (!allowed) return;
  expect(escaped(canonical)).toBe(escaped(rfc3986(url)));
  const whatwg = new URL(url);
  expect(canonical).toBe(whatwg.href.replace(/#.*$/s, ""));
  expect(whatwg.username + whatwg.password).toBe("");
}

test("no URL that two parsers split differently is allowed", () => {
  fc.assert(
    fc.property(anyUrl, (url) => splitsAreOne("https://a.example/*", url)),
    { numRuns: 20000 },
  );
  for (const { entry, url } of [...harmlessUrls, ...hostileUrls]) splitsAreOne(entry, url);
});

test("what is allowed is still allowed in its canonical form, which does not change again", () => {
  fc.assert(
    fc.property(anyUrl, (url) => {
      const allowlist = Allowlist.compile(["https://a.example/*"]);
      const { allowed, canonical = "", target } = allowlist.check(url);
      fc.pre(allowed);
      expect(allowlist.check(canonical)).toMatchObject({ allowed: true, canonical, target });
      expect(canonical).toBe(`https://${target?.authority}${target?.requestTarget}`);
    }),
    { numRuns: 500, maxSkipsPerRun: 1000 },
  );
});

test("what a denial proposes is an entry that allows the URL, or a spelling of the URL that has a canonical form", () => {
  fc.assert(
    fc.property(fc.array(plainLine, { maxLength: 3 }), anyUrl, (list, url) => {
      const { allowed, code, suggestion, reason } = Allowlist.compile(list).check(url);
      fc.pre(!allowed);
      expect(reason).toBeTruthy();
      if (code === "not-allowed") {
        // Only an internal host has no entry.
        expect(suggestion !== undefined).toBe(lintEntry(`${new URL(url).origin}/*`).valid);
        if (suggestion !== undefined) expect(Allowlist.compile([suggestion]).check(url).allowed).toBe(true);
      } else if (suggestion !== undefined) {
        expect(Allowlist.compile(list).check(suggestion).code).not.toBe("invalid-url");
      }
    }),
    { ...RUNS, maxSkipsPerRun: 1000 },
  );
});

test("what the linter proposes is a valid entry", () => {
  const texts = [...entries, ...harmlessUrls, ...hostileUrls].map(({ entry }) => entry);
  fc.assert(
    fc.property(fc.oneof(anyUrl, fc.constantFrom(...texts)), (text) => {
      const { suggestion } = lintEntry(text);
      if (suggestion !== undefined) expect(lintEntry(suggestion).valid).toBe(true);
    }),
    RUNS,
  );
});

interface UrlTest {
  readonly input: string;
  readonly base: string | null;
  readonly failure?: boolean;
  readonly host?: string;
}

const vectors = new URL("../../../shared/vectors/wpt-url/urltestdata.json", import.meta.url);

test.skipIf(!existsSync(vectors))("a URL of the web platform tests has their host or none", () => {
  const cases = (JSON.parse(readFileSync(vectors, "utf8")) as readonly (UrlTest | string)[])
    .filter((one) => typeof one !== "string")
    .filter(({ input, base }) => base === null && /^\s*https:/i.test(input));
  expect(cases.length).toBeGreaterThan(20);
  for (const { input, failure, host: expected } of cases) {
    const { canonical } = Allowlist.compile([]).check(input);
    if (canonical === undefined) continue;
    expect(failure, input).not.toBe(true);
    expect(new URL(canonical).host, input).toBe(expected);
  }
});
