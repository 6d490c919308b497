import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createHookRuntime, type Hook, type HookRuntime } from "../../host/index.ts";
import { HOST, ok } from "../support/outbound.ts";
import { buildTestHook, loadProbe, probe } from "../support/probe.ts";
import { type RawServer, startRawServer } from "../support/raw-server.ts";
import { createAuthority } from "../support/tls.ts";

// What one event of a hook leaves to the next, where it begins in the turn of the event loop that the answer came in.

const EVENTS = 60;
/** Plaintext in a TLS record at the most (RFC 8446, section 5.1). */
const RECORD_BYTES = 16_384;

let server: RawServer;
let runtime: HookRuntime;
let component: Uint8Array;
let hook: Hook;
/** Done when a call has ended, in the turn that its answer was read in. */
let atCallEnd = (): void => {};

beforeAll(async () => {
  const authority = await createAuthority();
  server = await startRawServer(await authority.issue([HOST]), () => {});
  component = await buildTestHook("probe");
  runtime = await createHookRuntime({
    permissions: { http: [`https://${HOST}/*`] },
    development: { resolve: [`${HOST}:443:127.0.0.1:${server.port}`], ca: authority.ca },
    onCall: () => atCallEnd(),
  });
});
beforeEach(async () => {
  atCallEnd = () => {};
  hook = await loadProbe(runtime, component);
});
afterAll(async () => {
  await runtime.close();
  await server.close();
});

async function textOfCall(): Promise<string | undefined> {
  const report = await probe(hook, { url: `https://${HOST}/`, responseType: "text" });
  return report.text ?? report.code;
}

test("events one after the other ride on one connection", async () => {
  const before = server.connections;
  server.answer = (socket, _request, count) => socket.write(ok(`answer ${count}`));
  const first = server.requests.length + 1;
  for (let i = 0; i < EVENTS; i++) expect(await textOfCall()).toBe(`answer ${first + i}`);
  expect(server.connections).toBe(before + 1);
});

test("events at the same time each get their own answer, on as many connections", async () => {
  const before = server.connections;
  server.answer = (socket, request) => socket.write(ok(/^GET (\S+)/.exec(request)?.[1] ?? ""));
  for (let round = 0; round < 10; round++) {
    const paths = ["/a", "/b", "/c"].map((path) => `${path}${round}`);
    const texts = await Promise.all(
      paths.map(async (path) => (await probe(hook, { url: `https://${HOST}${path}`, responseType: "text" })).text),
    );
    expect(texts).toEqual(paths);
  }
  expect(server.connections).toBeLessThanOrEqual(before + 3);
});

test.each([
  ["in the record of the one before", () => ok("true") + ok("forged")],
  ["in the next record", () => fill(ok("true", "X-Fill: "), RECORD_BYTES) + ok("forged")],
])("an answer that no request asked for, %s, is not the next event's", async (_where, written) => {
  server.answer = (socket, _request, count) => socket.write(count % 2 === 0 ? ok("true") : written());
  for (let i = 0; i < EVENTS; i++) expect(await textOfCall()).not.toBe("forged");
});

test("an answer that comes while this thread is busy, between the answer before and the next request, is not the next event's", async () => {
  let kept: TLSSocket | undefined;
  server.answer = (socket, _request, count) => {
    kept = socket;
    socket.write(ok(`answer ${count}`));
  };
  // After the poll that brought the answer, and before the next call.
  atCallEnd = () => {
    kept?.write(ok("forged"));
    for (const started = performance.now(); performance.now() < started + 5;);
  };
  for (let i = 0; i < EVENTS; i++) expect(await textOfCall()).toMatch(/^answer \d+$/);
});

/** A response with a field that makes it so long. */
function fill(response: string, length: number): string {
  return response.replace("X-Fill: ", `X-Fill: ${"f".repeat(length - response.length)}`);
}
