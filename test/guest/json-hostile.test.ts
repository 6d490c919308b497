import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { JsonGuest } from "../support/json.ts";

// What a server can do to a hook that reads its JSON: cost it time, or memory. The deadlines are far above what is
// needed and far below what a quadratic cost would take.

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});
beforeEach(() => guest.exports.reset());

const DEADLINE = 5000;

// ---- Members

/** The constants of xxHash32. */
const PRIME_2 = 2246822519;
const PRIME_3 = 3266489917;
const PRIME_4 = 668265263;
const PRIME_5 = 374761393;

/** Different names of four code units that have one xxHash32 (seed 0), which AssemblyScript's own Map takes. */
function collidingNames(count: number): string[] {
  const rotate = (value: number, by: number): number => ((value << by) | (value >>> (32 - by))) >>> 0;
  const round = (hash: number, word: number): number =>
    Math.imul(rotate((hash + Math.imul(word, PRIME_3)) >>> 0, 17), PRIME_4) >>> 0;
  const target = rotate(Math.imul(PRIME_2, inverse(PRIME_4)) >>> 0, 15);
  return Array.from({ length: count }, (_, i) => {
    const word = 0x61006100 + i;
    const second = Math.imul(target - round(PRIME_5 + 8, word), inverse(PRIME_3)) >>> 0;
    return String.fromCharCode(word & 0xffff, word >>> 16, second & 0xffff, second >>> 16);
  });
}

/** The inverse of an odd number modulo 2^32 (Newton). */
function inverse(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; ++i) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

test(
  "names that a hash cannot tell apart are told apart as quickly as any",
  () => {
    const names = collidingNames(60_000);
    const all = Object.fromEntries(names.map((name, i) => [name, i]));
    expect(Object.keys(all).length).toBe(60_000);
    const body = guest.document(JSON.stringify({ all }));
    expect(body.get("all").length).toBe(60_000);
    expect(guest.exports.sumMembers(body.handle)).toBe((60_000 * 59_999) / 2);
    const copy = guest.hold(guest.exports.copyMembers(body.get("all").handle));
    expect(copy.length).toBe(60_000);
    expect(copy.stringify()).toBe(guest.document(JSON.stringify(all)).stringify());
  },
  DEADLINE,
);

test(
  "the members of a large object are found by name, one after the other, in far less than quadratic time",
  () => {
    const all = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`name ${i}`, i]));
    const body = guest.document(JSON.stringify({ all }));
    expect(guest.exports.sumMembers(body.handle)).toBe((100_000 * 99_999) / 2);
  },
  DEADLINE,
);

