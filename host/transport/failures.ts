import { errors } from "undici";
import type { FailureCode, Phase } from "../errors.ts";
import { HttpFailure } from "../errors.ts";

/** What one code of undici, Node, OpenSSL, c-ares or zlib means to a caller. */
interface Meaning {
  readonly code: FailureCode;
  /** Where the error itself says where; else it is where the call was. */
  readonly phase?: Phase;
  /** What happened, after the host and before a full stop. */
  readonly what: string;
}

const REFUSED: Meaning = { code: "connection-error", what: "refused the connection" };
const UNREACHABLE: Meaning = { code: "connection-error", what: "cannot be reached from here" };
const BROKEN: Meaning = { code: "connection-error", what: "broke the connection" };
const NO_SOCKET: Meaning = { code: "connection-error", what: "got no socket from this host" };
const SLOW: Meaning = { code: "timeout", what: "did not answer in time" };
const UNKNOWN_NAME: Meaning = {
  code: "dns-error",
  phase: "dns",
  what: "is a name without an address; check its spelling",
};
const NO_RESOLVER: Meaning = {
  code: "dns-error",
  phase: "dns",
  what: "could not be looked up: the name server gave no usable answer",
};
const UNTRUSTED: Meaning = {
  code: "tls-error",
  phase: "tls",
  what: "shows a certificate that no trusted authority vouches for",
};
const OUT_OF_DATE: Meaning = {
  code: "tls-error",
  phase: "tls",
  what: "shows a certificate outside its dates",
};
const WRONG_NAME: Meaning = {
  code: "tls-error",
  phase: "tls",
  what: "shows a certificate for another name",
};
const BAD_TLS: Meaning = { code: "tls-error", phase: "tls", what: "failed the TLS handshake" };
const NOT_HTTP: Meaning = {
  code: "protocol-error",
  what: "sent an answer that is not well-formed HTTP/1.1",
};
const CUT_SHORT: Meaning = {
  code: "protocol-error",
  what: "sent a body whose length is not the declared one, or declared two",
};
const BAD_CODING: Meaning = {
  code: "protocol-error",
  phase: "decode",
  what: "sent a body that its content coding cannot decode",
};
const TOO_LARGE: Meaning = { code: "too-large", what: "sent more than the host's limits allow" };
const STOPPED: Meaning = { code: "cancelled", what: "was not waited for: the host stops" };
const INTERNAL: Meaning = { code: "other", what: "was not called: a fault of this host" };

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["ECONNREFUSED", REFUSED],
  ["EHOSTUNREACH", UNREACHABLE],
  ["ENETUNREACH", UNREACHABLE],
  ["ENETDOWN", UNREACHABLE],
  ["EHOSTDOWN", UNREACHABLE],
  ["EADDRNOTAVAIL", UNREACHABLE],
  ["EAFNOSUPPORT", UNREACHABLE],
  ["EACCES", UNREACHABLE],
  ["EPERM", UNREACHABLE],
  ["ECONNRESET", BROKEN],
  ["ECONNABORTED", BROKEN],
  ["EPIPE", BROKEN],
  ["ENOTCONN", BROKEN],
  ["EPROTO", BAD_TLS],
  ["ETIMEDOUT", { code: "connection-error", what: "did not answer on the network" }],
  ["EMFILE", NO_SOCKET],
  ["ENFILE", NO_SOCKET],
  ["ENOBUFS", NO_SOCKET],
  ["ENOMEM", NO_SOCKET],
  ["ERR_STREAM_PREMATURE_CLOSE", BROKEN],
  ["ERR_STREAM_DESTROYED", BROKEN],
  ["ERR_SOCKET_CLOSED", BROKEN],
  ["ERR_SOCKET_CLOSED_BEFORE_CONNECTION", BROKEN],

  ["ENOTFOUND", UNKNOWN_NAME],
  ["ENODATA", UNKNOWN_NAME],
  ["ENONAME", UNKNOWN_NAME],
  ["EAI_NONAME", UNKNOWN_NAME],
  ["EAI_NODATA", UNKNOWN_NAME],
  ["EAI_AGAIN", NO_RESOLVER],
  ["EAI_FAIL", NO_RESOLVER],
  ["EAI_MEMORY", NO_RESOLVER],
  ["EFORMERR", NO_RESOLVER],
  ["ESERVFAIL", NO_RESOLVER],
  ["ENOTIMP", NO_RESOLVER],
  ["EREFUSED", NO_RESOLVER],
  ["EBADQUERY", NO_RESOLVER],
  ["EBADNAME", NO_RESOLVER],
  ["EBADFAMILY", NO_RESOLVER],
  ["EBADRESP", NO_RESOLVER],
  ["ETIMEOUT", NO_RESOLVER],
  ["EOF", NO_RESOLVER],
  ["EDESTRUCTION", NO_RESOLVER],
  ["ECANCELLED", NO_RESOLVER],

  ["ERR_TLS_CERT_ALTNAME_INVALID", WRONG_NAME],
  ["HOSTNAME_MISMATCH", WRONG_NAME],
  ["CERT_HAS_EXPIRED", OUT_OF_DATE],
  ["CERT_NOT_YET_VALID", OUT_OF_DATE],
  ["CRL_HAS_EXPIRED", OUT_OF_DATE],
  ["CRL_NOT_YET_VALID", OUT_OF_DATE],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNTRUSTED],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNTRUSTED],
  ["UNABLE_TO_GET_ISSUER_CERT", UNTRUSTED],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNTRUSTED],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNTRUSTED],
  ["CERT_CHAIN_TOO_LONG", UNTRUSTED],
  ["CERT_REVOKED", UNTRUSTED],
  ["CERT_REJECTED", UNTRUSTED],
  ["CERT_UNTRUSTED", UNTRUSTED],
  ["CERT_SIGNATURE_FAILURE", UNTRUSTED],
  ["INVALID_CA", UNTRUSTED],
  ["INVALID_PURPOSE", UNTRUSTED],
  ["PATH_LENGTH_EXCEEDED", UNTRUSTED],
  ["ERROR_IN_CERT_NOT_BEFORE_FIELD", UNTRUSTED],
  ["ERROR_IN_CERT_NOT_AFTER_FIELD", UNTRUSTED],
  ["UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", UNTRUSTED],
  ["UNABLE_TO_DECRYPT_CERT_SIGNATURE", UNTRUSTED],
  ["UNABLE_TO_GET_CRL", UNTRUSTED],
  ["OUT_OF_MEM", NO_SOCKET],

  ["UND_ERR", INTERNAL],
  ["UND_ERR_ABORT", STOPPED],
  ["UND_ERR_ABORTED", STOPPED],
  ["UND_ERR_CLOSED", STOPPED],
  ["UND_ERR_DESTROYED", STOPPED],
  ["UND_ERR_INFO", BROKEN],
  ["UND_ERR_SOCKET", BROKEN],
  ["UND_ERR_CONNECT_TIMEOUT", SLOW],
  ["UND_ERR_HEADERS_TIMEOUT", SLOW],
  ["UND_ERR_BODY_TIMEOUT", SLOW],
  ["UND_ERR_HTTP_PARSER", NOT_HTTP],
  ["UND_ERR_HEADERS_OVERFLOW", { ...TOO_LARGE, phase: "headers" }],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", { ...TOO_LARGE, phase: "body" }],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", CUT_SHORT],
  ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", INTERNAL],
  ["UND_ERR_INVALID_ARG", INTERNAL],
  ["UND_ERR_INVALID_RETURN_VALUE", INTERNAL],
  ["UND_ERR_NOT_SUPPORTED", INTERNAL],
  ["UND_ERR_BPL_MISSING_UPSTREAM", INTERNAL],
  ["UND_ERR_MAX_ORIGINS_REACHED", INTERNAL],
  ["UND_ERR_PRX_CONN", INTERNAL],
  ["UND_ERR_PRX_TLS", INTERNAL],
  ["UND_ERR_REDIRECT_MAX", INTERNAL],
  ["UND_ERR_REQ_RETRY", INTERNAL],
  ["UND_ERR_RESPONSE", INTERNAL],
  ["UND_ERR_SOCKS5", INTERNAL],
  ["UND_ERR_WS_MESSAGE_SIZE_EXCEEDED", INTERNAL],
  ["ERR_WEBASSEMBLY_NOT_SUPPORTED", INTERNAL],
  // undici asserts what a parser may hand it; a server that breaks the assertion broke the protocol.
  ["ERR_ASSERTION", NOT_HTTP],

  ["ERR_TRAILING_JUNK_AFTER_STREAM_END", BAD_CODING],
]);

