import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Hook } from "../../host/index.ts";
import { openScene, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

let scene: Scene;
let hook: Hook;
beforeAll(async () => {
  scene = await openScene();
  const { component } = await buildTypeScript(`import { Crypto } from "@backfill/http/hook";
    const bytes = (hex: string) => Crypto.fromHex(hex);
    export function run({ algorithm, key, data, text }: any): unknown {
      if (text !== undefined) return [Crypto.hex(Crypto.hash(algorithm, text)), Crypto.hex(Crypto.hmac(algorithm, text, text))];
      return [Crypto.hex(Crypto.hash(algorithm, bytes(data))), Crypto.hex(Crypto.hmac(algorithm, bytes(key), bytes(data)))];
    }`);
  hook = await scene.runtime.load(component, { name: "hook" });
});
afterAll(() => scene.close());

const ALGORITHMS = ["sha1", "sha256", "sha512"] as const;

async function check(algorithm: string, key: Uint8Array, data: Uint8Array): Promise<void> {
  const event = { algorithm, key: Buffer.from(key).toString("hex"), data: Buffer.from(data).toString("hex") };
  expect(await hook.run(event)).toEqual([
    createHash(algorithm).update(data).digest("hex"),
    createHmac(algorithm, key).update(data).digest("hex"),
  ]);
}

describe.each(ALGORITHMS)("%s", (algorithm) => {
  test("of every length around a block and its padding is that of node:crypto", async () => {
    const all = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff));
    for (const length of [
      0, 1, 3, 55, 56, 57, 63, 64, 65, 111, 112, 113, 119, 120, 127, 128, 129, 191, 192, 255, 256, 300,
    ]) {
      await check(algorithm, all.subarray(0, length), all.subarray(0, length));
    }
  });

  test("of any key and data is that of node:crypto", async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, (key, data) => check(algorithm, key, data)),
      { numRuns: 40 },
    );
  });

  test("of a text is that of its UTF-8", async () => {
    const text = "Ünïcode \u{1F600}";
    expect(await hook.run({ algorithm, text })).toEqual([
      createHash(algorithm).update(text).digest("hex"),
      createHmac(algorithm, text).update(text).digest("hex"),
    ]);
  });
});

async function run(expression: string): Promise<unknown> {
  const { component } = await buildTypeScript(`import { Crypto } from "@backfill/http/hook";
    export function run(): unknown { try { return ${expression}; } catch (error: any) { return error.name + ": " + error.message; } }`);
  return (await scene.runtime.load(component, { name: "hook" })).run();
}

describe("timingSafeEqual", () => {
  test.each([
    ["abc", "abc"],
    ["abc", "abd"],
    ["abc", "ab"],
    ["ab", "abc"],
    ["", ""],
    ["", "a"],
    ["a\0", "a"],
    ["é", "e"],
  ])("of %j and %j is that of node:crypto, and false for two lengths", async (a, b) => {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    const equal = left.length === right.length && timingSafeEqual(left, right);
    expect(await run(`Crypto.timingSafeEqual(${JSON.stringify(a)}, ${JSON.stringify(b)})`)).toBe(equal);
  });
});

describe("the encodings", () => {
  test("are those of node:buffer", async () => {
    const bytes = Buffer.from([0, 255, 62, 63, 250, 1, 128]);
    const view = `new Uint8Array(${JSON.stringify([...bytes])})`;
    expect(await run(`[Crypto.hex(${view}), Crypto.base64(${view}), Crypto.base64url(${view})]`)).toEqual(
      (["hex", "base64", "base64url"] as const).map((encoding) => bytes.toString(encoding)),
    );
    for (const text of [bytes.toString("base64"), bytes.toString("base64url")]) {
      expect(await run(`[...Crypto.fromBase64("${text}")]`)).toEqual([...bytes]);
    }
    expect(await run('[...Crypto.fromHex("00FFa0")]')).toEqual([0, 255, 160]);
  });

  test.each(['Crypto.fromHex("0")', 'Crypto.fromHex("zz")', 'Crypto.fromBase64("a")', 'Crypto.fromBase64("*")'])(
    "%s is a SyntaxError",
    async (expression) => {
      expect(await run(expression)).toMatch(/^SyntaxError/);
    },
  );
});

test.each([
  ['Crypto.hash("md5" as never, "")', /^TypeError: "md5" is no hash function; there are sha1, sha256, sha512$/],
  ['Crypto.hash("toString" as never, "")', /is no hash function/],
  ['Crypto.hmac("sha256", null as never, "")', /^TypeError: a null cannot be hashed/],
])("%s says what is wrong", async (expression, message) => {
  expect(await run(expression)).toMatch(message);
});
