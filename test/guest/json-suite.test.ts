import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { JsonGuest } from "../support/json.ts";

// https://github.com/nst/JSONTestSuite: y_ must be accepted, n_ refused, i_ is up to the reader.
const suite = join(import.meta.dirname, "..", "..", "..", "shared", "vectors", "JSONTestSuite");
const documents = (folder: string): string[] => {
  const path = join(suite, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".json")) : [];
};
const read = (folder: string, name: string): Uint8Array => readFileSync(join(suite, folder, name));
const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});

describe.skipIf(!existsSync(suite))("JSONTestSuite (skipped where ../shared/vectors has none)", () => {
  const parsing = documents("test_parsing");

  test("has all its documents", () => {
    expect(parsing).toHaveLength(318);
  });

  test.each(parsing.filter((name) => name.startsWith("y_")))("%s is read as JSON.parse reads it", (name) => {
    const bytes = read("test_parsing", name);
    const value = guest.parseUtf8(bytes);
    expect(JSON.parse(value?.stringify() ?? "")).toEqual(JSON.parse(Buffer.from(bytes).toString("utf8")));
  });

  test.each(parsing.filter((name) => name.startsWith("n_")))("%s is refused", (name) => {
    expect(guest.parseUtf8(read("test_parsing", name))).toBeNull();
  });

  test.each(parsing.filter((name) => name.startsWith("i_")))(
    "%s is refused, or read as JSON.parse reads it",
    (name) => {
      const bytes = read("test_parsing", name);
      const value = guest.parseUtf8(bytes);
      if (value === null) expect(!isUtf8(bytes) || bytes[0] === 0xef).toBe(true);
      else expect(JSON.parse(value.stringify())).toEqual(JSON.parse(Buffer.from(bytes).toString("utf8")));
    },
  );

  test.each(documents("test_transform"))(
    "%s is read as JSON.parse reads it, and refused where it is no UTF-8",
    (name) => {
      const bytes = read("test_transform", name);
      const value = guest.parseUtf8(bytes);
      if (!isUtf8(bytes)) expect(value).toBeNull();
      else expect(JSON.parse(value?.stringify() ?? "")).toEqual(JSON.parse(Buffer.from(bytes).toString("utf8")));
    },
  );
});
