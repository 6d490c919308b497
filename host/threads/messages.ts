import type { HttpCall } from "../runtime/runtime.ts";
import type { LogRecord } from "../runtime/store.ts";
import type { CallRecord } from "../transport/record.ts";
import type { BackfillConfig } from "../config/config.ts";
import type { UsedTokens } from "../auth/oauth/oauth-connection.ts";
import type { ErrorMessage } from "./error-message.ts";

/** What a worker is started with. Its secrets are values. */
export interface WorkerData {
  readonly config: BackfillConfig;
}

/** A hook as every worker loads it. */
export interface HookMessage {
  readonly id: number;
  readonly name: string;
  /** Undefined for the Http component itself. */
  readonly component: Uint8Array | undefined;
  /** Undefined where its connector has no OAuth. */
  readonly oauth: { readonly connector: string; readonly entries: readonly string[] } | undefined;
}

/** The trace that an event belongs to, as it would stand in header fields. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** One event, or one call of the Http component. */
export interface EventMessage {
  /** By which it is cancelled. */
  readonly id: number;
  readonly hook: number;
  /** JSON text, for a hook. */
  readonly event: string;
  /** For the Http component. */
  readonly call: Parameters<HttpCall> | undefined;
  readonly connection: string | undefined;
  /** What is left of its time. */
  readonly milliseconds: number;
  readonly trace: TraceCarrier | undefined;
}

/** What the main thread asks a worker. */
export type WorkerQuestion =
  | { readonly kind: "load"; readonly hook: HookMessage }
  | { readonly kind: "unload"; readonly hook: number }
  | { readonly kind: "run"; readonly event: EventMessage }
  | { readonly kind: "close" };

/** What it tells one without waiting. */
export interface WorkerNote {
  readonly cancel: number;
}

/** What a worker asks the main thread: a token, which is renewed there, once for all threads. */
export interface TokenQuestion {
  readonly hook: number;
  readonly connection: string;
  readonly minimum: number;
}

/** The answer to a {@link TokenQuestion}. */
export type TokenAnswer = UsedTokens;

/** What a worker tells of its events. */
export type MainNote =
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly record: LogRecord }
  | { readonly kind: "call"; readonly record: CallRecord }
  | { readonly kind: "warning"; readonly error: ErrorMessage };
