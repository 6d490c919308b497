import { describe, expect, test } from "vitest";
import { ConfigError } from "../../host/errors.ts";
import { Allowlist, lintEntry } from "../../host/policy/allowlist.ts";

function check(entries: readonly string[], url: string): ReturnType<Allowlist["check"]> {
  return Allowlist.compile(entries).check(url);
}

describe("a decision", () => {
  test("on a URL that may leave names the entry and where the request goes", () => {
    expect(
      check(["https://b.example/*", "https://a.example:8443/v1/*"], "https://A.example:8443/v1/\u00e9?q=1&r#f"),
    ).toEqual({
      allowed: true,
      matched: true,
      canonical: "https://a.example:8443/v1/%C3%A9?q=1&r",
      entry: "https://a.example:8443/v1/*",
      template: "/v1/*",
      reason: undefined,
      suggestion: undefined,
      code: undefined,
      target: {
        hostname: "a.example",
        port: 8443,
        authority: "a.example:8443",
        origin: "https://a.example:8443",
        requestTarget: "/v1/%C3%A9?q=1&r",
        path: "/v1/%C3%A9",
      },
    });
  });

  test("has the default port in the target and not in the authority", () => {
    expect(check(["https://a.example"], "https://a.example:443?").target).toEqual({
      hostname: "a.example",
      port: 443,
      authority: "a.example",
      origin: "https://a.example",
      requestTarget: "/?",
      path: "/",
    });
  });

  test("prints its fields in the order of a reader's questions", () => {
    const fields = "allowed matched canonical entry template reason suggestion code target".split(" ");
    expect(Object.keys(check(["https://a.example/*"], "https://a.example/"))).toEqual(fields);
    expect(Object.keys(check([], "https://a.example/"))).toEqual(fields);
    expect(Object.keys(check([], "http://a.example/"))).toEqual(fields);
  });

  test("names the first entry that matches", () => {
    expect(check(["https://a.example/v1/*", "https://a.example/*"], "https://a.example/v1/x").entry).toBe(
      "https://a.example/v1/*",
    );
    expect(check(["https://a.example/*", "https://a.example/v1/*"], "https://a.example/v1/x").entry).toBe(
      "https://a.example/*",
    );
  });

  test("names an entry as the list spells it, with an A-label host", () => {
    const list = ["https://A.example", "https://b\u00fccher.example/caf\u00e9"];
    expect(Allowlist.compile(list).entries).toEqual(["https://A.example", "https://xn--bcher-kva.example/caf%C3%A9"]);
    expect(check(list, "https://a.example/").entry).toBe("https://A.example");
    expect(check(list, "https://b\u00fccher.example/caf\u00e9").entry).toBe("https://xn--bcher-kva.example/caf%C3%A9");
  });
});

const compileRefused = (): Allowlist => Allowlist.compile(["https://a.example/*", "http://b.example/*"]);

