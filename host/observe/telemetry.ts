import { ConfigError } from "../errors.ts";
import { checkHeaders } from "../policy/headers.ts";
import type { CallRecord, CallStart, CallTrace, StartTrace } from "../transport/record.ts";

/** What of the calls goes to OpenTelemetry, through `@opentelemetry/api`, which is loaded only where a part is on. */
export interface TelemetryOptions {
  /** A client span for each call, under the context in which its event was asked for. Default false. */
  readonly spans?: boolean;
  /**
   * Writes `traceparent` and `tracestate` into calls that an entry matches, in place of the hook's own, as the
   * registered propagator has them; never baggage. It tells those servers the trace's id. Default false.
   */
  readonly traceparent?: boolean;
}

type Api = typeof import("@opentelemetry/api");
type Context = import("@opentelemetry/api").Context;
type Span = import("@opentelemetry/api").Span;
type Attributes = import("@opentelemetry/api").Attributes;

/** The name of the instrumentation scope. */
const SCOPE = "@backfill/http";
/** W3C Trace Context, section 3. */
const TRACE_FIELDS: ReadonlySet<string> = new Set(["traceparent", "tracestate"]);

/**
 * Loads what the options ask for.
 *
 * @returns what an event calls as it begins; undefined where all is off.
 * @throws ConfigError where `@opentelemetry/api` is not installed.
 */
export async function openTelemetry({ spans = false, traceparent = false }: TelemetryOptions = {}): Promise<
  (() => StartTrace) | undefined
> {
  if (!spans && !traceparent) return undefined;
  const api = await loadApi();
  const tracer = spans ? api.trace.getTracer(SCOPE) : undefined;
  return () => {
    const parent = api.context.active();
    return (call) => {
      const span = tracer?.startSpan(nameOf(call), { kind: api.SpanKind.CLIENT, attributes: startOf(call) }, parent);
      const context = span === undefined ? parent : api.trace.setSpan(parent, span);
      const joins = traceparent && call.decision?.matched === true;
      return new Trace(api, span, joins ? context : undefined);
    };
  };
}

async function loadApi(): Promise<Api> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    throw new ConfigError(
      "telemetry",
      "no package @opentelemetry/api",
      "it installed beside this one: npm install @opentelemetry/api",
      { cause },
    );
  }
}

class Trace implements CallTrace {
  readonly #api: Api;
  readonly #span: Span | undefined;
  /** What the server's trace joins; undefined where it shall not. */
  readonly #joined: Context | undefined;

  constructor(api: Api, span: Span | undefined, joined: Context | undefined) {
    this.#api = api;
    this.#span = span;
    this.#joined = joined;
  }

  propagate(headers: string[]): string[] {
    if (this.#joined === undefined) return headers;
    const fields = headers.filter((_, i) => !TRACE_FIELDS.has((headers[i - (i % 2)] ?? "").toLowerCase()));
    this.#api.propagation.inject(this.#joined, fields, { set: addField });
    return fields;
  }

  end(record: CallRecord): void {
    const span = this.#span;
    if (span === undefined) return;
    span.setAttributes(endOf(record));
    if (errorOf(record) !== undefined) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    span.end();
  }
}

/** A propagator can be anybody's: only what this host lets a hook write goes on the wire. */
function addField(fields: string[], name: string, value: string): void {
  if (TRACE_FIELDS.has(name) && checkHeaders([name, value], false) === undefined) fields.push(name, value);
}

// The names are those of OpenTelemetry's semantic conventions for HTTP client spans, and our own behind `backfill.`.

function nameOf({ method, decision }: CallStart): string {
  return decision?.template === undefined ? method : `${method} ${decision.template}`;
}

function startOf({ id, hook, method, decision }: CallStart): Attributes {
  const url = decision?.canonical === undefined ? undefined : new URL(decision.canonical);
  return defined({
    "http.request.method": method,
    "server.address": url?.hostname,
    "server.port": url && Number(url.port || 443),
    // The path may name a person, and the query hold a secret.
    "url.full": url && url.origin + (decision?.template ?? ""),
    "url.template": decision?.template,
    "backfill.hook": hook,
    "backfill.entry": decision?.matched ? decision.entry : undefined,
    "backfill.call.id": id,
  });
}

function endOf(record: CallRecord): Attributes {
  return defined({
    "backfill.decision": record.decision,
    "http.response.status_code": record.status,
    "error.type": errorOf(record),
    "network.peer.address": record.address?.ip,
    "network.peer.port": record.address?.port,
    "http.request.body.size": record.requestBytes,
    "http.response.body.size": record.status && record.responseBytes,
  });
}

/** For a client every status from 400 on is an error. */
function errorOf({ failure, status = 0 }: CallRecord): string | undefined {
  return failure?.code ?? (status >= 400 ? String(status) : undefined);
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
