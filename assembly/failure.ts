/** Why a call gave no response. */
@final
export class HttpError {
  constructor(
    /** What to branch on: one of the codes of `types.failure-code` in the WIT package, as `"timeout"`. */
    public readonly code: string,
    /** Where the call was: one of `types.phase`, as `"headers"`. */
    public readonly phase: string,
    /** For people: what happened, and what to change. */
    public readonly message: string,
    /** For logs, never to be branched on. */
    public readonly detail: string | null,
    /** When false, no byte has left, and repeating the call cannot do anything twice. */
    public readonly requestMayHaveBeenSent: bool,
  ) {}

  /** Code, phase and message in one line. */
  toString(): string {
    return this.code + " (" + this.phase + "): " + this.message;
  }

  /** A failure found before the host was asked. */
  static invalid(message: string): HttpError {
    return new HttpError(INVALID_REQUEST, VALIDATE, message, null, false);
  }
}

export const INVALID_REQUEST: string = "invalid-request";
export const VALIDATE: string = "validate";

/** `types.failure-code`, in the order of the WIT enum. */
export const FAILURE_CODES: StaticArray<string> = [
  INVALID_REQUEST,
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
];

/** `types.phase`, in the order of the WIT enum. */
export const PHASES: StaticArray<string> = [
  VALIDATE,
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
];
