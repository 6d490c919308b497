import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SealedSecret } from "../../host/auth/seal/sealed.ts";
import { ConfigError } from "../../host/errors.ts";
import { lintEntry } from "../../host/policy/allowlist.ts";
import { ENTRY, sealable, seal } from "./values.ts";

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a value of 15 bytes is refused; of 16 and 17 sealed", () => {
  const { path, message } = errorOf(() => seal("a23456789012345"));
  expect(path).toBe("secrets.key");
  expect(message).toContain("15 bytes");
  expect(message).not.toContain("a23456789012345");
  expect(seal("a234567890123456").value).toBe("a234567890123456");
  expect(seal("a2345678901234567").value).toBe("a2345678901234567");
});

test("bytes are counted in UTF-8", () => {
  expect(seal("\xe9".repeat(8)).value).toHaveLength(8);
  expect(errorOf(() => seal(`${"\xe9".repeat(7)}a`)).message).toContain("15 bytes");
});

test.each([
  ["a line end at its end", "hidden-value-0123\n"],
  ["a line end inside", "hidden-value\r\n0123456"],
  ["a null", "hidden-value\u{0}0123456"],
  ["DEL", "hidden-value\x7f0123456"],
  ["a character above U+00FF", "hidden-value\u01000123456"],
  ["a lone surrogate", "hidden-value\ud8000123456"],
  ["a space before it", " hidden-value-0123"],
  ["a tab behind it", "hidden-value-0123\t"],
])("a value with %s is refused", (_, value) => {
  const { path, message } = errorOf(() => seal(value));
  expect(path).toBe("secrets.key");
  expect(message).not.toContain("hidden");
});

test("a secret without an entry is refused", () => {
  expect(errorOf(() => seal("hidden-value-0123", "key", [])).path).toBe("secrets.key.for");
});

test("an entry that is refused is named by its place, with the line to write", () => {
  const { path, message } = errorOf(() => seal("hidden-value-0123", "key", [ENTRY, "http://b.example/*"]));
  expect(path).toBe("secrets.key.for[1]");
  expect(message).toContain('"https://b.example/*"');
});

test.each(["hidden.value.example", "http://Hidden.value.example/v1*", "https://a.example/hidden.value.example/**"])(
  "a value that stands among the entries (%s) is not quoted",
  (entry) => {
    expect(lintEntry(entry).suggestion?.toLowerCase()).toContain("hidden");
    const { message } = errorOf(() => seal("hidden.value.example", "key", [entry]));
    expect(message.toLowerCase()).not.toContain("hidden");
  },
);

test("an internal host needs the operator's internalHosts", () => {
  const options = { for: ["https://vault.internal/*"] };
  expect(errorOf(() => SealedSecret.seal("key", "hidden-value-0123", options)).path).toBe("secrets.key.for[0]");
  const { allowlist } = SealedSecret.seal("key", "hidden-value-0123", {
    ...options,
    internalHosts: ["vault.internal"],
  });
  expect(allowlist.check("https://vault.internal/a").allowed).toBe(true);
});

test("a secret is scrubbed unless the operator turns that off", () => {
  expect(seal("hidden-value-0123").scrub).toBe(true);
  expect(SealedSecret.seal("key", "hidden-value-0123", { for: [ENTRY], scrub: false }).scrub).toBe(false);
});

test("a sealed secret shows no value where it is logged", () => {
  fc.assert(
    fc.property(sealable, (value) => {
      const secret = seal(value);
      expect(inspect(secret, { showHidden: true, depth: Infinity })).not.toContain("hidden");
      const logged = inspect(secret, { depth: Infinity }) + JSON.stringify(secret) + String(secret);
      expect(logged).not.toContain(JSON.stringify(value).slice(1, -1));
      expect(secret.value).toBe(value);
    }),
  );
});
