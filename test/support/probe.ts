import { buildHook, type BuildOptions } from "../../host/compile/hook.ts";
import type { Hook, HookRuntime } from "../../host/index.ts";

/** What a call of the probe hook is told to do. */
export interface ProbeCall {
  readonly method?: string;
  readonly url: string;
  readonly headers?: readonly (readonly string[])[];
  readonly body?: unknown;
  readonly bodyInOptions?: string;
  readonly jsonInOptions?: unknown;
  readonly bytesInOptions?: readonly number[];
  readonly auth?: unknown;
  /** Anything but a number is NaN. */
  readonly timeout?: number | "NaN";
  readonly responseType?: string;
}

/** What the probe hook saw. */
export interface ProbeReport {
  readonly status?: number;
  readonly ok?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly headerList?: readonly (readonly string[])[];
  readonly body?: unknown;
  readonly kind?: "json" | "text" | "bytes";
  readonly text?: string;
  readonly bytes?: readonly number[];
  readonly code?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly requestMayHaveBeenSent?: boolean;
}

/** Builds a hook of test/boundary/hooks, by default as fast as it can be built. */
export async function buildTestHook(name: string, options: BuildOptions = { optimize: false }): Promise<Uint8Array> {
  return (await buildHook(new URL(`../boundary/hooks/${name}.ts`, import.meta.url), options)).component;
}

/** Makes one call through the probe hook. */
export async function probe(hook: Hook, call: ProbeCall): Promise<ProbeReport> {
  return (await hook.run({ method: "GET", ...call })) as ProbeReport;
}

/** Loads the probe hook into a runtime. */
export function loadProbe(runtime: HookRuntime, component: Uint8Array): Promise<Hook> {
  return runtime.load(component, { name: "probe" });
}