const FAMILIES: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ["HPE_", NOT_HTTP],
  ["ERR_SSL_", BAD_TLS],
  ["ERR_TLS_", BAD_TLS],
  ["ERR_OSSL_", BAD_TLS],
  ["Z_", BAD_CODING],
  ["ERR_BROTLI_", BAD_CODING],
  ["ERR__ERROR_", BAD_CODING],
  ["ZSTD_", BAD_CODING],
];

const UNKNOWN: Meaning = { code: "other", what: "failed in a way this host does not know" };

/** Whether the table knows a code. */
export function isKnownCode(code: string): boolean {
  return meaningOf(code) !== UNKNOWN;
}

function meaningOf(code: string | undefined): Meaning {
  if (code === undefined) return UNKNOWN;
  return MEANINGS.get(code) ?? FAMILIES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? UNKNOWN;
}

/** Where a call was when an error came. */
export interface Circumstance {
  /** The host, and the port where it is not 443. */
  readonly authority: string;
  readonly phase: Phase;
  readonly sent: boolean;
  /** Whether any byte of a response had come. */
  readonly answered: boolean;
}

/**
 * The failure for an error that undici, Node, OpenSSL, the resolver or zlib raised. The message
 * holds the error's code and nothing else of it, for what a library writes may quote the peer.
 */
export function failureOf(error: unknown, at: Circumstance): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = codeOf(error);
  const known = meaningOf(code);
  // The peer ended its answer in the middle, or with something undici will not read (a bare 100, an upgrade).
  const meaning = code === "UND_ERR_SOCKET" && at.answered ? NOT_HTTP : known;
  const phase = meaning.phase ?? at.phase;
  return new HttpFailure({
    code: meaning.code,
    phase,
    message: `${at.authority} ${meaning.what} (phase ${phase}${code === undefined ? "" : `, ${code}`}).`,
    detail: code,
    requestMayHaveBeenSent: at.sent,
    cause: error,
  });
}

/** The code by which the table knows an error; undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  // undici 8.12.4 looks the parser's own code up in the wrong direction and leaves it undefined.
  if (error instanceof errors.HTTPParserError) return "UND_ERR_HTTP_PARSER";
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
