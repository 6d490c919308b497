import type { HeaderCase } from "./case.ts";
import { headers } from "./case.ts";

/** Fields that make a server see another host, path or method than was matched. */
export const routingHeaders: readonly HeaderCase[] = headers("forbidden-header", [
  {
    rule: "the host is the matched URL's",
    fields: [
      ["Host", "evil.example"],
      ["host", "api.example.com"],
      ["HOST", ""],
      [":authority", "evil.example"],
      [":path", "/admin"],
      [":method", "DELETE"],
      [":", "a"],
      ["X-Forwarded-Host", "evil.example"],
      ["x-forwarded-prefix", "/admin"],
      ["X-Forwarded-Uri", "/admin"],
      ["Forwarded", "host=evil.example"],
    ],
  },
  {
    rule: "the path is the matched URL's",
    cve: "CVE-2018-14773",
    fields: [
      ["X-Original-URL", "/admin"],
      ["x-rewrite-url", "/admin"],
    ],
  },
  {
    rule: "the method is the request's",
    fields: [
      ["X-HTTP-Method-Override", "DELETE"],
      ["x-http-method", "DELETE"],
      ["X-Method-Override", "DELETE"],
    ],
  },
  {
    rule: "a field that a gateway takes for a proxy setting is refused",
    cve: "CVE-2016-5385",
    fields: [["Proxy", "evil.example:8080"]],
  },
]);
