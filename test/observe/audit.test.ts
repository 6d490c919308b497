import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HttpFailure } from "../../host/errors.ts";
import { CALL_CHANNEL, type AuditLine, type CallRecord } from "../../host/index.ts";
import type { OutboundOptions } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { closedPort } from "../support/raw-server.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, ok, openScene, openTo, send } from "../support/outbound.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const ORIGIN = `https://${HOST}`;
const FIELDS = [
  "id",
  "hook",
  "decision",
  "method",
  "origin",
  "template",
  "entry",
  "address",
  "status",
  "failure",
  "auth",
  "milliseconds",
  "phases",
  "requestBytes",
  "responseBytes",
];

let lines: AuditLine[];
let scene: Scene;
const onLine = (line: unknown): void => void lines.push(line as AuditLine);

beforeEach(() => {
  lines = [];
  subscribe(CALL_CHANNEL, onLine);
});
afterEach(async () => {
  unsubscribe(CALL_CHANNEL, onLine);
  await scene.close();
});

async function open(options: OutboundOptions = {}): Promise<void> {
  scene = await openScene(options);
}

test("each call is published once, with every field, also where it has nothing to say", async () => {
  await open();
  await send(scene.hook, { method: "POST", url: `${ORIGIN}/a`, body: Buffer.from("body") });
  await failureOf(send(scene.hook, { url: "http://api.example.com/" }));
  expect(lines.map((line) => Object.keys(line))).toEqual([FIELDS, FIELDS]);
  expect(lines[0]).toMatchObject({
    hook: "test",
    decision: "allowed",
    method: "POST",
    origin: ORIGIN,
    template: "/*",
    entry: `${ORIGIN}/*`,
    address: { ip: "127.0.0.1", port: scene.server.port },
    status: 200,
    failure: undefined,
    auth: undefined,
    requestBytes: 4,
    responseBytes: 5,
  });
  expect(lines[1]).toMatchObject({
    decision: "denied",
    origin: undefined,
    template: undefined,
    address: undefined,
    status: undefined,
    failure: { code: "invalid-url", phase: "policy", detail: undefined },
    phases: {},
  });
});

test("a line and what is in it cannot be changed", async () => {
  await open();
  await send(scene.hook, { authorization: { kind: "bearer", token: "t" } });
  scene.server.answer = (socket) => socket.end();
  await failureOf(send(scene.hook));
  const parts = lines.flatMap((line) => [line, line.phases, line.address, line.auth, line.failure]);
  expect(parts.filter((part) => part !== undefined)).toHaveLength(8);
  expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
});

test("nothing that the hook chose is in a line, but method and origin", async () => {
  await open();
  const hook = scene.outbound.openHook({ name: "test", allowlist: Allowlist.compile([`${ORIGIN}/v1/*/of/*`]) });
  const secret = {
    body: Buffer.from("hidden"),
    headers: ["X-hidden", "hidden"],
    authorization: { kind: "basic", user: "hidden", password: "hidden" },
  } as const;
  await send(hook, { ...secret, url: `${ORIGIN}/v1/hidden/of/hidden?hidden=hidden#hidden` });
  await failureOf(send(hook, { ...secret, url: `${ORIGIN}/hidden/hidden?hidden` }));
  await failureOf(send(hook, { ...secret, url: `https://hidden@${HOST}/hidden` }));
  expect(lines.map(({ template }) => template)).toEqual(["/v1/*/of/*", undefined, undefined]);
  expect(JSON.stringify(lines)).not.toContain("hidden");
});

test("the record has the path and the entry that is missing beside what the line has", async () => {
  const records: CallRecord[] = [];
  await open({ onCall: (record) => records.push(record) });
  await send(scene.hook, { url: `${ORIGIN}/a?b` });
  await failureOf(send(scene.hook, { url: "https://other.example.com/a?b" }));
  await failureOf(send(scene.hook, { url: `${ORIGIN}//a` }));
  expect(records).toEqual([
    { ...lines[0], host: HOST, path: "/a", suggestion: undefined },
    { ...lines[1], host: "other.example.com", path: "/a", suggestion: "https://other.example.com/a" },
    { ...lines[2], host: undefined, path: undefined, suggestion: undefined },
  ]);
});

test("a call that the policy never saw is refused, one that was too long for it is denied", async () => {
  await open({ limits: { callsPerEvent: 3 } });
  const event = scene.hook.beginEvent();
  const refusal = (code: "too-large" | "invalid-url", phase: "validate" | "policy"): HttpFailure =>
    event.refused("PUT", new HttpFailure({ code, phase, message: "too long" }));
  refusal("too-large", "validate");
  refusal("invalid-url", "policy");
  await failureOf(send(scene.hook, { timeout: 0 }));
  await failureOf(send(scene.hook, { headers: ["Host", "evil.example"] }));
  expect(lines.map(({ decision, failure }) => [decision, failure?.code])).toEqual([
    ["refused", "too-large"],
    ["denied", "invalid-url"],
    ["refused", "invalid-request"],
    ["allowed", "forbidden-header"],
  ]);
});

