// The failure that stands for each error code of `wasi:http`.

import { HttpError } from "../assembly/failure";

/** By the case of `wasi:http/types.error-code`: its name, the code of the failure, and the phase. */
const TABLE: StaticArray<string> = [
  "DNS-timeout timeout dns",
  "DNS-error dns-error dns",
  "destination-not-found dns-error dns",
  "destination-unavailable connection-error connect",
  "destination-IP-prohibited address-prohibited dns",
  "destination-IP-unroutable connection-error connect",
  "connection-refused connection-error connect",
  "connection-terminated connection-error headers",
  "connection-timeout timeout connect",
  "connection-read-timeout timeout body",
  "connection-write-timeout timeout send",
  "connection-limit-reached timeout queue",
  "TLS-protocol-error tls-error tls",
  "TLS-certificate-error tls-error tls",
  "TLS-alert-received tls-error tls",
  "HTTP-request-denied not-allowed policy",
  "HTTP-request-length-required other send",
  "HTTP-request-body-size too-large validate",
  "HTTP-request-method-invalid invalid-request validate",
  "HTTP-request-URI-invalid invalid-url policy",
  "HTTP-request-URI-too-long invalid-url policy",
  "HTTP-request-header-section-size too-large validate",
  "HTTP-request-header-size too-large validate",
  "HTTP-request-trailer-section-size too-large validate",
  "HTTP-request-trailer-size too-large validate",
  "HTTP-response-incomplete protocol-error body",
  "HTTP-response-header-section-size too-large headers",
  "HTTP-response-header-size too-large headers",
  "HTTP-response-body-size too-large body",
  "HTTP-response-trailer-section-size too-large body",
  "HTTP-response-trailer-size too-large body",
  "HTTP-response-transfer-coding protocol-error body",
  "HTTP-response-content-coding protocol-error decode",
  "HTTP-response-timeout timeout headers",
  "HTTP-upgrade-failed protocol-error headers",
  "HTTP-protocol-error protocol-error headers",
  "loop-detected protocol-error headers",
  "configuration-error other validate",
  "internal-error other headers",
];

/** Phases from which on the server may have something of the request. */
const SENT: StaticArray<string> = ["send", "headers", "body", "decode"];

/** The failure for an error code, by its case. */
export function failureOf(errorCase: i32): HttpError {
  if (errorCase < 0 || errorCase >= TABLE.length) return failure("other", "headers", "the host failed the call", null);
  const row = TABLE[errorCase].split(" ");
  return failure(row[1], row[2], "the host failed the call with " + row[0], row[0]);
}

/** A failure; whether anything was sent follows from the phase. */
export function failure(code: string, phase: string, message: string, detail: string | null): HttpError {
  return new HttpError(code, phase, message, detail, SENT.includes(phase));
}
