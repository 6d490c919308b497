import type { HeaderCase } from "./case.ts";
import { headers } from "./case.ts";

/** Fields that say where a message ends or what becomes of the connection. */
export const framingHeaders: readonly HeaderCase[] = headers("forbidden-header", [
  {
    rule: "the guest does not frame the message",
    cve: "CVE-2022-32213",
    fields: [
      ["Content-Length", "0"],
      ["content-length", "5"],
      ["CONTENT-LENGTH", "+5"],
      ["Transfer-Encoding", "chunked"],
      ["transfer-encoding", "identity"],
      ["TE", "trailers"],
      ["Trailer", "x-a"],
      ["Expect", "100-continue"],
    ],
  },
  {
    rule: "the guest does not rule the connection",
    cve: "CVE-2022-31813",
    fields: [
      ["Connection", "close"],
      ["connection", "x-forwarded-for"],
      ["Keep-Alive", "timeout=5"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"],
      ["Proxy-Connection", "keep-alive"],
      ["Proxy-Authorization", "Basic eDp5"],
      ["proxy-anything", "a"],
    ],
  },
  {
    rule: "an underscore stands for a hyphen",
    cve: "CVE-2015-0219",
    fields: [
      ["Content_Length", "5"],
      ["transfer_encoding", "chunked"],
      ["X_Original_URL", "/admin"],
      ["proxy_connection", "close"],
    ],
  },
  {
    rule: "the host asks for the content coding",
    fields: [
      ["Accept-Encoding", "gzip"],
      ["accept-encoding", "identity, gzip"],
      ["accept-encoding", "identity;q=0"],
      ["accept-encoding", ""],
      ["accept-encoding", " "],
      ["accept-encoding", "\u00a0identity"],
      ["accept-encoding", "*"],
    ],
  },
]);
