/** `@backfill/http`: run hooks that may reach what the operator allows, and nothing else. */

export {
  BackfillError,
  ComponentError,
  ConfigError,
  FAILURE_CODES,
  HookError,
  HttpFailure,
  PHASES,
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
} from "./config/config.ts";
export { Component, Engine } from "./runtime/engine.ts";
export {
  Client,
  createHookRuntime,
  Hook,
  HookRuntime,
  type HookRuntimeOptions,
  type RunOptions,
} from "./runtime/runtime.ts";
export type { LogLevel } from "./abi/platform.ts";
export type { LogRecord } from "./runtime/store.ts";
export type { CallRecord } from "./outbound.ts";
export type { Limits } from "./transport/limits.ts";
export type { Authorization, Method } from "./message.ts";
export type { ClientBody, ClientOptions, ClientResponse, ResponseType } from "./abi/client.ts";
