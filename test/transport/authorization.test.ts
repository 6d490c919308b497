import fc from "fast-check";
import { expect, test } from "vitest";
import { authorizationValue } from "../../host/auth/authorization.ts";
import { HttpFailure } from "../../host/errors.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HttpFailure) return error.code;
    throw error;
  }
  return "none";
}

test.each(["sk_live_1", "a.b-c_d~e+f/g==", "ghp_x:y", '{"a"}', "\xe9"])("the token %s is sent as it is", (token) => {
  expect(authorizationValue({ kind: "bearer", token })).toBe(`Bearer ${token}`);
});

test.each(["", " ", "a b", "a\n", "a\r\nX: y", "a\0", "a\x7f", "\u0100", "\t"])(
  "the token %j is invalid-request",
  (token) => {
    expect(codeOf(() => authorizationValue({ kind: "bearer", token }))).toBe("invalid-request");
  },
);

test("basic credentials are base64 of their UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (user, password) => {
      // oxlint-disable-next-line no-control-regex
      const unwritable = user.includes(":") || /[\x00-\x1f\x7f-\x9f]/.test(user + password);
      const run = (): string => authorizationValue({ kind: "basic", user, password });
      if (unwritable) {
        expect(codeOf(run)).toBe("invalid-request");
      } else {
        expect(Buffer.from(run().slice("Basic ".length), "base64").toString("utf8")).toBe(`${user}:${password}`);
      }
    }),
  );
});

test.each([
  ["a:b", "c"],
  [":", ""],
  ["a\n", "b"],
  ["a", "b\r\nX: y"],
  ["a", "\0"],
])("the credentials %j, %j are invalid-request", (user, password) => {
  expect(codeOf(() => authorizationValue({ kind: "basic", user, password }))).toBe("invalid-request");
});

test("no message holds what was refused", () => {
  for (const authorization of [
    { kind: "bearer", token: "hidden hidden" },
    { kind: "basic", user: "hidden:", password: "hidden" },
    { kind: "basic", user: "hidden", password: "hidden\0" },
  ] as const) {
    expect(() => authorizationValue(authorization)).toThrow(/^(?!.*hidden)/);
  }
});
