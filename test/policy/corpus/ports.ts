import type { UrlCase } from "./case.ts";
import { invalid, unmatched } from "./case.ts";

const entry = "https://api.example.com/*";

/** Ports that are another, or that parsers read in more than one way. */
export const ports: readonly UrlCase[] = [
  ...unmatched([
    {
      rule: "the port is the entry's",
      entry,
      urls: [
        "https://api.example.com:8443/",
        "https://api.example.com:80/",
        "https://api.example.com:444/",
        "https://api.example.com:65535/",
      ],
    },
    {
      rule: "an entry with a port allows no other",
      entry: "https://api.example.com:8443/*",
      urls: ["https://api.example.com/", "https://api.example.com:443/", "https://api.example.com:84/"],
    },
  ]),
  ...invalid([
    {
      rule: "a port that is not in canonical decimal form is refused",
      entry,
      cve: "CVE-2022-0686",
      urls: [
        "https://api.example.com:/",
        "https://api.example.com:",
        "https://api.example.com:0443/",
        "https://api.example.com:00443/",
        "https://api.example.com:0/",
        "https://api.example.com:+443/",
        "https://api.example.com:-1/",
        "https://api.example.com:0x1bb/",
        "https://api.example.com:443.0/",
        "https://api.example.com:4e2/",
        "https://api.example.com:65536/",
        "https://api.example.com:65979/",
        "https://api.example.com:4294967739/",
        "https://api.example.com:443:443/",
        "https://api.example.com::443/",
        "https://api.example.com:\uff14\uff14\uff13/",
        "https://api.example.com:443a/",
        "https://api.example.com:*/",
      ],
    },
  ]),
];
