import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyId, parseStoreKey } from "../../host/auth/store/store-keys.ts";

const BYTES = Buffer.from("fb".repeat(32), "hex");

test.each([
  ["base64", BYTES.toString("base64")],
  ["base64 without padding", BYTES.toString("base64").slice(0, -1)],
  ["base64url", BYTES.toString("base64url")],
  ["base64url with padding", `${BYTES.toString("base64url")}=`],
  ["hexadecimal digits", BYTES.toString("hex")],
  ["capital hexadecimal digits", BYTES.toString("hex").toUpperCase()],
])("a key of 32 bytes is read from %s", (_, text) => {
  expect(parseStoreKey(text)).toStrictEqual(new Uint8Array(BYTES));
});

test("every key is read back from each of its spellings", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
      for (const spelling of ["base64", "base64url", "hex"] as const) {
        expect(parseStoreKey(Buffer.from(key).toString(spelling))).toEqual(key);
      }
    }),
  );
});

const BASE64 = BYTES.toString("base64");
test.each([
  ["nothing", ""],
  ["31 bytes", randomBytes(31).toString("base64")],
  ["33 bytes", randomBytes(33).toString("base64")],
  ["31 bytes in hexadecimal", randomBytes(31).toString("hex")],
  ["33 bytes in hexadecimal", randomBytes(33).toString("hex")],
  ["a line end behind it", `${BASE64}\n`],
  ["a line end behind hexadecimal digits", `${BYTES.toString("hex")}\n`],
  ["a space before it", ` ${BASE64}`],
  ["a space inside", `${BASE64.slice(0, 20)} ${BASE64.slice(20)}`],
  ["padding twice", `${BASE64}=`],
  ["both alphabets", `-${BASE64.slice(1)}`],
  ["bits that are not in the bytes", `${BASE64.slice(0, -2)}t=`],
  ["a digit that is none", `g${BYTES.toString("hex").slice(1)}`],
  ["a prefix", `0x${BYTES.toString("hex").slice(2)}`],
  ["a passphrase of 32 characters", "correct horse battery staple 012"],
])("%s is no key", (_, text) => {
  expect(parseStoreKey(text)).toBeUndefined();
});

test("a key has its memory to itself", () => {
  expect(parseStoreKey(BASE64)?.buffer.byteLength).toBe(32);
});

test("a key's id stays the same, differs from other keys' and is no part of the key or of its hash", () => {
  const key = new Uint8Array(BYTES);
  expect(keyId(key)).toBe("7f705643a9cd7250");
  const other = key.with(31, 0);
  expect(keyId(other)).not.toBe(keyId(key));
  expect(createHash("sha256").update(key).digest("hex")).not.toContain(keyId(key));
  expect(Buffer.from(key).toString("hex")).not.toContain(keyId(key));
});
