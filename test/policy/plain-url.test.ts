import fc from "fast-check";
import { expect, test } from "vitest";
import { plainUrl } from "../../host/policy/plain-url.ts";
import { canonicaliseAnyUrl } from "../../host/policy/url.ts";
import { harmlessUrls, hostileUrls } from "./corpus/index.ts";

const piece = fc.constantFrom(
  ..."a z 0 9 - -- . .. / // ? # % %2e %2F %41 ; : @ & = + ~ ! $ ' ( ) * , _ \\ \" < > [ ] { } | ^ ` xn-- 0x7f 127 1 com v1 A é K".split(
    " ",
  ),
  " ",
  "\t",
);
const rest = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
const host = fc.constantFrom(
  "api.example.com",
  "a-b.example.co",
  "a--b.example.com",
  "xn--bcher-kva.example",
  "1.2.3.4",
  "1.2.3.a4",
  "example.0x1",
  "localhost",
  "api.example.com.",
  "-a.example.com",
  "a-.example.com",
  "API.example.com",
  "api.example.com:443",
  "api.example.com:8443",
  "a@b.example.com",
  `${"a".repeat(63)}.b.com`,
  `${"a".repeat(64)}.b.com`,
  `${"a.".repeat(40)}com`,
);
const url = fc.oneof(
  fc.tuple(host, rest).map(([at, more]) => `https://${at}${more}`),
  fc.tuple(host, rest).map(([at, more]) => `https://${at}/${more}`),
  fc.tuple(rest, rest).map(([at, more]) => `https://${at}.com/v1/${more}`),
);

test("a plain URL has the form that the general way gives", () => {
  let plain = 0;
  fc.assert(
    fc.property(url, (raw) => {
      const found = plainUrl(raw);
      if (found === undefined) return;
      plain++;
      expect(canonicaliseAnyUrl(raw)).toEqual(found);
    }),
    { numRuns: 40_000 },
  );
  expect(plain).toBeGreaterThan(500);
});

test("of the corpus no URL has two forms", () => {
  for (const { url: raw } of [...hostileUrls, ...harmlessUrls]) {
    const found = plainUrl(raw);
    if (found !== undefined) expect(canonicaliseAnyUrl(raw)).toEqual(found);
  }
});

test.each([
  "https://api.stripe.com/v1/customers",
  "https://api.stripe.com/v1/customers?limit=3&starting_after=cus_1%20x",
  "https://api.example.com/",
  "https://a-b.example.co/.well-known/a.b/...",
])("%s is plain", (raw) => {
  expect(plainUrl(raw)).toEqual(canonicaliseAnyUrl(raw));
});

test.each([
  "https://api.example.com",
  "https://api.example.com/v1/../x",
  "https://api.example.com/v1/.",
  "https://api.example.com/v1/..?x",
  "https://api.example.com/v1//x",
  "https://api.example.com/v1/%2e%2e/x",
  "https://api.example.com/v1/..;/x",
  "https://api.example.com/v1/'?'",
  "https://api.example.com/v1#x",
  "https://api.example.com:443/",
  "https://127.0.0.1/",
  "https://1.2.3.0x4/",
  "https://api.xn--p1ai/",
  "https://localhost/",
  "https://API.example.com/",
  "https://api.example.com./",
  "https://u@api.example.com/",
  "http://api.example.com/",
  "https://api.example.com/é",
  `https://api.example.com/${"a".repeat(2048)}`,
])("%s is not plain", (raw) => {
  expect(plainUrl(raw)).toBeUndefined();
});
