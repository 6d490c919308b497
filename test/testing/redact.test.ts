import { describe, expect, test } from "vitest";
import { Redactor } from "../../host/testing/redact.ts";

const PEM = `-----BEGIN KEY-----\n${"kS7/+pQ9".repeat(200).replace(/(.{64})/g, "$1\n")}\n-----END KEY-----`;

describe("a value is redacted whole in each form", () => {
  const escaped = (value: string): string =>
    JSON.stringify(value).replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const forms: Readonly<Record<string, (value: string) => string>> = {
    plain: (value) => `<${value}>`,
    "percent-encoded": (value) => `<${encodeURIComponent(value)}>`,
    "in lower case": (value) => `<${encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())}>`,
    "of a form": (value) => `<${new URLSearchParams({ v: value }).toString().slice(2)}>`,
    JSON: (value) => `<${JSON.stringify(value).slice(1, -1)}>`,
    "JSON in ASCII": (value) => `<${escaped(value).slice(1, -1)}>`,
  };
  const values = { PEM, "beyond Latin-1": "pass\u20acword \u{1f511}", Latin1: "p\u00e4ss \"w\u00f6rd'" };
  for (const [kind, value] of Object.entries(values)) {
    test.each(Object.entries(forms))(`${kind}, %s`, (_form, write) => {
      expect(new Redactor([value]).text(write(value))).toBe("<REDACTED>");
    });
    test.each([0, 1, 2])(`${kind}, in base64 behind %s bytes`, (before) => {
      const text = Buffer.from("a".repeat(before) + value).toString("base64");
      const clean = new Redactor([value]).text(text);
      // A digit at either end may hold bits of a neighbour as well.
      expect(clean.replace("REDACTED", "").length).toBeLessThanOrEqual(4);
      expect(new Redactor([value]).text(text.replaceAll("+", "-").replaceAll("/", "_"))).toBe(
        clean.replaceAll("+", "-").replaceAll("/", "_"),
      );
    });
  }
});

describe("a name marks its value", () => {
  test.each([
    "key",
    "api_key",
    "apiKey",
    "X-Amz-Signature",
    "access_token",
    "sig",
    "client-secret",
    "password",
    "%6bey",
  ])("%s", (name) => {
    expect(new Redactor([]).url(`https://a.example.com/?a=1&${name}=v%20w&b=2`)).toBe(
      `https://a.example.com/?a=1&${name}=REDACTED&b=2`,
    );
  });
  test.each(["page", "keyword", "design", "author", "q"])("not %s", (name) => {
    const url = `https://a.example.com/?${name}=v`;
    expect(new Redactor([]).url(url)).toBe(url);
  });
  test.each(["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth", "X-Auth-Token"])(
    "the field %s",
    (name) => expect(new Redactor([]).header(name, "v")).toBe("REDACTED"),
  );
  test.each(["Content-Type", "ETag", "Location", "WWW-Authenticate"])("not the field %s", (name) =>
    expect(new Redactor([]).header(name, "v")).toBe("v"),
  );
});

test("what a request brings is learnt in bounded time, and a word of a few letters is not", () => {
  const redactor = new Redactor([]);
  const token = "t".repeat(60_000);
  redactor.learnFields(["Authorization", `Bearer ${token}`, "X-Api-Key", "created", "Cookie", "a=long-cookie; b=c"]);
  expect(redactor.text("created c long-cookie")).toBe("created c REDACTED");
  expect(redactor.text(token)).not.toContain("t".repeat(60_000));
});
