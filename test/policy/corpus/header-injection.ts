import type { HeaderCase } from "./case.ts";
import { headers } from "./case.ts";

/** Names and values that end a field early, or become another one on the wire. */
export const headerInjection: readonly HeaderCase[] = headers("invalid-header", [
  {
    rule: "a line break in a value is refused",
    cve: "CVE-2016-5699",
    fields: [
      ["x-a", "a\r\nhost: evil.example"],
      ["x-a", "a\nx-b: c"],
      ["x-a", "a\rx-b: c"],
      ["x-a", "a\r\n\r\nGET / HTTP/1.1"],
      ["x-a", "\r\n"],
      ["x-a", "a\n"],
      ["content-type", "text/plain\r\nx-b: c"],
    ],
  },
  {
    rule: "a character above U+00FF, which truncation turns into another, is refused",
    cve: "CVE-2016-2216",
    fields: [
      ["x-a", "a\u010d\u010ab: c"],
      ["x-a", "a\u560d\u560ab: c"],
      ["x-a", "a\u0100"],
      ["x-a", "\u20ac"],
      ["x-a", "\ud83d\ude00"],
      ["x-a", "\ud800"],
      ["x-a", "a\u2028b"],
    ],
  },
  {
    rule: "a control character in a value is refused",
    fields: [
      ["x-a", "a\u0000b"],
      ["x-a", "a\u0008b"],
      ["x-a", "a\u000bb"],
      ["x-a", "a\u000cb"],
      ["x-a", "a\u001fb"],
      ["x-a", "a\u007fb"],
    ],
  },
  {
    rule: "a name is a token",
    cve: "CVE-2019-9947",
    fields: [
      ["", "a"],
      ["x a", "a"],
      ["x-a ", "a"],
      [" x-a", "a"],
      ["x-a:", "a"],
      ["x-a: b\r\nx-c", "a"],
      ["x-a\n", "a"],
      ["x-a\r\n", "a"],
      ["x-a\u0000", "a"],
      ["x-a\t", "a"],
      ["x(a)", "a"],
      ["x/a", "a"],
      ["x@a", "a"],
      ["x[a]", "a"],
      ["{x}", "a"],
      ['"x"', "a"],
      ["x,a", "a"],
      ["x;a", "a"],
      ["x=a", "a"],
      ["x?a", "a"],
      ["x\\a", "a"],
      ["x<a>", "a"],
    ],
  },
  {
    rule: "a name is ASCII before it is lower-cased",
    fields: [
      ["\u212aeep-alive", "timeout=5"],
      ["ho\u017ft", "evil.example"],
      ["tran\u017ffer-encoding", "chunked"],
      ["x-\u00e9", "a"],
      ["x-a\u0100", "a"],
      ["\uff28ost", "evil.example"],
      ["h\u0130st", "evil.example"],
    ],
  },
]);
