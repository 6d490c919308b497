import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { HookError } from "../../host/errors.ts";
import type { RunOptions } from "../../host/index.ts";
import { ServeKey } from "../../host/serve/key.ts";
import { Metrics } from "../../host/serve/metrics.ts";
import { type EventRecord, HookServer, type HookServerOptions } from "../../host/serve/server.ts";

const KEY = "a-key-of-more-than-22-characters";

let server: HookServer;
let port: number;
let events: EventRecord[];
afterEach(() => server.stop());

type Run = (event: unknown, options: RunOptions) => Promise<unknown>;

async function open(run: Run, options: Partial<HookServerOptions> = {}): Promise<void> {
  events = [];
  const hook = { run: (event?: unknown, given: RunOptions = {}): Promise<unknown> => run(event, given) };
  server = new HookServer({
    hooks: new Map([["customers", hook]]),
    key: undefined,
    limits: { events: 10, eventsPerTenant: 5, eventBytes: 100 },
    metrics: new Metrics(),
    onEvent: (record) => events.push(record),
    ...options,
  });
  ({ port } = await server.listen("127.0.0.1", 0));
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

function send({ method = "POST", path = "/hooks/customers", headers = {}, body = "{}" }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port,
      method,
      path,
      headers: { "content-type": "application/json", ...headers },
      agent: false,
    });
    request.on("error", reject);
    request.on("response", async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    });
    request.end(method === "GET" ? undefined : body);
  });
}

async function problemOf(reply: Promise<Reply>): Promise<unknown> {
  const { status, headers, body } = await reply;
  expect(headers["content-type"]).toBe("application/problem+json");
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(problem["status"]).toBe(status);
  expect(problem["instance"]).toBe(`urn:uuid:${headers["backfill-event"]}`);
  return [status, String(problem["type"]).replace("urn:backfill:problem:", "")];
}

test("an event goes in and its result comes out, as JSON", async () => {
  await open(async (event) => ({ seen: event }));
  const reply = await send({ body: '{"id":1}' });
  expect([reply.status, reply.headers["content-type"], reply.body]).toEqual([
    200,
    "application/json",
    '{"seen":{"id":1}}',
  ]);
  expect(events).toMatchObject([{ hook: "customers", connection: "default", status: 200, problem: undefined }]);
  expect(reply.headers["backfill-event"]).toBe(events[0]?.id);
});

test("no body is the event null, and undefined is the result null", async () => {
  await open(async (event) => (event === null ? undefined : "other"));
  expect((await send({ body: "" })).body).toBe("null");
});

test("the field Backfill-Connection names the connection", async () => {
  await open(async (_, { connection }) => connection);
  expect((await send({ headers: { "backfill-connection": "customer-17" } })).body).toBe('"customer-17"');
  expect(await problemOf(send({ headers: { "backfill-connection": "a b" } }))).toEqual([400, "invalid-connection"]);
});

test.each([
  ["BACKFILL_HOOK_TRAPPED", 500, "hook-trapped"],
  ["BACKFILL_HOOK_FAILED", 500, "hook-failed"],
  ["BACKFILL_HOOK_ABI", 500, "hook-abi"],
  ["BACKFILL_HOOK_DEADLINE", 504, "hook-deadline"],
  ["BACKFILL_HOOK_CANCELLED", 503, "hook-cancelled"],
  ["BACKFILL_HOOK_BUSY", 503, "hook-busy"],
  ["BACKFILL_HOOK_LOST", 500, "hook-lost"],
] as const)("an event that ends with %s is answered %d %s", async (code, status, type) => {
  await open(() => Promise.reject(new HookError(code, "it ended so")));
  expect(await problemOf(send())).toEqual([status, type]);
  expect(JSON.parse((await send()).body)).toMatchObject({ detail: "it ended so" });
});

test("an event for which the queue has no room may come again in a second", async () => {
  await open(() => Promise.reject(new HookError("BACKFILL_HOOK_BUSY", "it is full")));
  expect((await send()).headers["retry-after"]).toBe("1");
});

test("a fault of the host tells the caller nothing of itself, and the log everything", async () => {
  await open(() => Promise.reject(new Error("the secret path /etc/keys")));
  const reply = await send();
  expect([reply.status, reply.body.includes("/etc/keys")]).toEqual([500, false]);
  expect(events[0]?.cause).toMatchObject({ message: "the secret path /etc/keys" });
});

