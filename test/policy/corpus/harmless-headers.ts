import type { HeaderCase } from "./case.ts";
import { headers } from "./case.ts";

/** Fields that hooks really send. */
export const harmlessHeaders: readonly HeaderCase[] = headers(undefined, [
  {
    rule: "a field that is the guest's own may leave",
    fields: [
      ["Authorization", "Bearer token"],
      ["Content-Type", "application/json; charset=utf-8"],
      ["X-Idempotency-Key", "a-1"],
      ["Accept", "*/*"],
      ["Cookie", "a=b; c=d"],
      ["User-Agent", "hook/1.0 (a; b)"],
      ["Hostname", "a"],
      ["X-Host", "a"],
      ["proxyless", "a"],
      ["ter", "a"],
      ["X-Forwarded-For", "192.0.2.1"],
      ["If-None-Match", '"a"'],
      ["!#$%&'*+-.^_`|~09azAZ", "a"],
    ],
  },
  {
    rule: "identity is the one content coding a guest may ask for",
    fields: [
      ["Accept-Encoding", "identity"],
      ["accept-encoding", "IDENTITY"],
      ["accept-encoding", " \tidentity\t "],
    ],
  },
  {
    rule: "white space around a value is no part of it",
    fields: [
      ["x-a", " a"],
      ["x-a", "a "],
      ["x-a", "\ta"],
      ["x-a", "a\t"],
      ["x-a", " "],
    ],
  },
  {
    rule: "a value is HTAB, SP to ~ and the upper half of Latin-1",
    fields: [
      ["x-a", ""],
      ["x-a", "a\tb c"],
      ["x-a", "~ !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}"],
      ["x-a", "\u0080"],
      ["x-a", "caf\u00e9"],
      ["x-a", "\u00ff"],
    ],
  },
]);
