import { expect, test } from "vitest";
import { HttpFailure } from "../../host/errors.ts";
import { checkHeaders, DROPPED_AFTER_DECODING, fieldValue } from "../../host/policy/headers.ts";

test("no headers may leave", () => {
  expect(checkHeaders([], true)).toBeUndefined();
});

test("a refusal is a failure of the phase validate, before anything was sent", () => {
  const failure = checkHeaders(["Host", "a"], false);
  expect(failure).toBeInstanceOf(HttpFailure);
  expect(failure).toMatchObject({ phase: "validate", requestMayHaveBeenSent: false });
});

test.each([
  {
    fields: ["Host", "s3cret"],
    message: 'the header "Host" is the host\'s to write; leave it out',
  },
  {
    fields: [":path", "s3cret"],
    message: 'the header ":path" is a pseudo-header, and those are the host\'s',
  },
  {
    fields: ["a b", "s3cret"],
    message: 'the header name "a…" is not a token (RFC 9110, section 5.6.2)',
  },
  {
    fields: ["Authorization: Bearer s3cret", "a"],
    message: 'the header name "Authorization…" is not a token (RFC 9110, section 5.6.2)',
  },
  {
    fields: ["\u00e9s3cret", "a"],
    message: 'the header name "…" is not a token (RFC 9110, section 5.6.2)',
  },
  {
    fields: ["", "s3cret"],
    message: 'the header name "" is not a token (RFC 9110, section 5.6.2)',
  },
  {
    fields: [":path: s3cret", "a"],
    message: 'the header ":path…" is a pseudo-header, and those are the host\'s',
  },
  {
    fields: ["x-a", "s3cret\n"],
    message: 'the value of the header "x-a" holds a control character or one above U+00FF',
  },
  {
    fields: ["accept-encoding", "s3cret"],
    message: "the header accept-encoding is the host's to write; only identity may be asked for",
  },
  {
    fields: ["authorization", "s3cret"],
    message: "an authorization header stands beside auth; leave one of them out",
  },
  {
    fields: ["Content-Type", "a", "content-type", "s3cret"],
    message: 'the header "content-type" stands twice and can have one value only',
  },
])("a message names the field and never its value: $message", ({ fields, message }) => {
  expect(checkHeaders(fields, true)?.message).toBe(message);
});

test("a long name is cut in a message", () => {
  const name = "a".repeat(64);
  expect(checkHeaders([name, "\n"], false)?.message).toContain(`"${name}"`);
  expect(checkHeaders([`${name}b`, "\n"], false)?.message).toContain(`"${name}…"`);
});

test("the first field that is refused is named", () => {
  expect(checkHeaders(["x-a", "a", "x-b", "\n", "host", "a"], false)?.code).toBe("invalid-header");
});

test("a name without a value is refused", () => {
  expect(checkHeaders(["x-a", "a", "x-b"], false)?.code).toBe("invalid-header");
});

test.each(["Authorization", "authorization", "AUTHORIZATION"])("%s beside auth is a collision", (name) => {
  expect(checkHeaders([name, "a"], true)?.code).toBe("auth-collision");
  expect(checkHeaders([name, "a"], false)).toBeUndefined();
  expect(checkHeaders([`x-${name}`, "a"], true)).toBeUndefined();
});

test.each(["Authorization", "Content-Type", "Cookie"])("%s stands once only", (name) => {
  expect(checkHeaders([name, "a"], false)).toBeUndefined();
  expect(checkHeaders([name, "a", "x-a", "a", name.toLowerCase(), "a"], false)?.code).toBe("invalid-header");
});

test.each(["Accept", "User-Agent", "Referer", "Range", "x-a"])("%s may stand twice", (name) => {
  expect(checkHeaders([name, "a", name.toLowerCase(), "b"], false)).toBeUndefined();
});

test("a field's value is what stands between outer spaces and tabs", () => {
  expect(fieldValue(" \ta b\t ")).toBe("a b");
  expect(fieldValue("\u00a0a\u00a0")).toBe("\u00a0a\u00a0");
  expect(fieldValue(" \t ")).toBe("");
});

test("a long run of spaces inside a value is read once", () => {
  const value = `a${" ".repeat(1_000_000)}b`;
  expect(fieldValue(` ${value} `)).toBe(value);
});

test("content-encoding and content-length do not outlive the decoding", () => {
  expect([...DROPPED_AFTER_DECODING]).toEqual(["content-encoding", "content-length"]);
});
