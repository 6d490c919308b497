/** `@backfill/http`: run hooks that may reach what the operator allows, and nothing else. */

export {
  BackfillError,
  ComponentError,
  ConfigError,
  FAILURE_CODES,
  HookError,
  HttpFailure,
  PHASES,
  TokenStoreError,
  type FailureCode,
  type HookErrorCode,
  type HttpFailureInit,
  type Phase,
} from "./errors.ts";
export {
  defineConfig,
  type BackfillConfig,
  type DevelopmentOptions,
  type SecretDeclaration,
  type SecretOptions,
  type SecretSource,
  type TokensOptions,
} from "./config/config.ts";
export {
  defineConnector,
  type ConnectorConfig,
  type OAuthClientConfig,
  type OAuthConfig,
  type OAuthServerConfig,
  type RouteConfig,
} from "./config/connector.ts";
export type {
  ConnectionKey,
  ConnectionRecord,
  ListedConnection,
  RefreshMark,
  StoredConnection,
  Tokens,
  TokenStore,
} from "./auth/store/token-store.ts";
export { memoryTokenStore } from "./auth/store/memory-store.ts";
export { Component, Engine } from "./runtime/engine.ts";
export { createHookRuntime } from "./runtime/create.ts";
export {
  Client,
  Hook,
  type HookRuntime,
  type HookRuntimeOptions,
  type LoadOptions,
  type RunOptions,
} from "./runtime/runtime.ts";
export type { LogLevel } from "./abi/platform.ts";
export type { LogRecord } from "./runtime/store.ts";
export type { CallRecord } from "./outbound.ts";
export { CALL_CHANNEL, type AuditLine } from "./observe/audit.ts";
export type { TelemetryOptions } from "./observe/telemetry.ts";
export type { CallAuth, CallDecision } from "./transport/record.ts";
export type { PhaseTimes } from "./transport/progress.ts";
export type { Limits } from "./transport/limits.ts";
export type { Authorization, Method } from "./message.ts";
export type { ClientBody, ClientOptions, ClientResponse, ResponseType } from "./abi/client.ts";
