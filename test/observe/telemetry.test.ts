import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  context,
  createContextKey,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type TextMapPropagator,
  type TextMapSetter,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hook, HookRuntimeOptions } from "../../host/index.ts";
import { openTelemetry } from "../../host/observe/telemetry.ts";
import { openScene as openDoor } from "../support/outbound.ts";
import { buildTestHook, loadProbe, probe } from "../support/probe.ts";
import { HOST, ORIGIN, openScene, type Scene } from "../support/scene.ts";

const REQUEST = { method: "GET", headers: [], body: undefined, authorization: undefined, timeout: 5000 } as const;
const FORGED = "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01";
const BAGGAGE = createContextKey("baggage of a customer");

/** W3C Trace Context, and what an application's own propagator may add to it. */
const propagator: TextMapPropagator = {
  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(active);
    if (span === undefined) return;
    setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
    setter.set(carrier, "tracestate", String(active.getValue(BAGGAGE) ?? "vendor=1"));
    setter.set(carrier, "baggage", "customer=7");
  },
  extract: (active: Context): Context => active,
  fields: () => ["traceparent", "tracestate", "baggage"],
};

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer("test");
let component: Uint8Array;
let scene: Scene;
let probing: Hook;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(propagator);
  component = await buildTestHook("probe");
});
afterAll(() => {
  context.disable();
  trace.disable();
  propagation.disable();
});
beforeEach(() => exporter.reset());
afterEach(() => scene.close());

async function open(options: HookRuntimeOptions): Promise<void> {
  scene = await openScene({ permissions: { http: [`${ORIGIN}/v1/*`] }, ...options });
  probing = await loadProbe(scene.runtime, component);
}

function spans(): readonly ReadableSpan[] {
  return exporter.getFinishedSpans();
}

/** Does the work in a span of the embedder's. */
async function within<T>(name: string, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } finally {
      span.end();
    }
  });
}

describe("a span", () => {
  test("of a call says where it went and what came of it, without path and query", async () => {
    await open({ telemetry: { spans: true } });
    scene.answer = (response) => response.end("hello");
    await probe(probing, { method: "POST", url: `${ORIGIN}/v1/hidden?hidden`, body: "body" });
    const [span, ...others] = spans();
    const [record] = scene.calls;
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: "POST /v1/*", kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } });
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "server.address": HOST,
      "server.port": 443,
      "url.full": `${ORIGIN}/v1/*`,
      "url.template": "/v1/*",
      "http.response.status_code": 200,
      "network.peer.address": "127.0.0.1",
      "network.peer.port": record?.address?.port,
      "http.request.body.size": 4,
      "http.response.body.size": 5,
      "backfill.hook": "probe",
      "backfill.entry": `${ORIGIN}/v1/*`,
      "backfill.decision": "allowed",
      "backfill.call.id": record?.id,
    });
  });

  test.each([
    [399, SpanStatusCode.UNSET, undefined],
    [400, SpanStatusCode.ERROR, "400"],
    [503, SpanStatusCode.ERROR, "503"],
  ])("of a response with status %i has the status %i", async (status, code, type) => {
    await open({ telemetry: { spans: true } });
    scene.answer = (response) => response.writeHead(status).end();
    await probe(probing, { url: `${ORIGIN}/v1/a` });
    expect(spans()[0]?.status.code).toBe(code);
    expect(spans()[0]?.attributes["error.type"]).toBe(type);
    expect(spans()[0]?.attributes["http.response.status_code"]).toBe(status);
  });

  test("of a failure has its code as the error, and no message", async () => {
    await open({ telemetry: { spans: true } });
    scene.answer = (response) => response.destroy();
    await probe(probing, { url: `${ORIGIN}/v1/a` });
    expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(spans()[0]?.attributes).toMatchObject({ "error.type": "connection-error" });
    expect(spans()[0]?.attributes).not.toHaveProperty(["http.response.status_code"]);
    expect(spans()[0]?.attributes).not.toHaveProperty(["http.response.body.size"]);
  });

  test("is there for a call that was denied or refused, with the method as its name", async () => {
    await open({ telemetry: { spans: true } });
    await probe(probing, { url: "https://other.example.com:8443/hidden?hidden" });
    await probe(probing, { url: "https://user:hidden@api.example.com/" });
    await probe(probing, { url: `${ORIGIN}/v1/a`, body: "x".repeat(11 * 1024 * 1024), method: "POST" });
    expect(spans().map(({ name, status }) => [name, status.code])).toEqual([
      ["GET", SpanStatusCode.ERROR],
      ["GET", SpanStatusCode.ERROR],
      ["POST", SpanStatusCode.ERROR],
    ]);
    const common = { "http.request.body.size": 0, "backfill.hook": "probe" };
    expect(spans().map(({ attributes }) => attributes)).toEqual([
      {
        ...common,
        "http.request.method": "GET",
        "server.address": "other.example.com",
        "server.port": 8443,
        "url.full": "https://other.example.com:8443",
        "error.type": "not-allowed",
        "backfill.decision": "denied",
        "backfill.call.id": scene.calls[0]?.id,
      },
      {
        ...common,
        "http.request.method": "GET",
        "error.type": "invalid-url",
        "backfill.decision": "denied",
        "backfill.call.id": scene.calls[1]?.id,
      },
      {
        ...common,
        "http.request.method": "POST",
        "error.type": "too-large",
        "backfill.decision": "refused",
        "backfill.call.id": scene.calls[2]?.id,
      },
    ]);
  });

  test("is the child of what was active when its event began, however many run at once", async () => {
    await open({ telemetry: { spans: true } });
    const names = Array.from({ length: 20 }, (_, i) => `event ${i}`);
    scene.answer = (response) => setTimeout(() => response.end(), Math.random() * 20);
    await Promise.all(
      names.map((name, i) =>
        within(name, () => probe(probing, { url: `${ORIGIN}/v1/${i}`, headers: [["x-i", name]] })),
      ),
    );
    const byName = new Map(spans().map((span) => [span.name, span.spanContext()]));
    const calls = spans().filter(({ name }) => name === "GET /v1/*");
    const parents = calls.map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(new Set(parents)).toEqual(new Set(names.map((name) => byName.get(name)?.spanId)));
  });

  test("is no child of what is active while a call is made: other work may be, that the event waited for", async () => {
    await open({});
    const traceEvent = await openTelemetry({ spans: true });
    const door = await openDoor({ traceEvent });
    const event = await within("event", async () => door.hook.beginEvent());
    await within("other", () => event.send({ ...REQUEST, url: `${ORIGIN}/v1/a` }));
    await door.close();
    const [begun, call] = spans();
    expect(call?.name).toBe("GET /*");
    expect(call?.parentSpanContext?.spanId).toBe(begun?.spanContext().spanId);
  });

  test("is a root where nothing was active", async () => {
    await open({ telemetry: { spans: true } });
    await probe(probing, { url: `${ORIGIN}/v1/a` });
    expect(spans()[0]?.parentSpanContext).toBeUndefined();
  });

  test("that cannot be made harms no call", async () => {
    await open({ telemetry: { spans: true } });
    const warned = new Promise((resolve) => process.once("warning", ({ message }) => resolve(message)));
    const broken = { getTracer: () => ({ startSpan: () => brokenSpan(), startActiveSpan: () => brokenSpan() }) };
    trace.disable();
    trace.setGlobalTracerProvider(broken as never);
    const runtime = await scene.open({ telemetry: { spans: true } });
    expect((await probe(await loadProbe(runtime, component), { url: `${ORIGIN}/v1/a` })).status).toBe(200);
    trace.disable();
    trace.setGlobalTracerProvider(provider);
    expect(await warned).toBe("no span");
  });
});

