import type { ValueType } from "../abi/passage.ts";
import { option, type Plain, record, string, u16, u32, u64, u8, type Valued, variant } from "../abi/values.ts";
import type { FailureCode, HttpFailure } from "../errors.ts";

const fieldSize = record({ fieldName: option(string), fieldSize: option(u32) });

/** The cases of `wasi:http/types.error-code`. */
const cases = {
  "DNS-timeout": undefined,
  "DNS-error": record({ rcode: option(string), infoCode: option(u16) }),
  "destination-not-found": undefined,
  "destination-unavailable": undefined,
  "destination-IP-prohibited": undefined,
  "destination-IP-unroutable": undefined,
  "connection-refused": undefined,
  "connection-terminated": undefined,
  "connection-timeout": undefined,
  "connection-read-timeout": undefined,
  "connection-write-timeout": undefined,
  "connection-limit-reached": undefined,
  "TLS-protocol-error": undefined,
  "TLS-certificate-error": undefined,
  "TLS-alert-received": record({ alertId: option(u8), alertMessage: option(string) }),
  "HTTP-request-denied": undefined,
  "HTTP-request-length-required": undefined,
  "HTTP-request-body-size": option(u64),
  "HTTP-request-method-invalid": undefined,
  "HTTP-request-URI-invalid": undefined,
  "HTTP-request-URI-too-long": undefined,
  "HTTP-request-header-section-size": option(u32),
  "HTTP-request-header-size": option(fieldSize),
  "HTTP-request-trailer-section-size": option(u32),
  "HTTP-request-trailer-size": fieldSize,
  "HTTP-response-incomplete": undefined,
  "HTTP-response-header-section-size": option(u32),
  "HTTP-response-header-size": fieldSize,
  "HTTP-response-body-size": option(u64),
  "HTTP-response-trailer-section-size": option(u32),
  "HTTP-response-trailer-size": fieldSize,
  "HTTP-response-transfer-coding": option(string),
  "HTTP-response-content-coding": option(string),
  "HTTP-response-timeout": undefined,
  "HTTP-upgrade-failed": undefined,
  "HTTP-protocol-error": undefined,
  "loop-detected": undefined,
  "configuration-error": undefined,
  "internal-error": option(string),
} as const;

/** `wasi:http/types.error-code`: the cases that this host gives, and those that it may be given. */
export type ErrorCode =
  | Plain<
      | "DNS-timeout"
      | "destination-not-found"
      | "destination-unavailable"
      | "destination-IP-prohibited"
      | "destination-IP-unroutable"
      | "connection-refused"
      | "connection-terminated"
      | "connection-timeout"
      | "connection-read-timeout"
      | "connection-write-timeout"
      | "connection-limit-reached"
      | "TLS-protocol-error"
      | "TLS-certificate-error"
      | "HTTP-request-denied"
      | "HTTP-request-length-required"
      | "HTTP-request-method-invalid"
      | "HTTP-request-URI-invalid"
      | "HTTP-request-URI-too-long"
      | "HTTP-response-incomplete"
      | "HTTP-response-timeout"
      | "HTTP-upgrade-failed"
      | "HTTP-protocol-error"
      | "loop-detected"
      | "configuration-error"
    >
  | Valued<"DNS-error", { readonly rcode: string | undefined; readonly infoCode: number | undefined }>
  | Valued<"HTTP-request-body-size" | "HTTP-response-body-size", bigint | undefined>
  | Valued<
      | "HTTP-request-header-section-size"
      | "HTTP-request-trailer-section-size"
      | "HTTP-response-header-section-size"
      | "HTTP-response-trailer-section-size",
      number | undefined
    >
  | Valued<"HTTP-response-transfer-coding" | "HTTP-response-content-coding" | "internal-error", string | undefined>;

/** How it crosses. */
export const errorCode: ValueType<ErrorCode> = variant(
  "error-code",
  cases,
) as ValueType<unknown> as ValueType<ErrorCode>;

function plain(kind: Extract<ErrorCode, Plain<string>>["kind"]): () => ErrorCode {
  return () => ({ kind });
}

/** What only the message tells. */
function told({ message }: HttpFailure): ErrorCode {
  return { kind: "internal-error", value: message };
}

/** What a guest of `wasi:http` is told of each failure. */
const table: { readonly [code in FailureCode]: (failure: HttpFailure) => ErrorCode } = {
  "invalid-request": told,
  "invalid-url": plain("HTTP-request-URI-invalid"),
  "not-allowed": plain("HTTP-request-denied"),
  "forbidden-header": plain("HTTP-request-denied"),
  "invalid-header": told,
  "auth-collision": told,
  "auth-unavailable": plain("configuration-error"),
  "reauth-needed": plain("configuration-error"),
  "refresh-unavailable": plain("configuration-error"),
  "secret-not-allowed": plain("HTTP-request-denied"),
  "address-prohibited": plain("destination-IP-prohibited"),
  "dns-error": ({ detail }) => ({ kind: "DNS-error", value: { rcode: detail, infoCode: undefined } }),
  "connection-error": ({ detail }) => {
    if (detail === "ECONNREFUSED") return { kind: "connection-refused" };
    if (detail === "EHOSTUNREACH" || detail === "ENETUNREACH") return { kind: "destination-unavailable" };
    return { kind: "connection-terminated" };
  },
  "tls-error": ({ detail = "" }) =>
    /^(ERR_SSL|EPROTO|ECONN)/.test(detail) ? { kind: "TLS-protocol-error" } : { kind: "TLS-certificate-error" },
  timeout: ({ phase }) => {
    if (phase === "queue") return { kind: "connection-limit-reached" };
    if (phase === "dns") return { kind: "DNS-timeout" };
    if (phase === "connect" || phase === "tls") return { kind: "connection-timeout" };
    if (phase === "send") return { kind: "connection-write-timeout" };
    return phase === "headers" ? { kind: "HTTP-response-timeout" } : { kind: "connection-read-timeout" };
  },
  "too-large": ({ phase, message }) => {
    const size = { value: undefined };
    if (phase === "headers") return { kind: "HTTP-response-header-section-size", ...size };
    if (phase !== "validate") return { kind: "HTTP-response-body-size", ...size };
    return message.includes("header")
      ? { kind: "HTTP-request-header-section-size", ...size }
      : { kind: "HTTP-request-body-size", ...size };
  },
  "limit-exceeded": told,
  "protocol-error": ({ phase }) =>
    phase === "decode"
      ? { kind: "HTTP-response-content-coding", value: undefined }
      : phase === "body"
        ? { kind: "HTTP-response-incomplete" }
        : { kind: "HTTP-protocol-error" },
  cancelled: plain("connection-terminated"),
  other: told,
};

/** The error code that stands for a failure. */
export function errorCodeOf(failure: HttpFailure): ErrorCode {
  return table[failure.code](failure);
}
