import type { TelemetryOptions } from "../observe/telemetry.ts";
import type { TraceCarrier } from "./messages.ts";

/** Takes the active trace to another thread, as the registered propagator writes it. */
export interface TraceContext {
  carry(): TraceCarrier | undefined;
  /** Does work in the trace that was carried here. */
  within<T>(carrier: TraceCarrier | undefined, work: () => T): T;
}

const NO_TRACE: TraceContext = { carry: () => undefined, within: (_, work) => work() };

/** Of telemetry that is off, nothing is carried. `@opentelemetry/api` has to be installed where it is on. */
export async function openTraceContext({ spans, traceparent }: TelemetryOptions = {}): Promise<TraceContext> {
  if (spans !== true && traceparent !== true) return NO_TRACE;
  const { context, propagation, ROOT_CONTEXT } = await import("@opentelemetry/api");
  return {
    carry() {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      return carrier;
    },
    within: (carrier = {}, work) => context.with(propagation.extract(ROOT_CONTEXT, carrier), work),
  };
}
