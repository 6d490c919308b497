import { describe, expect, test } from "vitest";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { Decision } from "../../host/policy/decision.ts";
import { harmlessUrls, hostileUrls } from "./corpus/index.ts";

function check(entries: readonly string[], url: string, internalHosts: readonly string[] = []): Decision {
  return Allowlist.compile(entries, { internalHosts, mode: "report" }).check(url);
}

describe("in report mode", () => {
  test("a URL that no entry matches may leave, with what a denial says and where it goes", () => {
    const url = "https://B.example/v1/\u00e9?q=1#f";
    const { allowed, code, target, ...denial } = Allowlist.compile(["https://a.example/*"]).check(url);
    expect({ allowed, code, target }).toEqual({ allowed: false, code: "not-allowed", target: undefined });
    expect(check(["https://a.example/*"], url)).toEqual({
      ...denial,
      allowed: true,
      matched: false,
      suggestion: "https://b.example/v1/%C3%A9",
      code: undefined,
      target: {
        hostname: "b.example",
        port: 443,
        authority: "b.example",
        origin: "https://b.example",
        requestTarget: "/v1/%C3%A9?q=1",
        path: "/v1/%C3%A9",
      },
    });
  });

  test("a URL that an entry matches is allowed as ever", () => {
    for (const { entry, url } of harmlessUrls) {
      expect(check([entry], url)).toEqual(Allowlist.compile([entry]).check(url));
    }
  });

  test("the entry that is proposed matches what was reported", () => {
    let reported = 0;
    for (const { entry, url } of hostileUrls) {
      const { allowed, suggestion, template } = check([entry], url);
      if (!allowed) continue;
      reported += 1;
      expect(template).toBeUndefined();
      expect(Allowlist.compile([suggestion ?? ""]).check(url)).toMatchObject({ allowed: true, matched: true });
    }
    expect(reported).toBeGreaterThan(20);
  });

  test("a hostile URL that is refused for its spelling stays refused, whatever the list", () => {
    const refused = hostileUrls.filter(({ code }) => code === "invalid-url");
    expect(refused.length).toBeGreaterThan(100);
    for (const { entry, url } of refused) {
      for (const list of [[entry], []]) {
        expect(check(list, url)).toEqual(Allowlist.compile(list).check(url));
        expect(check(list, url)).toMatchObject({ allowed: false, code: "invalid-url", target: undefined });
      }
    }
  });

  test.each([
    "https://localhost/",
    "https://metadata/",
    "https://printer.local/",
    "https://vault.internal/",
    "https://router.home.arpa/",
    "https://a.onion/",
    "https://a.invalid/",
    "https://a.alt/",
  ])("%s stays denied: no entry can name it", (url) => {
    expect(check([], url)).toMatchObject({ allowed: false, code: "not-allowed", suggestion: undefined });
  });

  test.each(["https://127.0.0.1/", "https://[::1]/", "https://0x7f.1/", "https://2130706433/", "http://a.example/"])(
    "%s stays refused",
    (url) => {
      expect(check([], url)).toMatchObject({ allowed: false, code: "invalid-url" });
    },
  );

  test("a host of internalHosts needs an entry", () => {
    const internal = ["vault.internal", "intranet.example"];
    const list = ["https://vault.internal/v1/*", "https://intranet.example/v1/*"];
    for (const host of internal) {
      expect(check(list, `https://${host}/v1/a`, internal)).toMatchObject({ allowed: true, matched: true });
      expect(check(list, `https://${host}/v2/a`, internal)).toMatchObject({
        allowed: false,
        code: "not-allowed",
        suggestion: `https://${host}/v2/a`,
      });
    }
  });

  test("the port is 443, unless an entry names that very origin", () => {
    const list = ["https://a.example:8443/v1/*"];
    expect(check(list, "https://a.example/")).toMatchObject({ allowed: true, matched: false });
    expect(check(list, "https://a.example:8443/v2")).toMatchObject({ allowed: true, matched: false });
    expect(check(list, "https://a.example:8444/v1/a")).toMatchObject({ allowed: false, code: "not-allowed" });
    expect(check(list, "https://b.example:8443/v1/a")).toMatchObject({ allowed: false, code: "not-allowed" });
  });
});

test("a list is enforced where nothing else is said", () => {
  for (const options of [{}, { mode: undefined }, { mode: "enforce" }] as const) {
    expect(Allowlist.compile([], options).check("https://a.example/")).toMatchObject({ allowed: false });
  }
});
