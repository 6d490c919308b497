import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/v1/*";

/** Escapes that servers read in more than one way. */
export const pathEscapes: readonly UrlCase[] = invalid([
  {
    rule: "an encoded backslash is refused at every depth",
    entry,
    urls: [
      "https://api.example.com/v1/a%5Cb",
      "https://api.example.com/v1/a%5cb",
      "https://api.example.com/v1/%5C",
      "https://api.example.com/v1/a%255Cb",
    ],
  },
  {
    rule: "an encoded NUL is refused at every depth",
    entry,
    cve: "CVE-2006-7243",
    urls: [
      "https://api.example.com/v1/a%00",
      "https://api.example.com/v1/a%00.json",
      "https://api.example.com/v1/%2500",
      "https://api.example.com/%00/v1/a",
    ],
  },
  {
    rule: "an encoded control character is refused",
    entry,
    cve: "CVE-2022-31150",
    urls: [
      "https://api.example.com/v1/a%0d%0aX:y",
      "https://api.example.com/v1/a%0A",
      "https://api.example.com/v1/%09",
      "https://api.example.com/v1/%1F",
      "https://api.example.com/v1/%7f",
      "https://api.example.com/v1/%c2%80",
      "https://api.example.com/v1/%c2%85",
      "https://api.example.com/v1/%c2%9f",
      "https://api.example.com/v1/%250a",
    ],
  },
  {
    rule: "a malformed escape is refused",
    entry,
    urls: [
      "https://api.example.com/v1/%",
      "https://api.example.com/v1/a%2",
      "https://api.example.com/v1/%zz",
      "https://api.example.com/v1/%2g/a",
      "https://api.example.com/v1/%u002e",
      "https://api.example.com/v1/%-1",
    ],
  },
  {
    rule: "overlong UTF-8 is refused, whole or cut short, at every depth",
    entry,
    cve: "CVE-2000-0884",
    urls: [
      "https://api.example.com/v1/%c0%af",
      "https://api.example.com/v1/%c1%9c",
      "https://api.example.com/v1/%e0%80%af",
      "https://api.example.com/v1/%f0%80%80%af",
      "https://api.example.com/v1/%f8%80%80%80%af",
      "https://api.example.com/v1/%fc%80%80%80%80%af",
      "https://api.example.com/v1/%fe%80%80",
      "https://api.example.com/v1/%ff%bf",
      "https://api.example.com/v1/%c0%80",
      "https://api.example.com/v1/%c0",
      "https://api.example.com/v1/%c1%1c",
      "https://api.example.com/v1/%e0%80",
      "https://api.example.com/v1/%e0%9f%bf",
      "https://api.example.com/v1/%f0%8f%bf%bf",
      "https://api.example.com/v1/%25c0%25af",
      "https://api.example.com/v1/%e0%2580%25af",
    ],
  },
  {
    rule: "an encoded surrogate is refused",
    entry,
    urls: [
      "https://api.example.com/v1/%ed%a0%80",
      "https://api.example.com/v1/%ed%bf%bf",
      "https://api.example.com/v1/%ed%a0%bd%ed%b8%80",
    ],
  },
  {
    rule: "a segment that changes under a fifth decoding is refused",
    entry,
    urls: [
      "https://api.example.com/v1/%2525252541",
      "https://api.example.com/v1/%252525252541",
      `https://api.example.com/v1/%${"25".repeat(40)}2e`,
    ],
  },
]);
