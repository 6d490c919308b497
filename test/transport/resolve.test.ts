import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../host/errors.ts";
import type { Outbound, OutboundHook } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { systemPlaces } from "../../host/transport/resolve.ts";
import type { DnsServer, Zone } from "../support/dns.ts";
import { startDnsServer } from "../support/dns.ts";
import { HOST, failureOf, ok, openHook, send, textOf } from "../support/outbound.ts";
import type { RawServer } from "../support/raw-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import type { TestAuthority } from "../support/tls.ts";
import { createAuthority } from "../support/tls.ts";

let authority: TestAuthority;
let server: RawServer;
let dns: DnsServer;
beforeAll(async () => {
  authority = await createAuthority();
  server = await startRawServer(await authority.issue([HOST]), (socket) => socket.write(ok("hello")));
  dns = await startDnsServer(() => []);
});
afterAll(async () => {
  await server.close();
  await dns.close();
});

/** One call to the server's own port, with the name answered by a zone. */
async function withZone<T>(
  zone: Zone,
  internalHosts: readonly string[],
  call: (hook: OutboundHook, url: string, outbound: Outbound) => Promise<T>,
): Promise<T> {
  dns.zone = zone;
  const outbound: Outbound = createOutbound({
    dnsServers: [dns.address],
    internalHosts,
    development: { ca: authority.ca },
  });
  try {
    return await call(openAt(outbound, HOST), urlAt(HOST), outbound);
  } finally {
    await outbound.close();
  }
}

function openAt(outbound: Outbound, ...names: readonly string[]): OutboundHook {
  return outbound.openHook({ name: "dns", allowlist: Allowlist.compile(names.map((name) => `${urlAt(name)}*`)) });
}

function urlAt(name: string): string {
  return `https://${name}:${server.port}/`;
}

const only =
  (v4: readonly string[], v6: readonly string[] = []): Zone =>
  (_name, type) =>
    type === "A" ? v4 : v6;

test.each([
  ["a loopback address", only(["127.0.0.1"])],
  ["a private address", only(["10.0.0.1"])],
  ["the metadata address", only(["169.254.169.254"])],
  ["a shared address", only(["100.64.0.1"])],
  ["a public and then a private address", only(["93.184.215.14", "192.168.0.1"])],
  ["a private and then a public address", only(["192.168.0.1", "93.184.215.14"])],
  ["a public IPv4 and a loopback IPv6 address", only(["93.184.215.14"], ["::1"])],
  ["a mapped loopback address", only([], ["0:0:0:0:0:ffff:7f00:1"])],
  ["a unique local address", only([], ["fd00::1"])],
  ["a NAT64 form of a private address", only([], ["64:ff9b::a00:1"])],
  ["a 6to4 form of a private address", only([], ["2002:a00:1::"])],
])("a name with %s is address-prohibited, and nothing is dialled", async (_title, zone) => {
  const { connections } = server;
  const failure = await withZone(zone, [], (hook, url) => failureOf(send(hook, { url })));
  expect(failure).toMatchObject({
    code: "address-prohibited",
    phase: "dns",
    requestMayHaveBeenSent: false,
  });
  expect(failure.message).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  expect(server.connections).toBe(connections);
});

test("a host of internalHosts may have a private address", async () => {
  const response = await withZone(only(["127.0.0.1"]), [HOST], (hook, url) => send(hook, { url }));
  expect(textOf(response)).toBe("hello");
});

test("a name is looked up once a connection, and what was looked up is dialled", async () => {
  const asked = dns.questions.length;
  let answers = 0;
  const changing: Zone = (_name, type) => (type === "AAAA" ? [] : [answers++ === 0 ? "127.0.0.1" : "127.0.0.9"]);
  await withZone(changing, [HOST], async (hook, url) => {
    await send(hook, { url });
    await send(hook, { url });
  });
  expect(dns.questions.slice(asked).toSorted()).toEqual([`${HOST} A`, `${HOST} AAAA`]);
});

/** The names that were asked for since, A and AAAA together. */
function namesAsked(since: number): readonly string[] {
  return [...new Set(dns.questions.slice(since).map((question) => question.split(" ")[0] ?? ""))];
}

test("calls that wait for one name share its look-up, in every hook, and later ones look it up again", async () => {
  const asked = dns.questions.length;
  await withZone(only(["127.0.0.1"]), [HOST], async (hook, url, outbound) => {
    const other = openAt(outbound, HOST);
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(index % 2 === 0 ? hook : other, { url })),
    );
    expect(responses.map(textOf)).toEqual(Array.from({ length: 20 }, () => "hello"));
    expect(dns.questions.length).toBe(asked + 2);
    await send(openAt(outbound, HOST), { url });
    expect(dns.questions.length).toBe(asked + 4);
  });
});

test("a look-up that outlives its calls is shared by later ones", async () => {
  const asked = dns.questions.length;
  await withZone(
    () => "silent",
    [],
    async (hook, url) => {
      for (let i = 0; i < 20; i++) {
        expect(await failureOf(send(hook, { url, timeout: 3 }))).toMatchObject({ code: "timeout", phase: "dns" });
      }
      expect(namesAsked(asked)).toEqual([HOST]);
      expect(dns.questions.length).toBe(asked + 2);
    },
  );
});

