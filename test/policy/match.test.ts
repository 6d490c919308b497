import { expect, test } from "vitest";
import { mismatchAt } from "../../host/policy/match.ts";

// Canonical paths hold no empty segment but the last, so no URL shows these.
test("* before the last segment does not stand for an empty one", () => {
  expect(mismatchAt(["*", "a"], ["", "a"])).toBe(0);
  expect(mismatchAt(["a", "*", "*"], ["a", "", "b"])).toBe(1);
});

test("* as the last segment stands for empty ones too", () => {
  expect(mismatchAt(["a", "*"], ["a", "", "b"])).toBe(-1);
});