test.each<[what: string, sent: Sent, status: number, type: string]>([
  ["another path", { path: "/hooks/other" }, 404, "no-such-hook"],
  ["a path with more", { path: "/hooks/customers/x" }, 404, "no-such-hook"],
  ["a member of every object", { path: "/hooks/constructor" }, 404, "no-such-hook"],
  ["another method", { method: "GET" }, 405, "method-not-allowed"],
  ["no JSON", { body: "{" }, 400, "not-json"],
  ["no UTF-8", { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, "not-json"],
  ["a form, as a browser sends it unasked", { headers: { "content-type": "text/plain" } }, 415, "not-json"],
  ["one byte over the limit", { body: `"${"x".repeat(99)}"` }, 413, "event-too-large"],
])("%s is refused", async (_, sent, status, type) => {
  await open(async () => "result");
  expect(await problemOf(send(sent))).toEqual([status, type]);
});

test("an event of exactly the limit runs, and one over it that names no length is refused", async () => {
  await open(async () => "result");
  expect((await send({ body: `"${"x".repeat(98)}"` })).status).toBe(200);
  const sent = { headers: { "transfer-encoding": "chunked" }, body: `"${"x".repeat(99)}"` };
  expect(await problemOf(send(sent))).toEqual([413, "event-too-large"]);
});

test("with a key, whoever does not show it is refused, and health needs none", async () => {
  await open(async () => "result", { key: new ServeKey(KEY) });
  for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${KEY}`, `Bearer ${KEY}x`, `Bearer x ${KEY}`]) {
    expect(await problemOf(send({ headers: { authorization } }))).toEqual([401, "no-key"]);
    expect((await send({ method: "GET", path: "/metrics", headers: { authorization } })).status).toBe(401);
  }
  expect((await send({ headers: { authorization: `Bearer ${KEY}`, host: "hooks.example.com" } })).status).toBe(200);
  for (const path of ["/healthz", "/readyz"]) expect((await send({ method: "GET", path })).status).toBe(200);
});

test("without a key, a request by any name but a loopback one is refused: a page could have made it", async () => {
  await open(async () => "result");
  for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1"]) {
    expect((await send({ headers: { host } })).status, host).not.toBe(200);
  }
  for (const host of ["localhost", `localhost:${port}`, "127.0.0.1", `127.1.2.3:${port}`, "[::1]:80"]) {
    expect((await send({ headers: { host } })).status, host).toBe(200);
  }
});

test("a connection that has as many events under way as it may is answered 429, and another is not", async () => {
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await open(() => held, { limits: { events: 3, eventsPerTenant: 2, eventBytes: 100 } });
  const one = { headers: { "backfill-connection": "one" } };
  const first = [send(one), send(one)];
  await underWay(2);
  expect(await problemOf(send(one))).toEqual([429, "too-many-events"]);
  const third = send({ headers: { "backfill-connection": "two" } });
  await underWay(3);
  expect(await problemOf(send({ headers: { "backfill-connection": "three" } }))).toEqual([503, "overloaded"]);
  goOn();
  expect((await Promise.all([...first, third])).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await send(one)).status).toBe(200);
});

async function underWay(events: number): Promise<void> {
  for (;;) {
    const { body } = await send({ method: "GET", path: "/metrics" });
    if (body.includes(`backfill_events_in_flight ${events}\n`)) return;
  }
}

test("a stop answers the events under way, takes no more, and keeps no connection", async () => {
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await open(() => held);
  const idle = connect(port, "127.0.0.1");
  await new Promise((resolve) => idle.once("connect", resolve));
  const under = [send(), send()];
  await underWay(2);
  const stopped = server.stop();
  await expect(send()).rejects.toThrow(/ECONNREFUSED/);
  goOn();
  expect((await Promise.all(under)).map(({ status }) => status)).toEqual([200, 200]);
  await stopped;
  idle.destroy();
});

test("a caller that goes away in the middle of an event is no fault of the host", async () => {
  await open(async () => "result");
  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST /hooks/customers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  await underWay(1);
  socket.destroy();
  while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toMatchObject([{ status: 400, problem: "request-aborted", cause: undefined }]);
});

test("metrics count events by hook and outcome, in Prometheus' text format", async () => {
  let fails = false;
  await open(() => (fails ? Promise.reject(new HookError("BACKFILL_HOOK_FAILED", "no")) : Promise.resolve(1)));
  await send();
  fails = true;
  await send();
  const { headers, body } = await send({ method: "GET", path: "/metrics" });
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  for (const line of [
    "# TYPE backfill_events_total counter",
    'backfill_events_total{hook="customers",outcome="ok"} 1',
    'backfill_events_total{hook="customers",outcome="hook-failed"} 1',
    "# TYPE backfill_event_seconds histogram",
    'backfill_event_seconds_bucket{hook="customers",le="+Inf"} 2',
    'backfill_event_seconds_count{hook="customers"} 2',
    "# TYPE backfill_events_in_flight gauge",
    "backfill_events_in_flight 0",
  ]) {
    expect(body.split("\n")).toContain(line);
  }
});