test("no two calls have the same id, in whichever process", async () => {
  await open();
  for (let i = 0; i < 20; i++) await failureOf(send(scene.hook, { timeout: 0 }));
  const script = `
    import { Call } from "./host/transport/record.ts";
    console.log(new Call("a", { headers: [] }, { listeners: [], isRecorded: false }).id);`;
  const node = (): Promise<{ stdout: string }> =>
    run(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
  const others = await Promise.all([node(), node()]);
  const ids = [...lines.map(({ id }) => id), ...others.map(({ stdout }) => stdout.trim())];
  expect(new Set(ids).size).toBe(22);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}-[1-9][0-9]*$/);
});

test.each([
  [{ authorization: { kind: "bearer", token: "t" } }, "bearer"],
  [{ authorization: { kind: "basic", user: "u", password: "p" } }, "basic"],
  [{ authorization: { kind: "oauth", minTtlSeconds: undefined } }, "oauth"],
  [{ headers: ["X-A", "authorization", "AUTHORIZATION", "t"] }, "header"],
  [{ headers: ["X-A", "authorization"] }, undefined],
] as const)("of %j the authorisation is %s", async (request, kind) => {
  await open();
  await send(scene.hook, request).catch(() => {});
  expect(lines[0]?.auth?.kind).toBe(kind);
  expect(lines[0]?.auth?.tokenAge).toBeUndefined();
});

test("each phase that a call came to has its time, and together they are the call's", async () => {
  await open();
  scene.server.answer = (socket) => {
    const body = gzipSync("hello");
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`);
    setTimeout(() => socket.write(body), 20);
  };
  await send(scene.hook);
  await send(scene.hook);
  const [fresh, kept] = lines;
  expect(Object.keys(fresh?.phases ?? {})).toEqual([
    "queue",
    "dns",
    "connect",
    "tls",
    "send",
    "headers",
    "body",
    "decode",
  ]);
  expect(Object.keys(kept?.phases ?? {})).toEqual(["queue", "send", "headers", "body", "decode"]);
  for (const { milliseconds, phases } of lines) {
    const times = Object.values(phases);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThanOrEqual(milliseconds);
  }
  expect(kept?.address).toEqual(fresh?.address);
});

test("a call that waits for its place is in the queue meanwhile", async () => {
  await open({ limits: { connectionsPerOrigin: 1 } });
  scene.server.answer = (socket) => setTimeout(() => socket.write(ok("late")), 60);
  await Promise.all([send(scene.hook), send(scene.hook)]);
  expect(lines[1]?.phases.queue).toBeGreaterThan(50);
});

test("the time in which a part of the request still waited to be sent is of the phase send", async () => {
  await open();
  scene.server.reading = false;
  const body = Buffer.alloc(10 * 1024 * 1024);
  const failure = await failureOf(send(scene.hook, { method: "POST", body, timeout: 800 }));
  expect(failure).toMatchObject({ code: "timeout", phase: "send" });
  expect(Object.keys(lines[0]?.phases ?? {})).toEqual(["queue", "dns", "connect", "tls", "send"]);
});

test("a call that did not connect names the address that was tried last", async () => {
  await open();
  const port = await closedPort();
  const outbound = openTo(port, scene.authority);
  const hook = outbound.openHook({ name: "test", allowlist: Allowlist.compile([`${ORIGIN}/*`]) });
  await failureOf(send(hook));
  await outbound.close();
  expect(lines[0]).toMatchObject({
    address: { ip: "127.0.0.1", port },
    failure: { code: "connection-error", phase: "connect", detail: "ECONNREFUSED" },
  });
  expect(Object.keys(lines[0]?.phases ?? {})).toEqual(["queue", "dns", "connect"]);
});

test("a subscriber that throws reaches neither the call nor the other subscribers", async () => {
  await open();
  const script = `
    import { subscribe } from "node:diagnostics_channel";
    import { CALL_CHANNEL } from "./host/index.ts";
    import { createOutbound } from "./host/outbound.ts";
    import { Allowlist } from "./host/policy/allowlist.ts";
    process.on("uncaughtException", ({ message }) => console.log("uncaught", message));
    subscribe(CALL_CHANNEL, () => { throw new Error("full disk"); });
    subscribe(CALL_CHANNEL, ({ decision }) => console.log("told", decision));
    const outbound = createOutbound({ onCall: ({ decision }) => console.log("onCall", decision) });
    const hook = outbound.openHook({ name: "a", allowlist: Allowlist.compile([]) });
    const request = { method: "GET", url: "https://a.example/", headers: [] };
    await hook.beginEvent().send(request).catch(({ code }) => console.log("failed", code));
    await outbound.close();`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
  expect(stdout.split("\n").toSorted()).toEqual([
    "",
    "failed not-allowed",
    "onCall denied",
    "told denied",
    "uncaught full disk",
  ]);
});

test("the document's table has the fields of a line, in their order", async () => {
  await open();
  await send(scene.hook);
  const text = await readFile(join(root, "docs", "audit.md"), "utf8");
  const table = text.slice(text.indexOf("| field |"), text.indexOf("## OpenTelemetry"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| \S/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(lines[0] ?? {}));
});
