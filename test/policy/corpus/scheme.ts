import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/*";

/** URLs that do not spell `https://`. */
export const scheme: readonly UrlCase[] = invalid([
  {
    rule: "another scheme is refused",
    entry,
    urls: [
      "http://api.example.com/",
      "ws://api.example.com/",
      "wss://api.example.com/",
      "ftp://api.example.com/",
      "file:///etc/passwd",
      "data:text/plain,x",
      "javascript:fetch('https://api.example.com/')",
      "blob:https://api.example.com/x",
      "gopher://api.example.com/",
      "httpss://api.example.com/",
      "xhttps://api.example.com/",
      "view-source:https://api.example.com/",
    ],
  },
  {
    rule: "slashes too few or too many after the scheme are refused",
    entry,
    cve: "CVE-2021-27515",
    urls: [
      "https:api.example.com/",
      "https:/api.example.com/",
      "https:///api.example.com/",
      "https:////api.example.com/",
    ],
  },
  {
    rule: "a relative URL is refused",
    entry,
    urls: [
      "",
      "/",
      "/v1/a",
      "v1/a",
      "//api.example.com/",
      "?a",
      "#a",
      "api.example.com",
      "api.example.com/v1/a",
      "api.example.com:443/",
    ],
  },
  {
    rule: "https:// is spelt in lower case",
    entry,
    urls: [
      "HTTPS://api.example.com/",
      "Https://api.example.com/",
      "http\u017f://api.example.com/",
      "\uff48ttps://api.example.com/",
    ],
  },
]);