test("names that never answer hold up their own hook, and no other one", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `n${index}.example.com`);
  const asked = dns.questions.length;
  const zone: Zone = (name, type) => (name === HOST ? only(["127.0.0.1"])(name, type) : "silent");
  await withZone(zone, [HOST], async (hook, url, outbound) => {
    const hostile = openAt(outbound, ...names);
    const stuck = names.map((name) => failureOf(send(hostile, { url: urlAt(name), timeout: 500 })));
    expect(textOf(await send(hook, { url }))).toBe("hello");
    for (const failure of await Promise.all(stuck)) expect(failure).toMatchObject({ code: "timeout", phase: "dns" });
    expect(namesAsked(asked).length).toBe(1 + 16);
    expect(textOf(await send(openAt(outbound, HOST), { url }))).toBe("hello");
  });
});

test("a call that waits to look up is answered by another hook's look-up of its name", async () => {
  const names = Array.from({ length: 16 }, (_, index) => `s${index}.example.com`);
  const zone: Zone = (name, type) => (name === HOST ? only(["127.0.0.1"])(name, type) : "silent");
  await withZone(zone, [HOST], async (hook, url, outbound) => {
    const busy = openAt(outbound, HOST, ...names);
    const stuck = names.map((name) => failureOf(send(busy, { url: urlAt(name), timeout: 500 })));
    const waiting = send(busy, { url });
    expect(textOf(await send(hook, { url }))).toBe("hello");
    expect(textOf(await waiting)).toBe("hello");
    await Promise.all(stuck);
  });
});

test.each([
  [undefined, 2, 1],
  ["1", 1, 1],
  ["4", 2, 1],
  ["16", 8, 4],
  ["0", 1, 1],
  ["-3", 1, 1],
  ["many", 1, 1],
  ["5000", 512, 256],
])("with %s threads the system looks up %i names at once, %i for one hook", (threads, total, perHook) => {
  expect(systemPlaces(threads)).toEqual({ total, perHook });
});

test("an address that refuses is followed by the next one", async () => {
  const zone = only(["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
  const response = await withZone(zone, [HOST], (hook, url) => send(hook, { url }));
  expect(textOf(response)).toBe("hello");
});

test("addresses that all refuse are a connection-error", async () => {
  const zone = only(["127.0.0.2", "127.0.0.3"]);
  const failure = await withZone(zone, [HOST], (hook, url) => failureOf(send(hook, { url })));
  expect(failure).toMatchObject({ code: "connection-error", phase: "connect" });
});

test("a name without an address is a dns-error", async () => {
  const failure = await withZone(only([]), [], (hook, url) => failureOf(send(hook, { url })));
  expect(failure).toMatchObject({ code: "dns-error", phase: "dns", detail: "ENODATA" });
});

test("a name server's failure is a dns-error, and the next call asks again", async () => {
  await withZone(
    () => "servfail",
    [HOST],
    async (hook, url) => {
      expect(await failureOf(send(hook, { url }))).toMatchObject({
        code: "dns-error",
        phase: "dns",
      });
      dns.zone = only(["127.0.0.1"]);
      expect(textOf(await send(hook, { url }))).toBe("hello");
    },
  );
});

test("a name that is denied is never looked up", async () => {
  const asked = dns.questions.length;
  const failure = await withZone(only(["93.184.215.14"]), [], (hook) =>
    failureOf(send(hook, { url: "https://secret.example.net/" })),
  );
  expect(failure).toMatchObject({ code: "not-allowed", phase: "policy" });
  expect(dns.questions.length).toBe(asked);
});

test("a mapping is for its host and port alone", async () => {
  const outbound = createOutbound({
    dnsServers: [dns.address],
    development: { resolve: [`${HOST}:444:127.0.0.1:${server.port}`], ca: authority.ca },
  });
  dns.zone = only(["127.0.0.1"]);
  expect(await failureOf(send(openHook(outbound)))).toMatchObject({ code: "address-prohibited" });
  await outbound.close();
});

test("a mapping may name an IPv6 address in brackets, in any spelling", async () => {
  const outbound = createOutbound({
    development: { resolve: [`${HOST}:443:[0:0:0:0:0:0:0:1]:1`] },
  });
  expect(await failureOf(send(openHook(outbound)))).toMatchObject({ code: "connection-error" });
  await outbound.close();
});

test.each([
  "api.example.com",
  "api.example.com:443",
  "api.example.com:443:localhost",
  "api.example.com:443:::1",
  "api.example.com:443:[127.0.0.1]",
  "api.example.com:443:127.0.0.1:0",
  "api.example.com:0:127.0.0.1",
  "api.example.com:65536:127.0.0.1",
  "api.example.com:443:127.0.0.1:65536",
  "api.example.com:443:127.0.0.1:80:80",
  "api.example.com:443:10.0.0.1",
  "api.example.com:443:169.254.169.254",
  "api.example.com:443:0.0.0.0",
  "api.example.com.:443:127.0.0.1",
  "*:443:127.0.0.1",
  "127.0.0.1:443:127.0.0.1",
])("the mapping %s is refused", (mapping) => {
  expect(() => createOutbound({ development: { resolve: [mapping] } })).toThrow(ConfigError);
});

test("a host and port that is mapped twice is refused", () => {
  const resolve = ["api.example.com:443:127.0.0.1", "API.example.com:443:127.0.0.2"];
  expect(() => createOutbound({ development: { resolve } })).toThrow("development.resolve[1]");
});

test("name servers and authorities that cannot be used are refused", () => {
  expect(() => createOutbound({ dnsServers: [] })).toThrow("dnsServers");
  expect(() => createOutbound({ dnsServers: ["dns.example.com"] })).toThrow("dnsServers");
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  for (const ca of ["no certificate", broken, `${authority.ca}\n${broken}`]) {
    expect(() => createOutbound({ development: { ca } })).toThrow("development.ca");
  }
  expect(() => createOutbound({ internalHosts: ["10.0.0.1"] })).toThrow("internalHosts[0]");
});