function brokenSpan(): never {
  throw new Error("no span");
}

describe("traceparent", () => {
  const own = [
    ["TraceParent", FORGED],
    ["tracestate", "forged=1"],
    ["x-own", "1"],
  ];

  async function headers(url = `${ORIGIN}/v1/a`): Promise<Readonly<Record<string, unknown>>> {
    expect((await probe(probing, { url, headers: own })).status).toBe(200);
    return scene.requests.at(-1)?.headers ?? {};
  }

  test("is that of the call's span, in place of the hook's own", async () => {
    await open({ telemetry: { spans: true, traceparent: true } });
    const sent = await within("event", () => headers());
    const [call, event] = spans();
    const { traceId, spanId } = call?.spanContext() ?? {};
    expect(sent).toMatchObject({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: "vendor=1", "x-own": "1" });
    expect(event?.spanContext().traceId).toBe(traceId);
  });

  test("is that of the embedder's own span where no spans are made", async () => {
    await open({ telemetry: { traceparent: true } });
    const sent = await within("event", () => headers());
    expect(spans().map(({ name }) => name)).toEqual(["event"]);
    expect(sent["traceparent"]).toBe(`00-${spans()[0]?.spanContext().traceId}-${spans()[0]?.spanContext().spanId}-01`);
  });

  test("takes the hook's own away where there is no trace", async () => {
    await open({ telemetry: { traceparent: true } });
    const sent = await headers();
    expect(sent).toMatchObject({ "x-own": "1" });
    expect(Object.keys(sent)).not.toContain("traceparent");
    expect(Object.keys(sent)).not.toContain("tracestate");
  });

  test("never takes baggage along, nor a value that cannot stand in a field", async () => {
    await open({ telemetry: { spans: true, traceparent: true } });
    const sent = await context.with(context.active().setValue(BAGGAGE, "a\r\nx-evil: 1"), () => headers());
    expect(sent["traceparent"]).not.toBe(FORGED);
    for (const name of ["baggage", "tracestate", "x-evil"]) expect(Object.keys(sent)).not.toContain(name);
  });

  test.each([{ telemetry: { spans: true } }, { telemetry: {} }, {}])(
    "is the hook's own with %j",
    async (options: HookRuntimeOptions) => {
      await open(options);
      expect(await within("event", () => headers())).toMatchObject({ traceparent: FORGED, tracestate: "forged=1" });
    },
  );

  test("does not go with a call that no entry matches", async () => {
    await open({
      permissions: { http: [`${ORIGIN}/v1/*`], mode: "report" },
      telemetry: { spans: true, traceparent: true },
    });
    const sent = await within("event", () => headers(`${ORIGIN}/v2/hidden`));
    expect(sent).toMatchObject({ traceparent: FORGED });
    expect(spans()[0]?.name).toBe("GET");
    expect(spans()[0]?.attributes).toMatchObject({ "url.full": ORIGIN, "backfill.decision": "reported" });
    expect(spans()[0]?.attributes).not.toHaveProperty(["backfill.entry"]);
  });
});

test("the document's table has the attributes of a span", async () => {
  await open({ telemetry: { spans: true } });
  scene.answer = (response) => response.writeHead(500).end("hello");
  await probe(probing, { url: `${ORIGIN}/v1/a` });
  const text = await readFile(join(import.meta.dirname, "..", "..", "docs", "audit.md"), "utf8");
  const table = text.slice(text.indexOf("| attribute |"), text.indexOf("## What a list"));
  const rows = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([row]) => [...row.matchAll(/`([a-z._]+)`/g)]);
  expect(rows.map(([, name]) => name).toSorted()).toEqual(Object.keys(spans()[0]?.attributes ?? {}).toSorted());
});
