import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createHookRuntime, HttpFailure, type Client, type ClientOptions, type HookRuntime } from "../../host/index.ts";
import { createOutbound, type Outbound, type OutboundHook } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { Decision } from "../../host/policy/decision.ts";
import { startDnsServer, type DnsServer } from "../support/dns.ts";
import { ok, send } from "../support/outbound.ts";
import { startRawServer, type RawServer } from "../support/raw-server.ts";
import { createAuthority } from "../support/tls.ts";

// What is ruled on is what leaves: a raw server sees the request line and the Host field as they came.

const HOSTS = ["api.example.com", "xn--bcher-kva.example.com", "a_b.example.com", "b.api.example.com", "example.com"];
const PORTS = [443, 8443, 65535];
const ENTRIES = [
  "https://api.example.com/*",
  "https://api.example.com:8443/v1/*/items",
  "https://bücher.example.com/é/*",
  "https://a_b.example.com:65535/group%2Fproject/*",
];
const OPTIONS: ClientOptions = {
  headers: [],
  body: undefined,
  authorization: undefined,
  timeout: undefined,
  responseType: "auto",
};
const allowlist = Allowlist.compile(ENTRIES);

let server: RawServer;
/** The server name of the connection that the last request came on. */
let servername: string | false | null;
let dns: DnsServer;
let outbound: Outbound;
let hook: OutboundHook;
let runtime: HookRuntime;
let client: Client;

beforeAll(async () => {
  const authority = await createAuthority();
  server = await startRawServer(await authority.issue(HOSTS), (socket) => {
    servername = socket.servername;
    socket.write(ok("hello"));
  });
  dns = await startDnsServer(() => []);
  // Every host and port of the generators is the server, so that whatever leaves is seen.
  const resolve = HOSTS.flatMap((host) => PORTS.map((port) => `${host}:${port}:127.0.0.1:${server.port}`));
  const development = { resolve, ca: authority.ca };
  outbound = createOutbound({ dnsServers: [dns.address], development });
  hook = outbound.openHook({ name: "wire", allowlist });
  runtime = await createHookRuntime({ permissions: { http: ENTRIES }, development });
  client = await runtime.client();
});
afterAll(async () => {
  await runtime.close();
  await outbound.close();
  await server.close();
  await dns.close();
});

const scheme = fc.oneof(
  { weight: 20, arbitrary: fc.constant("https://") },
  { weight: 1, arbitrary: fc.constantFrom("http://", "HTTPS://", "https:/", "https:///", "//") },
);
const place = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      "api.example.com/",
      "api.example.com:443/",
      "API.Example.com/v1/",
      "api.example.com:8443/v1/a/items",
      "api.example.com:8443/v1/",
      "bücher.example.com/é/",
      "BÜCHER.example.com/%C3%A9/",
      "xn--bcher-kva.example.com/%c3%a9/",
      "a_b.example.com:65535/group%2Fproject/",
      "a_b.example.com:65535/group%2fproject/",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "api.example.com",
      "api.example.com.",
      "api.example.com:",
      "api.example.com:0443/",
      "api.example.com:65535/",
      "api.example.com@example.com/",
      "example.com@api.example.com/",
      "example.com#@api.example.com/",
      "api.example.com%2eexample.com/",
      "api.example.com\\@example.com/",
      "ａpi.example.com/",
      "b.api.example.com/",
      "example.com/",
      "127.0.0.1/",
      "[::1]/",
    ),
  },
);
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "v1", "items", "A~b-c_d", "a;b=c", "a:b@c", "!$&'()*+,=", '|^`{}[]"<>'),
  },
  { weight: 2, arbitrary: fc.constantFrom("/", ".", "..", "...", "%2e", "%2E%2E", "..;a", "//", "\\") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("%41", "%7e", "%2F", "%2f", "%20", "%25", "%2541", "%3F", "%23", "%", "%zz"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("%5C", "%00", "%0D%0A", "%C3%A9", "%c0%ae", "é", "日本", "\u202e", "😀", "%F0%9F%98%80"),
  },
  { weight: 1, arbitrary: fc.constantFrom(" ", "\t", "\r\n", "\0", "\x7f", "\u0085", "\ud800", "\ufeff", "\u3000") },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
);
const path = fc
  .array(fc.tuple(piece, fc.constantFrom("", "", "/")), { maxLength: 5 })
  .map((parts) => parts.flat().join(""));
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(piece, fc.constantFrom("?", "&", "=", "+", "'", "%27", "../")), { maxLength: 5 })
      .map((parts) => `?${parts.join("")}`),
  },
);
const fragment = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom("#", "#a", "#?a", "#/../", "##") },
);
const urls = fc.tuple(scheme, place, path, query, fragment).map((parts) => parts.join(""));

/** The URL that a server reads out of a request: its Host field, which must stand alone, and its target. */
function urlOnTheWire(request: string): string {
  const [line = "", ...fields] = request.slice(0, request.indexOf("\r\n\r\n")).split("\r\n");
  const hosts = fields.filter((field) => /^host:/i.test(field));
  expect(hosts).toHaveLength(1);
  const target = /^GET (\/[\x21-\x7e]*) HTTP\/1\.1$/.exec(line)?.[1];
  return `https://${hosts[0]?.replace(/^host: /i, "")}${target}`;
}

/** What any URL parser of the WHATWG reads. */
function withoutFragment(url: URL): string {
  url.hash = "";
  return url.href;
}

const ruled = { allowed: 0, denied: 0 };
beforeEach(() => {
  ruled.allowed = 0;
  ruled.denied = 0;
});

type Send = (url: string) => Promise<number | HttpFailure>;

/** Proves the rule for one URL, and counts how it was ruled on. */
async function prove(url: string, decision: Decision, call: Send): Promise<void> {
  const { connections, requests } = server;
  const before = requests.length;
  const outcome = await call(url);
  if (decision.target !== undefined) {
    ruled.allowed++;
    expect(outcome).toBe(200);
    expect(requests.length).toBe(before + 1);
    const arrived = urlOnTheWire(requests.at(-1) ?? "");
    expect(arrived).toBe(decision.canonical);
    expect(arrived).toBe(withoutFragment(new URL(url)));
    expect(servername).toBe(decision.target.hostname);
  } else {
    ruled.denied++;
    expect(outcome).toMatchObject({ code: decision.code, requestMayHaveBeenSent: false });
    expect(requests.length).toBe(before);
    expect(server.connections).toBe(connections);
  }
}

/** A generator whose URLs all go one way would prove nothing. */
function expectBothWays(runs: number): void {
  expect(Math.min(ruled.allowed, ruled.denied)).toBeGreaterThan(runs / 20);
}

test("what may leave arrives byte for byte as it was ruled on, and what may not opens no socket", async () => {
  const call: Send = (url) =>
    send(hook, { url }).then(
      ({ status }) => status,
      (error: HttpFailure) => error,
    );
  await fc.assert(
    fc.asyncProperty(urls, (url) => prove(url, allowlist.check(url), call)),
    { numRuns: 4000 },
  );
  expectBothWays(4000);
  expect(dns.questions).toEqual([]);
});

test("through the Http component, too", async () => {
  const call: Send = async (url) => {
    const end = await client.call("GET", url, undefined, OPTIONS);
    return end instanceof HttpFailure ? end : end.status;
  };
  await fc.assert(
    // A string crosses the boundary as UTF-8, which has no half of a surrogate pair.
    fc.asyncProperty(urls, (url) => prove(url, allowlist.check(url.toWellFormed()), call)),
    { numRuns: 1000 },
  );
  expectBothWays(1000);
});
