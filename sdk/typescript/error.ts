/** What to branch on: `types.failure-code` of the WIT package. The list is closed. */
export type HttpErrorCode =
  | "invalid-request"
  | "invalid-url"
  | "not-allowed"
  | "forbidden-header"
  | "invalid-header"
  | "auth-collision"
  | "auth-unavailable"
  | "reauth-needed"
  | "refresh-unavailable"
  | "secret-not-allowed"
  | "address-prohibited"
  | "dns-error"
  | "connection-error"
  | "tls-error"
  | "timeout"
  | "too-large"
  | "limit-exceeded"
  | "protocol-error"
  | "cancelled"
  | "other";

/** Where a call was when it failed: `types.phase` of the WIT package, in the order a call passes through them. */
export type HttpErrorPhase =
  | "validate"
  | "policy"
  | "queue"
  | "auth"
  | "dns"
  | "connect"
  | "tls"
  | "send"
  | "headers"
  | "body"
  | "decode";

/** What an {@link HttpError} is made of: `types.failure` of the WIT package. */
export interface HttpErrorInit {
  readonly code: HttpErrorCode;
  readonly phase: HttpErrorPhase;
  readonly message: string;
  readonly detail: string | null;
  readonly requestMayHaveBeenSent: boolean;
}

/** A call that gave no response. A 4xx or 5xx is a response and is not thrown. */
export class HttpError extends Error {
  override readonly name = "HttpError" as const;
  /** What to branch on. */
  readonly code: HttpErrorCode;
  /** Where the call was. */
  readonly phase: HttpErrorPhase;
  /** When false, no byte has left, and repeating the call cannot do anything twice. */
  readonly requestMayHaveBeenSent: boolean;
  /** An errno or a library's code, for logs: never to be branched on. */
  declare readonly cause: string | undefined;

  /** @internal */
  constructor(call: string, { code, phase, message, detail, requestMayHaveBeenSent }: HttpErrorInit) {
    super(`${call} failed: ${code} (${phase}): ${message}`, detail === null ? undefined : { cause: detail });
    this.code = code;
    this.phase = phase;
    this.requestMayHaveBeenSent = requestMayHaveBeenSent;
  }
}

/** A call that contradicts itself or has an argument out of its range: found before the host was asked. */
export class InvalidRequest extends Error {}
