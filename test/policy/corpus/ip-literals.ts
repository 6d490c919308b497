import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/*";

/** Addresses in the spellings that some resolver takes. */
export const ipLiterals: readonly UrlCase[] = invalid([
  {
    rule: "an IPv4 address is refused",
    entry,
    urls: [
      "https://127.0.0.1/",
      "https://169.254.169.254/latest/meta-data/",
      "https://8.8.8.8/",
      "https://10.0.0.1:8443/",
    ],
  },
  {
    rule: "a short IPv4 address is refused",
    entry,
    cve: "CVE-2024-29415",
    urls: ["https://127.1/", "https://127.0.1/", "https://0/", "https://10.1/"],
  },
  {
    rule: "a hexadecimal IPv4 address is refused",
    entry,
    cve: "CVE-2023-42282",
    urls: ["https://0x7f.1/", "https://0x7f000001/", "https://0X7F.0.0.1/", "https://127.0.0.0x1/", "https://0x/"],
  },
  {
    rule: "an octal IPv4 address is refused",
    entry,
    cve: "CVE-2021-28918",
    urls: ["https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.01/", "https://010.8.8.8/"],
  },
  {
    rule: "an IPv4 address as one number is refused",
    entry,
    urls: ["https://2130706433/", "https://2852039166/", "https://4294967296/"],
  },
  {
    rule: "an IPv4 address with a trailing dot or in other digits is refused",
    entry,
    urls: [
      "https://127.0.0.1./",
      "https://\uff11\uff12\uff17.0.0.1/",
      "https://\u2460\u2461\u2466.0.0.1/",
      "https://127\u30020\u30020\u30021/",
      "https://%31%32%37.0.0.1/",
    ],
  },
  {
    rule: "a host whose last label is a number is refused, though it is no address",
    entry,
    urls: [
      "https://1.2.3.4.5/",
      "https://256.256.256.256/",
      "https://api.example.1/",
      "https://api.example.0x1/",
      "https://api.09/",
    ],
  },
  {
    rule: "an IPv6 address is refused in every form",
    entry,
    cve: "CVE-2021-29923",
    urls: [
      "https://[::1]/",
      "https://[::]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[::ffff:7f00:1]/",
      "https://[0:0:0:0:0:0:0:1]:443/",
      "https://[fe80::1%25eth0]/",
      "https://[64:ff9b::7f00:1]/",
      "https://[2606:4700::1111]/",
      "https://[v1.x]/",
      "https://[::1/",
      "https://::1/",
      "https://2606:4700::1111/",
      "https://[]/",
    ],
  },
]);
