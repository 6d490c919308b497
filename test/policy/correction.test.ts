import { expect, test } from "vitest";
import { correct } from "../../host/policy/correction.ts";
import type { Refusal } from "../../host/policy/decision.ts";

/** A reader of numbers that refuses all below one and proposes the next. */
function from(least: number): (text: string) => { readonly read: number } | Refusal {
  return (text) =>
    Number(text) < least ? { reason: "too small", suggestion: String(Number(text) + 1) } : { read: Number(text) };
}

const refusal: Refusal = { reason: "too small", suggestion: "1" };

test("suggestions are followed to the first that is read", () => {
  expect(correct(refusal, from(1))).toEqual({ text: "1", value: { read: 1 } });
  expect(correct(refusal, from(3))).toEqual({ text: "3", value: { read: 3 } });
});

test("ten suggestions are followed and no more", () => {
  expect(correct(refusal, from(10))).toEqual({ text: "10", value: { read: 10 } });
  expect(correct(refusal, from(11))).toBeUndefined();
});

test("a refusal without a suggestion leads nowhere", () => {
  expect(correct({ reason: "none", suggestion: undefined }, from(0))).toBeUndefined();
});
