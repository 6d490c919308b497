import type { UrlCase } from "./case.ts";
import { unmatched } from "./case.ts";

const entry = "https://api.example.com/*";

/** Hosts that a prefix, suffix or substring comparison takes for the entry's. */
export const hosts: readonly UrlCase[] = unmatched([
  {
    rule: "a host that only begins with the entry's is another host",
    entry,
    urls: [
      "https://api.example.com.evil.example/",
      "https://api.example.community/",
      "https://api.example.com-evil.example/",
      "https://api.example.comx/",
      "https://api.example.com.br/",
      "https://api.example.co/",
    ],
  },
  {
    rule: "a host that only ends with the entry's is another host",
    entry,
    urls: [
      "https://evilapi.example.com/",
      "https://evil-api.example.com/",
      "https://evil.api.example.com/",
      "https://x.y.api.example.com/",
      "https://_api.example.com/",
    ],
  },
  {
    rule: "neither a parent nor a sibling of the entry's host is that host",
    entry,
    urls: ["https://example.com/", "https://www.example.com/", "https://api2.example.com/"],
  },
  {
    rule: "a dot of the entry stands for a dot only",
    entry,
    urls: ["https://apixexample.com/", "https://api-example.com/", "https://api.example-com.evil.example/"],
  },
  {
    rule: "a letter that only looks like the entry's makes another host",
    entry,
    urls: ["https://\u0430pi.example.com/", "https://api.ex\u03b1mple.com/", "https://xn--pi-6kc.example.com/"],
  },
  {
    rule: "the entry's host in a path, query or fragment is no host",
    entry,
    urls: [
      "https://evil.example/https:/api.example.com/",
      "https://evil.example/?https://api.example.com/",
      "https://evil.example/#https://api.example.com/",
      "https://evil.example?@api.example.com/",
      "https://evil.example#@api.example.com/",
    ],
  },
]);
