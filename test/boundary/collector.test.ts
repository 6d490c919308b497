import { afterAll, beforeAll, expect, test } from "vitest";
import { buildHttpComponent } from "../../host/compile/http-component.ts";
import { HttpFailure } from "../../host/index.ts";
import type { ClientOptions } from "../../host/index.ts";
import { IdleInstances } from "../../host/runtime/idle.ts";
import { InstancePool } from "../../host/runtime/pool.ts";
import { resolveLimits } from "../../host/transport/limits.ts";
import { Engine } from "../../host/runtime/engine.ts";
import { HttpClient } from "../../host/runtime/http-client.ts";
import { platformLinker } from "../../host/runtime/imports.ts";
import { Store } from "../../host/runtime/store.ts";
import type { OutboundEvent, OutboundHook } from "../../host/outbound.ts";
import { buildTestHook, loadProbe, probe } from "../support/probe.ts";
import { json, openScene, ORIGIN, type Scene } from "../support/scene.ts";

// The guest is compiled so that every allocation runs a whole collection first, the host's allocations included:
// whatever is not held where it must be is gone by the next step.
const COLLECT_ALWAYS = ["--use", "BACKFILL_COLLECT_ALWAYS=1"];

const CUSTOMERS = {
  data: Array.from({ length: 20 }, (_, i) => ({ id: `cus_${i}`, name: `Ünïcode ${"x".repeat(i * 7)}`, n: i / 3 })),
};
const HEADERS = Array.from({ length: 12 }, (_, i) => [`X-Field-${i}`, `value${"y".repeat(i * 11)}`]);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ secrets: { key: "sk_live_collected" } });
  scene.answer = (response, request) => {
    for (const [name, value] of HEADERS) response.setHeader(name as string, value as string);
    json({ ...CUSTOMERS, target: request.target, sent: request.body.toString(), auth: request.headers.authorization })(
      response,
      request,
    );
  };
});
afterAll(() => scene.close());

test("a hook works when a collection runs between every two steps", async () => {
  const hook = await loadProbe(scene.runtime, await buildTestHook("probe", { compilerOptions: COLLECT_ALWAYS }));
  for (let i = 0; i < 3; i++) {
    const body = { order: i, items: ["a", "b", { c: "é".repeat(300) }] };
    const report = await probe(hook, {
      method: "POST",
      url: `${ORIGIN}/v1/${i}`,
      body,
      headers: HEADERS,
      auth: { bearerSecret: "key" },
    });
    expect(report.message).toBeUndefined();
    expect(report.body).toEqual({
      ...CUSTOMERS,
      target: `/v1/${i}`,
      sent: JSON.stringify(body),
      auth: "Bearer sk_live_collected",
    });
    for (const [name, value] of HEADERS) expect(report.headers?.[(name as string).toLowerCase()]).toBe(value);
  }
  expect(await probe(hook, { url: "https://elsewhere.example.com/" })).toMatchObject({ code: "not-allowed" });
});

test("the Http component works when a collection runs between every two steps, call after call", async () => {
  const component = await new Engine().compile(await buildHttpComponent(COLLECT_ALWAYS));
  const linker = platformLinker({ url: 16_384, headerCount: 100, headerUnits: 65_536, body: 1_000_000 });
  const limits = resolveLimits();
  const client = new HttpClient(new InstancePool(component, linker, limits, new IdleInstances(0)));
  const sent: unknown[] = [];
  const store = new Store(
    { limits, secrets: { plain: new Map(), sealed: new Map() }, scrubber: undefined, onLog: () => {} },
    recordingOutbound(sent),
    undefined,
  );
  const options: ClientOptions = {
    headers: HEADERS.flat(),
    body: undefined,
    authorization: { kind: "basic", user: "user", password: "pass" },
    timeout: 1000,
    responseType: "auto",
  };
  const outcome = await client.call(
    store,
    "POST",
    `${ORIGIN}/v1?q=é`,
    { kind: "json", text: JSON.stringify(CUSTOMERS) },
    options,
  );
  if (outcome instanceof HttpFailure) throw outcome;
  expect(outcome.body).toEqual({ kind: "json", text: JSON.stringify(CUSTOMERS) });
  expect(outcome.headers).toEqual(["content-type", "application/json", "x-two", "a, b"]);
  expect(outcome.headerList).toEqual(["content-type", "application/json", "x-two", "a", "x-two", "b"]);
  expect(sent).toEqual([
    {
      method: "POST",
      url: `${ORIGIN}/v1?q=é`,
      headers: [...HEADERS.flat(), "content-type", "application/json"],
      body: new Uint8Array(Buffer.from(JSON.stringify(CUSTOMERS))),
      authorization: { kind: "basic", user: "user", password: "pass" },
      timeout: 1000,
      release: expect.any(Function),
    },
  ]);
});

/** Stands at the door's place, so that what the guest lowered can be compared field by field. */
function recordingOutbound(sent: unknown[]): OutboundHook {
  const text = Buffer.from(JSON.stringify(CUSTOMERS));
  const event: OutboundEvent = {
    refused: (_method, failure) => failure,
    send: (request) => new Promise((resolve, reject) => event.start(request, { resolve, reject })),
    start(request, end) {
      sent.push(request);
      end.resolve({
        status: 200,
        headers: ["content-type", "application/json", "x-two", "a", "x-two", "b"],
        body: [text.subarray(0, 7), text.subarray(7)],
        bodyLength: text.length,
      });
    },
  };
  return { beginEvent: () => event, close: async () => {} };
}