test(
  "long names with a common beginning, or written as escapes, cost no more than their length",
  () => {
    const long = "x".repeat(20_000);
    const all = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${long}${i}`, i]));
    const escaped = JSON.stringify({ all }).replaceAll("xx", "x\\u0078");
    for (const text of [JSON.stringify({ all }), escaped]) {
      const body = guest.document(text);
      for (let i = 0; i < 2000; ++i) expect(body.get("all").has(`${long}y`)).toBe(false);
      expect(guest.exports.sumMembers(body.handle)).toBe((200 * 199) / 2);
    }
    const few = guest.document(`{"${"\\u0061".repeat(500_000)}":1}`);
    for (let i = 0; i < 20_000; ++i) expect(few.has("a")).toBe(false);
  },
  DEADLINE,
);

test.each([1, 15, 16, 17, 255, 256, 257, 1023, 1024, 1025, 3000])(
  "%i members are found, listed, replaced and added to as in JavaScript",
  (count) => {
    const name = (i: number): string => `${(i * 7919) % count}${i % 3 === 0 ? "é" : ""}`;
    const members = Array.from({ length: count }, (_, i) => [name(i), i] as const);
    const twice = [...members, ...members.slice(0, 3).map(([key]) => [key, -1] as const)];
    const text = `{${twice.map(([key, value]) => `${JSON.stringify(key)}:{"v":${value}}`).join()}}`;
    const expected = new Map(twice);

    const value = guest.document(text);
    for (let round = 0; round < 2; ++round) {
      for (const [key, v] of expected) expect(value.get(key).get("v").asNumber()).toBe(v);
      expect(value.has("none")).toBe(false);
    }
    expect(value.length).toBe(expected.size);
    expect(value.keys()).toEqual([...expected.keys()]);

    for (let i = 0; i < count; i += 2) {
      value.set(name(i), guest.build({ v: -i - 1 }));
      expected.set(name(i), -i - 1);
      value.set(`new ${i}`, guest.build({ v: i }));
      expected.set(`new ${i}`, i);
    }
    expect(value.length).toBe(expected.size);
    expect(value.keys()).toEqual([...expected.keys()]);
    for (const [key, v] of expected) expect(value.get(key).get("v").asNumber()).toBe(v);
    const written = [...expected].map(([key, v]) => `${JSON.stringify(key)}:{"v":${v}}`);
    expect(value.stringify()).toBe(`{${written.join()}}`);
  },
);

test("a name with a quote is not found across the end of a name", () => {
  const value = guest.document('{"a":"b","c":1}');
  expect(value.has('a":"b')).toBe(false);
  expect(value.has('a"')).toBe(false);
  expect(value.has('c":1}')).toBe(false);
  expect(guest.document('{"a\\"b":1}').get('a"b').asNumber()).toBe(1);
});

test("objects of any size hold what a Map holds", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "é", "\ud800", "\u0000"), maxLength: 5 });
  const entries = fc.array(fc.tuple(name, fc.nat()), { maxLength: 400, size: "max" });
  fc.assert(
    fc.property(entries, entries, (parsed, added) => {
      guest.exports.reset();
      const text = `{${parsed.map(([key, v]) => `${JSON.stringify(key)}:${v}`).join()}}`;
      const model = new Map(parsed);
      const value = guest.document(text);
      for (const [key, v] of added) {
        model.set(key, v);
        value.set(key, guest.build(v));
      }
      expect(value.keys()).toEqual([...model.keys()]);
      for (const [key, v] of model) expect(value.get(key).asNumber()).toBe(v);
      const written = [...model].map(([key, v]) => `${JSON.stringify(key)}:${v}`).join();
      if (added.length > 0) expect(value.stringify()).toBe(`{${written}}`);
    }),
    { numRuns: 60 },
  );
});

// ---- Elements

test.each([
  ["through a new value each time", 0],
  ["backwards", 1],
  ["to and fro", 2],
])(
  "the elements of a large array are read %s in far less than quadratic time",
  (_, order) => {
    const items = Array.from({ length: 100_000 }, (__, i) => ({ price: i }));
    const body = guest.document(JSON.stringify({ items }));
    expect(guest.exports.sumInOrder(body.handle, order)).toBe((100_000 * 99_999) / 2);
  },
  DEADLINE,
);

test("elements are found in any order, whatever the number and whoever asks", () => {
  const sizes = fc.constantFrom(1, 15, 16, 17, 18, 100);
  fc.assert(
    fc.property(sizes, fc.array(fc.tuple(fc.nat(120), fc.boolean()), { maxLength: 40 }), (size, accesses) => {
      guest.exports.reset();
      const plain: unknown[] = Array.from({ length: size }, (_, i) => (i % 3 === 0 ? i : [i, [i]]));
      const body = guest.document(JSON.stringify({ list: plain }));
      const held = body.get("list");
      for (const [index, pushes] of accesses) {
        for (const list of [held, body.get("list")]) {
          const element = list.at(index);
          if (index < plain.length) expect(JSON.parse(element.stringify())).toEqual(plain[index]);
          else expect(element.kind).toBe("missing");
        }
        if (pushes) {
          plain.push(index);
          body.get("list").push(guest.build(index));
        }
        expect(held.length).toBe(plain.length);
      }
      expect(JSON.parse(body.stringify())).toEqual({ list: plain });
    }),
    { numRuns: 300 },
  );
});

// ---- Memory

const DOCUMENT_BYTES = 10 * 1024 * 1024;
const nested = "[".repeat(511) + "]".repeat(511);

/** As many copies of a value as make an array of the size of the largest body. */
const filled = (element: string): Uint8Array => {
  const count = Math.floor(DOCUMENT_BYTES / (element.length + 1)) - 1;
  return Buffer.from(`[${`${element},`.repeat(count)}${element}]`);
};

test.each([
  ["empty arrays", "[]"],
  ["empty objects", "{}"],
  ["digits", "0"],
  ["empty strings", '""'],
  ["arrays of one digit", "[0]"],
  ["objects with an empty name", '{"":0}'],
  ["arrays nested to the limit", nested],
  ["objects nested nearly to the limit", `${'{"":'.repeat(510)}0${"}".repeat(510)}`],
  ["strings of brackets", JSON.stringify(nested)],
])("documents of 10 MiB of %s, one after the other and two at once, fit the memory", async (_, element) => {
  const fresh = await JsonGuest.create();
  const bytes = filled(element);
  const count = Math.floor(DOCUMENT_BYTES / (element.length + 1));
  for (let i = 0; i < 3; ++i) {
    fresh.exports.reset();
    const value = fresh.parseUtf8(bytes);
    expect(value?.length).toBe(count);
    expect(value?.at(count - 1).stringify()).toBe(element);
    expect(value?.at(0).stringify()).toBe(element);
  }
  fresh.exports.reset();
  const two = [fresh.parseUtf8(bytes), fresh.parseUtf8(bytes)];
  for (const value of two) expect(value?.at(count - 1).stringify()).toBe(element);
});

test("an object of 10 MiB of members fits the memory with its names", { timeout: 120_000 }, async () => {
  const fresh = await JsonGuest.create();
  const members = Array.from({ length: 1_000_000 }, (_, i) => `"${i.toString(36)}":${i % 10}`);
  const value = fresh.parseUtf8(Buffer.from(`{${members.join()}}`))!;
  expect(value.length).toBe(1_000_000);
  expect(value.get("zz").asNumber()).toBe(1295 % 10);
});

test("a malformed document takes no more memory than a well-formed one", async () => {
  const fresh = await JsonGuest.create();
  for (const text of ["[", "[]", '{"":', "[0]", ":", ",,", '"', '"\\'].map((part) =>
    part.repeat(DOCUMENT_BYTES / part.length),
  )) {
    fresh.exports.reset();
    expect(fresh.parseUtf8(Buffer.from(text))).toBeNull();
  }
});

test("no document is refused for its length modulo eight, nor for where its brackets are", () => {
  const inner = ["[]", "[[]]", "[0]", '{"":[]}', '""', "0"];
  for (const element of inner) {
    for (let count = 0; count < 20; ++count) {
      for (let spaces = 0; spaces < 9; ++spaces) {
        const text = `${" ".repeat(spaces)}[${Array(count).fill(element).join()}]`;
        expect(guest.document(text).length).toBe(count);
      }
    }
  }
});
