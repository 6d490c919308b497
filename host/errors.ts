/**
 * What to branch on when a call gave no response. The list is closed
 * (`types.failure-code` in wit/types.wit); its order is the order of the WIT enum.
 */
export const FAILURE_CODES = [
  "invalid-request",
  "invalid-url",
  "not-allowed",
  "forbidden-header",
  "invalid-header",
  "auth-collision",
  "auth-unavailable",
  "reauth-needed",
  "refresh-unavailable",
  "secret-not-allowed",
  "address-prohibited",
  "dns-error",
  "connection-error",
  "tls-error",
  "timeout",
  "too-large",
  "limit-exceeded",
  "protocol-error",
  "cancelled",
  "other",
] as const;

/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Where a call was when it failed (`types.phase` in wit/types.wit), in the order of the WIT enum. */
export const PHASES = [
  "validate",
  "policy",
  "queue",
  "auth",
  "dns",
  "connect",
  "tls",
  "send",
  "headers",
  "body",
  "decode",
] as const;

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** The base of every error this package throws: a stable `code`, and the `cause` where there is one. */
export class BackfillError extends Error {
  /** Stable across versions. Branch on this, never on the message. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** What an {@link HttpFailure} is made of. */
export interface HttpFailureInit {
  readonly code: FailureCode;
  readonly phase: Phase;
  /** For people: what happened and what to change. Never a secret. */
  readonly message: string;
  /** An errno or a library's code, for logs. */
  readonly detail?: string | undefined;
  /** Whether any byte of the request may have reached the server. Default false. */
  readonly requestMayHaveBeenSent?: boolean;
  readonly cause?: unknown;
}

/** A call that gave no response: the host's form of `types.failure`. The guest sees every field but `cause`. */
export class HttpFailure extends BackfillError {
  declare readonly code: FailureCode;
  readonly phase: Phase;
  readonly detail: string | undefined;
  readonly requestMayHaveBeenSent: boolean;

  constructor(init: HttpFailureInit) {
    super(init.code, init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.phase = init.phase;
    this.detail = init.detail;
    this.requestMayHaveBeenSent = init.requestMayHaveBeenSent ?? false;
  }
}

/** A configuration or an option that cannot be used. Nothing may leave under it. */
export class ConfigError extends BackfillError {
  /** Where the value stands, as in `permissions.http[2]`. */
  readonly path: string;

  constructor(path: string, got: string, wanted: string, options?: ErrorOptions) {
    super("BACKFILL_CONFIG", `${path}: got ${got}, wanted ${wanted}`, options);
    this.path = path;
  }
}

/** A file that is no component, or one that this host cannot run. */
export class ComponentError extends BackfillError {
  constructor(message: string, options?: ErrorOptions) {
    super("BACKFILL_COMPONENT", message, options);
  }
}

/** A hook that ended without a result: it threw, trapped, broke the boundary's rules or ran out of its limits. */
export class HookError extends BackfillError {
  declare readonly code: HookErrorCode;

  constructor(code: HookErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/**
 * The hook threw or trapped; it returned an error; it broke the canonical ABI; its deadline passed; the host stops; too
 * many events wait already; the thread that ran the event ended.
 */
export type HookErrorCode =
  | "BACKFILL_HOOK_TRAPPED"
  | "BACKFILL_HOOK_FAILED"
  | "BACKFILL_HOOK_ABI"
  | "BACKFILL_HOOK_CPU"
  | "BACKFILL_HOOK_MEMORY"
  | "BACKFILL_HOOK_STACK"
  | "BACKFILL_HOOK_DEADLINE"
  | "BACKFILL_HOOK_CANCELLED"
  | "BACKFILL_HOOK_BUSY"
  | "BACKFILL_HOOK_LOST";

/** A token store that cannot be opened, read or written. Never holds a token or a key. */
export class TokenStoreError extends BackfillError {
  constructor(message: string, options?: ErrorOptions) {
    super("BACKFILL_TOKEN_STORE", message, options);
  }
}

/** A file that cannot be written. `cause` is what the file system said. */
export function unwritable(file: string, cause: unknown): BackfillError {
  const { code } = cause as NodeJS.ErrnoException;
  return new BackfillError("BACKFILL_NO_FILE", `${file} cannot be written: ${code}`, { cause });
}
