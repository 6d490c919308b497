import { errors } from "undici";
import { expect, test } from "vitest";
import { HttpFailure } from "../../host/errors.ts";
import { codeOf, failureOf, isKnownCode } from "../../host/transport/failures.ts";

const AT = { authority: "api.example.com", phase: "headers", sent: true, answered: false } as const;

test.each(Object.entries(errors))("undici's %s has a place in the table", (_name, constructor) => {
  const error: unknown = Reflect.construct(constructor, ["text", undefined, {}]);
  const code = codeOf(error);
  expect(code).toBeTypeOf("string");
  expect(isKnownCode(code ?? "")).toBe(true);
});

test.each([
  ["ECONNREFUSED", "connection-error", "headers"],
  ["ECONNRESET", "connection-error", "headers"],
  ["ENOTFOUND", "dns-error", "dns"],
  ["EAI_AGAIN", "dns-error", "dns"],
  ["ESERVFAIL", "dns-error", "dns"],
  ["CERT_HAS_EXPIRED", "tls-error", "tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-error", "tls"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls-error", "tls"],
  ["Z_DATA_ERROR", "protocol-error", "decode"],
  ["ERR__ERROR_FORMAT_PADDING_2", "protocol-error", "decode"],
  ["ZSTD_error_prefix_unknown", "protocol-error", "decode"],
  ["HPE_INVALID_CONSTANT", "protocol-error", "headers"],
  ["UND_ERR_HEADERS_OVERFLOW", "too-large", "headers"],
  ["UND_ERR_DESTROYED", "cancelled", "headers"],
  ["UND_ERR_INVALID_ARG", "other", "headers"],
  ["NEVER_HEARD_OF", "other", "headers"],
])("%s is %s in phase %s", (detail, code, phase) => {
  const failure = failureOf(Object.assign(new Error("secret"), { code: detail }), AT);
  expect(failure).toMatchObject({ code, phase, detail, requestMayHaveBeenSent: true });
  expect(failure.message).not.toContain("secret");
  expect(failure.message).toContain("api.example.com");
});

test("a socket that ends is a connection-error before the first byte of a response, a protocol-error after", () => {
  const error = new errors.SocketError("other side closed");
  expect(failureOf(error, AT).code).toBe("connection-error");
  expect(failureOf(error, { ...AT, answered: true }).code).toBe("protocol-error");
});

test("what is a failure already stays as it is", () => {
  const failure = new HttpFailure({ code: "cancelled", phase: "queue", message: "stopped" });
  expect(failureOf(failure, AT)).toBe(failure);
});

test.each([undefined, null, "text", 7, {}, { code: 7 }, new Error("secret")])(
  "%s is other, without a detail",
  (thrown) => {
    expect(failureOf(thrown, AT)).toMatchObject({ code: "other", detail: undefined });
  },
);
