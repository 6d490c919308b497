import { expect, test } from "vitest";
import { credentialOf, wireHeaders } from "../../host/transport/request.ts";

test("the spaces and tabs around a value do not go on the wire", () => {
  expect(wireHeaders(["X-One", " \t a b\t "], undefined).slice(0, 2)).toEqual(["X-One", "a b"]);
});

test("a value of spaces alone is empty", () => {
  expect(wireHeaders(["X-One", " \t"], undefined)[1]).toBe("");
});

test("the same credentials with spaces around them are the same credentials", () => {
  expect(credentialOf(["Authorization", " Bearer a "], undefined)).toBe(
    credentialOf(["authorization", "Bearer a"], undefined),
  );
});
