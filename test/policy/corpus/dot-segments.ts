import type { UrlCase } from "./case.ts";
import { invalid, unmatched } from "./case.ts";

const entry = "https://api.example.com/v1/*";

/** Paths that leave the entry's when a server resolves dot segments. */
export const dotSegments: readonly UrlCase[] = [
  ...unmatched([
    {
      rule: "a plain dot segment is resolved before the match",
      entry,
      urls: [
        "https://api.example.com/v1/../admin",
        "https://api.example.com/v1/a/../../admin",
        "https://api.example.com/v1/..",
        "https://api.example.com/v1/./../admin",
        "https://api.example.com/../admin",
      ],
    },
    {
      rule: "an encoded dot segment that a URL parser resolves is resolved before the match",
      entry,
      cve: "CVE-2021-41773",
      urls: [
        "https://api.example.com/v1/%2e%2e/admin",
        "https://api.example.com/v1/.%2E/admin",
        "https://api.example.com/v1/%2e./admin",
        "https://api.example.com/v1/%2E%2E",
      ],
    },
  ]),
  ...invalid([
    {
      rule: "a dot segment that is encoded twice or more is refused",
      entry,
      cve: "CVE-2001-0333",
      urls: [
        "https://api.example.com/v1/%252e%252e/admin",
        "https://api.example.com/v1/%252e/admin",
        "https://api.example.com/v1/..%252fadmin",
        "https://api.example.com/v1/.%252e/admin",
        "https://api.example.com/v1/%25252e%25252e/admin",
        "https://api.example.com/v1/%2525252e%2525252e/admin",
        "https://api.example.com/v1/%25%32%65%25%32%65/admin",
      ],
    },
    {
      rule: "a % that an escape of its digits completes is malformed",
      entry,
      cve: "CVE-2021-42013",
      urls: ["https://api.example.com/v1/%%32%65%%32%65/admin", "https://api.example.com/v1/.%%32e/admin"],
    },
    {
      rule: "a dot segment beside an encoded slash is refused",
      entry,
      cve: "CVE-2018-1271",
      urls: [
        "https://api.example.com/v1/..%2fadmin",
        "https://api.example.com/v1/..%2Fadmin",
        "https://api.example.com/v1/a%2f..%2f..%2fadmin",
        "https://api.example.com/v1/a%2F..",
        "https://api.example.com/v1/%2e%2e%2fadmin",
        "https://api.example.com/v1/a%2f.%2fb",
        "https://api.example.com/v1/.%2fb",
      ],
    },
    {
      rule: "a dot segment with parameters is refused",
      entry,
      cve: "CVE-2020-5902",
      urls: [
        "https://api.example.com/v1/..;/admin",
        "https://api.example.com/v1/..;a=b/admin",
        "https://api.example.com/v1/.;/admin",
        "https://api.example.com/v1/..;",
        "https://api.example.com/v1/..%3b/admin",
        "https://api.example.com/v1/%2e%2e;x/admin",
        "https://api.example.com/v1/..;;/admin",
        "https://api.example.com/v1/..%253B/admin",
        "https://api.example.com/v1/a%2f..;x%2fadmin",
      ],
    },
    {
      rule: "a dot segment beside an encoded backslash is refused",
      entry,
      cve: "CVE-2007-0450",
      urls: [
        "https://api.example.com/v1/..%5cadmin",
        "https://api.example.com/v1/..%5Cadmin",
        "https://api.example.com/v1/%2e%2e%5cadmin",
        "https://api.example.com/v1/a%5c..%5c..%5cadmin",
        "https://api.example.com/v1/..%255cadmin",
      ],
    },
    {
      rule: "a dot segment in overlong UTF-8 is refused",
      entry,
      cve: "CVE-2008-2938",
      urls: [
        "https://api.example.com/v1/%c0%ae%c0%ae/admin",
        "https://api.example.com/v1/%e0%80%ae%e0%80%ae/admin",
        "https://api.example.com/v1/%25c0%25ae%25c0%25ae/admin",
        "https://api.example.com/v1/.%c0%ae/admin",
      ],
    },
  ]),
];
