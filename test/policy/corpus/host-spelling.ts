import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/*";

/** Hosts that become another one under decoding or the IDNA mapping. */
export const hostSpelling: readonly UrlCase[] = invalid([
  {
    rule: "a percent escape in the host is refused",
    entry,
    cve: "CVE-2022-27780",
    urls: [
      "https://api%2Eexample.com/",
      "https://%61pi.example.com/",
      "https://api.example.com%2Fevil.example/",
      "https://evil.example%2F.api.example.com/",
      "https://api.example.com%40evil.example/",
      "https://api.example.com%00.evil.example/",
      "https://api.example.com%0a/",
      "https://api.example.com%/",
    ],
  },
  {
    rule: "a NUL in the host is refused",
    entry,
    cve: "CVE-2009-2408",
    urls: ["https://api.example.com\u0000.evil.example/", "https://api.example.com\u0000/"],
  },
  {
    rule: "brackets and other delimiters in the host are refused",
    entry,
    urls: [
      "https://api.example.com[/",
      "https://[api.example.com]/",
      "https://api.example.com]/",
      "https://api<.example.com/",
      "https://api.example.com|evil.example/",
      "https://api.example.com^/",
      "https://{api}.example.com/",
      "https://api.example.com,evil.example/",
      "https://api.example.com;evil.example/",
      "https://*.example.com/",
      "https://$api.example.com/",
      "https://~api.example.com/",
    ],
  },
  {
    rule: "a letter that the IDNA mapping folds to ASCII is refused",
    entry,
    cve: "CVE-2019-9636",
    urls: [
      "https://api.examp\u2113e.com/",
      "https://\uff41pi.example.com/",
      "https://api.example.\u2102om/",
      "https://api.exam\u1d56le.com/",
      "https://\u00aapi.example.com/",
      "https://api\u2024example.com/",
      "https://evil.example\uff0f.api.example.com/",
      "https://api.example.c\u2105evil.example/",
      "https://api.example.com\uff0f.evil.example/",
      "https://api.example.com\uff20evil.example/",
    ],
  },
  {
    rule: "U+212A and U+017F are not k and s",
    entry: "https://ask.example.com/*",
    urls: [
      "https://as\u212a.example.com/",
      "https://a\u017fk.example.com/",
      "https://AS\u212a.EXAMPLE.COM/",
      "https://a\u017f\u212a.example.com/",
    ],
  },
  {
    rule: "a dot that is not U+002E is refused",
    entry,
    urls: [
      "https://api\u3002example.com/",
      "https://api\uff0eexample.com/",
      "https://api\uff61example.com/",
      "https://api.example.com\u3002evil.example/",
    ],
  },
  {
    rule: "a character that nobody sees is refused",
    entry,
    urls: [
      "https://api\u00ad.example.com/",
      "https://api\u200b.example.com/",
      "https://api\u200c.example.com/",
      "https://api\u200d.example.com/",
      "https://api\u2060.example.com/",
      "https://api\ufe0f.example.com/",
      "https://api\u034f.example.com/",
      "https://\u202eapi.example.com/",
    ],
  },
  {
    rule: "an A-label that is not what its own name encodes to is refused",
    entry,
    urls: [
      "https://xn--api-.example.com/",
      "https://xn--.example.com/",
      "https://xn--a.example.com/",
      "https://xn--0.example.com/",
      "https://xn--99999999.example.com/",
      "https://xn--\u00e9.example.com/",
      "https://XN--API-.example.com/",
      "https://xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz.example.com/",
      "https://xn--api!.example.com/",
    ],
  },
  {
    rule: "a letter in a case or form that IDNA maps is refused",
    entry: "https://b\u00fccher.example/*",
    urls: ["https://B\u00dcCHER.example/", "https://bu\u0308cher.example/", "https://\uff42\u00fccher.example/"],
  },
  {
    rule: "a trailing dot is refused",
    entry,
    cve: "CVE-2022-30115",
    urls: ["https://api.example.com./", "https://api.example.com../", "https://api.example.com.:443/", "https://./"],
  },
  {
    rule: "an empty label is refused",
    entry,
    urls: ["https://api..example.com/", "https://.api.example.com/"],
  },
  {
    rule: "a host longer than DNS can hold is refused",
    entry,
    cve: "CVE-2024-24806",
    urls: [
      `https://${"a".repeat(64)}.api.example.com/`,
      `https://${"a.".repeat(125)}com1/`,
      `https://${"0x7f000001.".repeat(24)}example.com/`,
    ],
  },
]);
