import { describe, expect, test } from "vitest";
import { Allowlist } from "../../host/policy/allowlist.ts";

function check(entries: readonly string[], url: string): ReturnType<Allowlist["check"]> {
  return Allowlist.compile(entries).check(url);
}

describe("a denial", () => {
  test.each([
    {
      rule: "an empty list allows nothing",
      list: [],
      url: "https://a.example/v1?q",
      entry: undefined,
      reason: "permissions.http is empty, so nothing may leave",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "the host that is most alike is the nearest",
      list: ["https://b.test/*", "https://api.a.example/*", "https://api.b.example/*"],
      url: "https://api.c.example/",
      entry: "https://api.a.example/*",
      reason: "the host api.c.example is not the entry's api.a.example",
      suggestion: "https://api.c.example/",
    },
    {
      rule: "what hosts share at their beginning counts as what they share at their end",
      list: ["https://xx.example/*", "https://api.stripe.com/*"],
      url: "https://api.stripe.co/",
      entry: "https://api.stripe.com/*",
      reason: "the host api.stripe.co is not the entry's api.stripe.com",
      suggestion: "https://api.stripe.co/",
    },
    {
      rule: "what hosts share at their end counts",
      list: ["https://wx.test/*", "https://z.long.example/*"],
      url: "https://w.long.example/",
      entry: "https://z.long.example/*",
      reason: "the host w.long.example is not the entry's z.long.example",
      suggestion: "https://w.long.example/",
    },
    {
      rule: "a host that shares nothing still has a nearest entry",
      list: ["https://a.com/*", "https://b.com/*"],
      url: "https://x.org/",
      entry: "https://a.com/*",
      reason: "the host x.org is not the entry's a.com",
      suggestion: "https://x.org/",
    },
    {
      rule: "a host that is a part of another is another",
      list: ["https://long.a.example/*", "https://q.example/*"],
      url: "https://a.example/",
      entry: "https://long.a.example/*",
      reason: "the host a.example is not the entry's long.a.example",
      suggestion: "https://a.example/",
    },
    {
      rule: "the same host on another port comes before another host",
      list: ["https://aa.example/*", "https://a.example:8443/*"],
      url: "https://a.example/v1",
      entry: "https://a.example:8443/*",
      reason: "the port 443 is not the entry's 8443",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "the same host comes before one that begins and ends like it",
      list: ["https://a.test.a.test/*", "https://a.test:8443/*"],
      url: "https://a.test/",
      entry: "https://a.test:8443/*",
      reason: "the port 443 is not the entry's 8443",
      suggestion: "https://a.test/",
    },
    {
      rule: "a long host is not alike for its length",
      list: ["https://aaaaaaaaaaaa.com/*", "https://x.y.example/*"],
      url: "https://w.y.example/",
      entry: "https://x.y.example/*",
      reason: "the host w.y.example is not the entry's x.y.example",
      suggestion: "https://w.y.example/",
    },
    {
      rule: "a long host that ends otherwise is not alike for its length",
      list: ["https://bbbbbbbbbbbb.com/*", "https://a.example.io/*"],
      url: "https://a.example.net/",
      entry: "https://a.example.io/*",
      reason: "the host a.example.net is not the entry's a.example.io",
      suggestion: "https://a.example.net/",
    },
    {
      rule: "the same port with another path comes before another port",
      list: ["https://a.example:8443/*", "https://a.example/v2"],
      url: "https://a.example/v1",
      entry: "https://a.example/v2",
      reason: "the path /v1 does not match the entry's /v2",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "the path that matches longest is the nearest",
      list: ["https://a.example/x", "https://a.example/v1/a/c", "https://a.example/v1/*/d", "https://a.example/v1"],
      url: "https://a.example/v1/a/b",
      entry: "https://a.example/v1/a/c",
      reason: "the path /v1/a/b does not match the entry's /v1/a/c",
      suggestion: "https://a.example/v1/a/b",
    },
    {
      rule: "a path that is too short matches as far as it goes",
      list: ["https://a.example/x", "https://a.example/v1/a/*"],
      url: "https://a.example/v1",
      entry: "https://a.example/v1/a/*",
      reason: "the path /v1 does not match the entry's /v1/a/*",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "an entry without a path allows exactly /",
      list: ["https://a.example"],
      url: "https://a.example/v1",
      entry: "https://a.example",
      reason: "the path /v1 is not /, and an entry without a path allows exactly /",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "an entry with a path of / is not called one without",
      list: ["https://a.example/"],
      url: "https://a.example/v1",
      entry: "https://a.example/",
      reason: "the path /v1 does not match the entry's /",
      suggestion: "https://a.example/v1",
    },
    {
      rule: "* before the last segment does not take %2F, and the denial says so",
      list: ["https://a.example/u/*/x"],
      url: "https://a.example/u/a%2Fb/x",
      entry: "https://a.example/u/*/x",
      reason: "a * before the last segment stands for one segment, and never for one that holds %2F",
      suggestion: "https://a.example/u/a%2Fb/x",
    },
    {
      rule: "a missing segment under * is not said to hold %2F",
      list: ["https://a.example/u/*/x"],
      url: "https://a.example/u",
      entry: "https://a.example/u/*/x",
      reason: "the path /u does not match the entry's /u/*/x",
      suggestion: "https://a.example/u",
    },
    {
      rule: "an empty segment under * is not said to hold %2F",
      list: ["https://a.example/u/*/x"],
      url: "https://a.example/u/",
      entry: "https://a.example/u/*/x",
      reason: "the path /u/ does not match the entry's /u/*/x",
      suggestion: "https://a.example/u/",
    },
    {
      rule: "a %2F where the entry is literal is only another path",
      list: ["https://a.example/u/b/*"],
      url: "https://a.example/u/a%2Fb/x",
      entry: "https://a.example/u/b/*",
      reason: "the path /u/a%2Fb/x does not match the entry's /u/b/*",
      suggestion: "https://a.example/u/a%2Fb/x",
    },
    {
      rule: "escapes that are spelt in another way are compared byte for byte, and the denial says so",
      list: ["https://b.example/g%2Fp/*", "https://a.example/x", "https://a.example/g%2Fp/*"],
      url: "https://a.example/g%2fp/%7e?q",
      entry: "https://a.example/g%2Fp/*",
      reason:
        "the path spells its escapes in another way than the entry, and they are compared byte for byte; write /g%2Fp/~ to match it",
      suggestion: "https://a.example/*",
    },
    {
      rule: "a respelling is a hint, and what is proposed allows the URL as it is spelt",
      list: ["https://a.example/v1/a-b"],
      url: "https://a.example/v1/a%2Db",
      entry: "https://a.example/v1/a-b",
      reason:
        "the path spells its escapes in another way than the entry, and they are compared byte for byte; write /v1/a-b to match it",
      suggestion: "https://a.example/v1/*",
    },
    {
      rule: "a * that stands in the URL is in no proposal but as a wildcard",
      list: ["https://a.example/*/x-y"],
      url: "https://a.example/a*b/x%2Dy",
      entry: "https://a.example/*/x-y",
      reason:
        "the path spells its escapes in another way than the entry, and they are compared byte for byte; write /a*b/x-y to match it",
      suggestion: "https://a.example/*",
    },
    {
      rule: "a path that no entry can spell is opened from where it begins",
      list: ["https://b.example/"],
      url: "https://a.example/v1/g%2fp/x",
      entry: "https://b.example/",
      reason: "the host a.example is not the entry's b.example",
      suggestion: "https://a.example/v1/*",
    },
    {
      rule: "a * in a path is no wildcard of an entry",
      list: ["https://b.example/"],
      url: "https://a.example/v1/a*",
      entry: "https://b.example/",
      reason: "the host a.example is not the entry's b.example",
      suggestion: "https://a.example/v1/*",
    },
    {
      rule: "a first segment that no entry can spell opens the whole host",
      list: ["https://b.example/"],
      url: "https://a.example/a*",
      entry: "https://b.example/",
      reason: "the host a.example is not the entry's b.example",
      suggestion: "https://a.example/*",
    },
    {
      rule: "a host that only the operator can open has no line to add",
      list: ["https://b.example/"],
      url: "https://localhost/v1",
      entry: "https://b.example/",
      reason:
        "the host localhost is not the entry's b.example; the host is not a public name, and only the operator can open it, in internalHosts",
      suggestion: undefined,
    },
  ])("$rule", ({ list, url, entry, reason, suggestion }) => {
    const { target, ...decision } = check(list, url);
    expect(target).toBeUndefined();
    expect(decision).toEqual({
      allowed: false,
      matched: false,
      canonical: url,
      entry,
      reason,
      suggestion,
      code: "not-allowed",
    });
  });

  test("shows 200 characters of a path and no more", () => {
    const path = "a".repeat(199);
    expect(check(["https://a.example/x"], `https://a.example/${path}`).reason).toBe(
      `the path /${path} does not match the entry's /x`,
    );
    expect(check(["https://a.example/x"], `https://a.example/${path}b`).reason).toBe(
      `the path /${path}… does not match the entry's /x`,
    );
  });
});
