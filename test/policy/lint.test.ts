import { describe, expect, test } from "vitest";
import { lintEntry } from "../../host/policy/allowlist.ts";

describe("the linter", () => {
  test("shows a valid entry as it is matched", () => {
    expect(lintEntry("https://b\u00fccher.EXAMPLE:443/caf\u00e9/*")).toEqual({
      valid: true,
      canonical: "https://xn--bcher-kva.example/caf%C3%A9/*",
      reason: undefined,
      suggestion: undefined,
    });
  });

  test("hints that an entry without a path allows exactly /", () => {
    expect(lintEntry("https://a.example:8443")).toEqual({
      valid: true,
      canonical: "https://a.example:8443/",
      reason: "an entry without a path allows exactly /; a path of /* allows everything on the host",
      suggestion: "https://a.example:8443/*",
    });
  });

  test.each([
    ["https://a.example/v1?a", "an entry has no query and no fragment; they are not matched"],
    ["https://a.example/v1/..", "the path holds a . or .. segment"],
    ["https://localhost/", "the host is not a public name, and only the operator can open it, in internalHosts"],
    ["https://a.example/%7e", "the path's escapes need upper-case digits, and letters, digits, -, ., _ and ~ none"],
    ["https://a.example/v1*", "* stands for a whole segment of the path only"],
  ])("says why %s is refused", (entry, reason) => {
    expect(lintEntry(entry)).toMatchObject({ valid: false, canonical: undefined, reason });
  });

  test("keeps the reason of the first fault when it corrects several", () => {
    expect(lintEntry("http://a.example/v1*?q")).toEqual({
      valid: false,
      canonical: undefined,
      reason: "the URL does not begin with https://, spelt so",
      suggestion: "https://a.example/v1/*",
    });
  });
});
