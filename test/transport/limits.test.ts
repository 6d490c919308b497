import { expect, test } from "vitest";
import { ConfigError } from "../../host/errors.ts";
import type { Limits } from "../../host/transport/limits.ts";
import { DEFAULT_LIMITS, resolveLimits } from "../../host/transport/limits.ts";

test("no limits are the defaults", () => {
  expect(resolveLimits()).toEqual(DEFAULT_LIMITS);
  expect(resolveLimits({})).toEqual(DEFAULT_LIMITS);
});

test("one limit changes itself alone", () => {
  expect(resolveLimits({ headerCount: 7 })).toEqual({ ...DEFAULT_LIMITS, headerCount: 7 });
});

test.each(Object.keys(DEFAULT_LIMITS) as (keyof Limits)[])("%s is a whole number in range", (name) => {
  for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "7" as unknown as number]) {
    expect(() => resolveLimits({ [name]: value })).toThrow(ConfigError);
    expect(() => resolveLimits({ [name]: value })).toThrow(`limits.${name}`);
  }
});

test("an unknown limit is refused by name", () => {
  for (const name of ["headersCount", "toString", "__proto__x"]) {
    expect(() => resolveLimits({ [name]: 1 } as Partial<Limits>)).toThrow(`limits.${name}`);
  }
});

test("a default deadline over the maximum is refused, and equal to it taken", () => {
  expect(resolveLimits({ defaultDeadline: 5, maximumDeadline: 5 }).defaultDeadline).toBe(5);
  expect(() => resolveLimits({ defaultDeadline: 6, maximumDeadline: 5 })).toThrow("limits.defaultDeadline");
});