describe("compiling", () => {
  test("an entry that is refused is an error with its place and the corrected line", () => {
    expect(compileRefused).toThrow(ConfigError);
    expect(compileRefused).toThrow(
      expect.objectContaining({
        path: "permissions.http[1]",
        message:
          'permissions.http[1]: got "http://b.example/*", wanted "https://b.example/*": the URL does not begin with https://, spelt so',
      }),
    );
  });

  test("an entry without a correction is an error with its reason", () => {
    expect(() => Allowlist.compile(["https://127.0.0.1/"])).toThrow(
      'permissions.http[0]: got "https://127.0.0.1/", wanted another: an IP address cannot stand for a host; use the host\'s name',
    );
  });

  test.each([
    ["https://u:s3cret@a.example/", '"…@a.example/"'],
    ["https://u:s3@cret@a.example/", '"…@a.example/"'],
    ["https://u:s3/cret@a.example/", '"…@a.example/"'],
    ["u:s3cret@a.example/", '"…@a.example/"'],
    ["https:/u:s3cret@a.example/", '"…@a.example/"'],
    ["https:u:s3cret@a.example", '"…@a.example"'],
    ["https:\\\\u:s3cret@a.example", '"…@a.example"'],
    [`https://${"s3cret".repeat(40)}@a.example/?s3cret`, '"…@a.example/?…"'],
    ["https://u:s3?cret@a.example/", '"…"'],
    ["https://u:s3#cret@a.example/", '"…"'],
    ["https://a.example/?mail=s3cret@b.example", '"…"'],
    ["https://a.example/?key=s3cret\n#s3cret", '"https://a.example/?…"'],
    ["https://a.example/#s3cret", '"https://a.example/?…"'],
    ["?s3cret", '"?…"'],
    ["@a.example/", '"…@a.example/"'],
    ["@a.example/?s3cret", '"…@a.example/?…"'],
    [`http://a.example/${"b".repeat(183)}`, `"http://a.example/${"b".repeat(183)}"`],
    [`http://a.example/${"b".repeat(184)}`, `"http://a.example/${"b".repeat(183)}…"`],
  ])("the error for %s quotes %s", (entry, quoted) => {
    expect(() => Allowlist.compile([entry])).toThrow(`permissions.http[0]: got ${quoted}, wanted`);
    expect(() => Allowlist.compile([entry])).not.toThrow("s3cret");
  });

  test("the error for an internal host quotes no userinfo", () => {
    expect(() => Allowlist.compile([], { internalHosts: ["u:s3cret@db"] })).toThrow('internalHosts[0]: got "…@db"');
  });

  test("an internal host may stand in entries, in any spelling of its name, and no other host with it", () => {
    const internalHosts = ["Vault.Internal", "b\u00fccher.local", "db"];
    for (const host of ["vault.internal", "VAULT.internal", "xn--bcher-kva.local", "db"]) {
      expect(lintEntry(`https://${host}/*`, { internalHosts }).valid).toBe(true);
      expect(lintEntry(`https://${host}/*`).valid).toBe(false);
      const allowlist = Allowlist.compile([`https://${host}/*`], { internalHosts });
      expect(allowlist.check(`https://${host}/a`).allowed).toBe(true);
      expect(allowlist.check("https://other.internal/a").suggestion).toBeUndefined();
    }
    expect(lintEntry("https://x.vault.internal/*", { internalHosts }).valid).toBe(false);
  });

  test("an internal host opens nothing by itself", () => {
    expect(Allowlist.compile([], { internalHosts: ["db"] }).check("https://db/")).toMatchObject({
      allowed: false,
      suggestion: "https://db/",
      reason: "permissions.http is empty, so nothing may leave",
    });
  });

  test("an internal host that is none is an error with its place", () => {
    expect(() => Allowlist.compile([], { internalHosts: ["db", "10.0.0.1"] })).toThrow(
      expect.objectContaining({ path: "internalHosts[1]" }),
    );
    expect(() => lintEntry("https://a.example/", { internalHosts: ["*.internal"] })).toThrow(ConfigError);
  });

  test.each([
    ["[::1]", "wanted another: an IP address cannot stand for a host; use the host's name"],
    ["vault.", 'wanted "vault": a host cannot end in a dot'],
    ["1.1.", "wanted another: a host cannot end in a dot"],
  ])("the error for the internal host %s proposes another only where that is one", (host, message) => {
    expect(() => Allowlist.compile([], { internalHosts: [host] })).toThrow(message);
  });

  test.each(["localhost", "local", "internal", "home.arpa", "onion", "invalid", "alt"])(
    "a name under %s needs the operator, one that only ends so does not",
    (name) => {
      expect(lintEntry(`https://a.${name}/`).valid).toBe(false);
      expect(lintEntry(`https://a.b.${name}/`).valid).toBe(false);
      expect(lintEntry(`https://a.not${name}/`).valid).toBe(true);
      expect(lintEntry(`https://${name}.example/`).valid).toBe(true);
    },
  );
});
