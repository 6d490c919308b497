// Registers an SDK in each thread of a process, as an operator's `node --import` does.
import { type Context, context, propagation, type SpanContext, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider());
propagation.setGlobalPropagator({
  inject(active, carrier, setter) {
    const own = trace.getSpanContext(active);
    if (own !== undefined) setter.set(carrier, "traceparent", `00-${own.traceId}-${own.spanId}-01`);
  },
  extract(active, carrier, getter): Context {
    const [, traceId = "", spanId = ""] = String(getter.get(carrier, "traceparent")).split("-");
    const parent: SpanContext = { traceId, spanId, traceFlags: 1, isRemote: true };
    return trace.setSpanContext(active, parent);
  },
  fields: () => ["traceparent"],
});
