import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/*";

/** Authorities that two parsers cut at different places. */
export const authority: readonly UrlCase[] = invalid([
  {
    rule: "userinfo is refused, whoever's host it looks like",
    entry,
    cve: "CVE-2022-0512",
    urls: [
      "https://api.example.com@evil.example/",
      "https://api.example.com:443@evil.example/",
      "https://user:password@api.example.com/",
      "https://user@api.example.com/",
      "https://a@b@api.example.com/",
      "https://evil.example:80@api.example.com/",
      "https://api.example.com%2F@evil.example/",
      "https://api.example.com%23@evil.example/",
      "https://api.example.com;@evil.example/",
      "https://api.example.com&@evil.example/",
    ],
  },
  {
    rule: "empty userinfo is userinfo",
    entry,
    cve: "CVE-2022-0639",
    urls: [
      "https://@api.example.com/",
      "https://:@api.example.com/",
      "https://@evil.example/",
      "https://@@api.example.com/",
    ],
  },
  {
    rule: "a backslash is refused wherever it stands",
    entry,
    cve: "CVE-2020-8124",
    urls: [
      "https://evil.example\\@api.example.com/",
      "https://api.example.com\\@evil.example/",
      "https://api.example.com\\.evil.example/",
      "https:\\\\api.example.com\\",
      "https:/\\api.example.com/",
      "https://\\api.example.com/",
      "https://api.example.com/a\\..\\b",
      "https://api.example.com/?a\\b",
      "https://api.example.com/#a\\b",
      "\\\\api.example.com/",
    ],
  },
  {
    rule: "a tab or line break, which some parsers drop, is refused wherever it stands",
    entry,
    cve: "CVE-2022-0391",
    urls: [
      "ht\ttps://api.example.com/",
      "https:/\n/api.example.com/",
      "https://api.exa\tmple.com/",
      "https://api.example.com\r\n.evil.example/",
      "https://api.example.com/a\nb",
      "https://api.example.com/?a\rb",
      "https://api.example.com/#\n",
    ],
  },
  {
    rule: "white space at an end is refused, not cut off",
    entry,
    cve: "CVE-2023-24329",
    urls: [
      " https://api.example.com/",
      "https://api.example.com/ ",
      "\thttps://api.example.com/",
      "\u0000https://api.example.com/",
      "\u0001https://api.example.com/",
      "https://api.example.com/\u00a0",
      "\ufeffhttps://api.example.com/",
      "\u2028https://api.example.com/",
    ],
  },
  {
    rule: "white space and control characters inside are refused",
    entry,
    cve: "CVE-2019-9740",
    urls: [
      "https://api.example.com/a b",
      "https://api.example.com/ HTTP/1.1\r\nX: y",
      "https://api.example.com /",
      "https://api.example.com/\u007f",
      "https://api.example.com/\u0085",
      "https://api.example.com/a\u3000b",
      "https://api.example.com/?q=a\u0000b",
    ],
  },
  {
    rule: "half of a surrogate pair is refused, not replaced",
    entry,
    urls: ["https://api.example.com/\ud800", "https://api.example.com/?\udfff", "https://api\ud83d.example.com/"],
  },
  {
    rule: "an empty host is refused",
    entry,
    urls: [
      "https:///",
      "https:///api.example.com/",
      "https://",
      "https://?api.example.com",
      "https://#",
      "https://:443/",
    ],
  },
]);
