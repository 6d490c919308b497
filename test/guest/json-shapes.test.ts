import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { JsonGuest, type GuestValue } from "../support/json.ts";

// Records of one array are most often alike, and the reader takes that for its advantage. None of it shows.

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});
beforeEach(() => guest.exports.reset());

/** Names as they are written: short and long, on both sides of 16 bytes, escaped, beyond ASCII, the same in two ways. */
const NAMES = [
  "",
  "a",
  "b",
  "\\u0061",
  "\\n",
  "é",
  "fourteen-bytes",
  "fifteen--bytes-",
  "sixteen---bytes-",
  "x".repeat(40),
];
const PADDING = " ".repeat(40);

/** A record as its members: a name as it is written, and the text of a value. */
type Record = readonly (readonly [string, string])[];

const scalar = fc.constantFrom("1", "-2.5", "true", "null", '"text"', '"\\u00e9"', "[]", "{}", "[1,[2]]");
const { record } = fc.letrec<{ value: string; record: Record }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    tie("record").map((inner) => textOf(inner, "")),
    fc.array(tie("record"), { maxLength: 3 }).map((inner) => `[${inner.map((one) => textOf(one, "")).join()}]`),
  ),
  record: fc.array(fc.tuple(fc.constantFrom(...NAMES), tie("value")), { maxLength: 5 }),
}));

const textOf = (members: Record, space: string): string =>
  `{${members.map(([name, value]) => `"${name}"${space}:${space}${value}`).join()}}`;

/** Records like the first, a few of them changed in one member. */
const alike = fc
  .tuple(
    record,
    fc.array(fc.tuple(fc.nat(9), fc.option(fc.tuple(fc.constantFrom(...NAMES), scalar))), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.constantFrom("", " ", "\n\t"),
  )
  .map(([first, changes, space]) =>
    [first, ...changes.map(([at, member]) => first.map((own, i) => (i === at && member !== null ? member : own)))].map(
      (one) => textOf(one, space),
    ),
  );

function same(value: GuestValue, expected: unknown): void {
  expect(JSON.parse(value.stringify())).toEqual(expected);
  if (Array.isArray(expected)) {
    expect(value.length).toBe(expected.length);
    for (const [i, element] of expected.entries()) same(value.at(i), element);
  } else if (typeof expected === "object" && expected !== null) {
    const members = Object.entries(expected);
    expect(value.length).toBe(members.length);
    expect(value.keys()).toEqual(members.map(([name]) => name));
    for (const [name, member] of members) same(value.get(name), member);
    for (const name of NAMES) expect(value.has(name)).toBe(Object.hasOwn(expected, name));
  }
}

test("records that are alike, or nearly so, are read as in JavaScript", () => {
  fc.assert(
    fc.property(alike, fc.constantFrom("", PADDING), fc.boolean(), (records, padding, backwards) => {
      const text = `[${records.join()}]${padding}`;
      const expected = JSON.parse(text) as unknown[];
      const value = guest.document(text);
      const order = [...expected.keys()];
      for (const i of backwards ? order.toReversed() : order) same(value.at(i), expected[i]);
      same(value, expected);
    }),
    { numRuns: 500 },
  );
});

test("a record that is like the one before it up to a fault is refused exactly where JSON.parse refuses it", () => {
  const splice = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(2),
    fc.string({ unit: fc.constantFrom(...'[]{},:"\\ab1 \n'), maxLength: 2 }),
  );
  fc.assert(
    fc.property(alike, splice, fc.constantFrom("", PADDING), (records, [place, removed, inserted], padding) => {
      const first = `[${records[0]},`;
      const rest = `${records.slice(1).join()}]${padding}`;
      const at = Math.floor(place * rest.length);
      const text = first + rest.slice(0, at) + inserted + rest.slice(at + removed);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(guest.parse(text)).toBeNull();
        return;
      }
      same(guest.document(text), expected);
    }),
    { numRuns: 1000 },
  );
});

test("a change of one record is not seen in those that are like it", () => {
  const records = Array.from({ length: 5 }, (_, i) => ({ a: i, b: { c: i } }));
  for (const changed of records.keys()) {
    const value = guest.document(JSON.stringify(records));
    for (let i = 0; i < records.length; ++i) expect(value.at(i).get("b").get("c").asNumber()).toBe(i);
    value.at(changed).set("a", guest.build("new")).set("d", guest.build(1));
    value.at(changed).get("b").set("c", guest.build(true));
    const expected: unknown[] = structuredClone(records);
    expected[changed] = { a: "new", b: { c: true }, d: 1 };
    same(value, expected);
  }
});

test("31 to 34 members, and records at levels around the 16th, are read alike", () => {
  for (const count of [31, 32, 33, 34]) {
    const one = Object.fromEntries(Array.from({ length: count }, (_, i) => [`name ${i}`, i]));
    same(guest.document(JSON.stringify([one, one, one])), [one, one, one]);
  }
  for (const depth of [13, 14, 15, 16, 17, 18]) {
    const records = [{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 3 }, { b: 4 }] }];
    let value = guest.document("[".repeat(depth) + JSON.stringify(records) + "]".repeat(depth));
    for (let i = 0; i < depth; ++i) value = value.at(0);
    same(value, records);
  }
});

test("a name of any length is found at any distance from the end of the document", () => {
  for (let length = 0; length <= 35; ++length) {
    const name = "n".repeat(length);
    const other = `${name}n`;
    for (let padding = 0; padding <= 36; padding += 3) {
      const value = guest.document(`{"${name}":1,"${other}":2}${" ".repeat(padding)}`);
      expect(value.get(name).asNumber()).toBe(1);
      expect(value.get(other).asNumber()).toBe(2);
      expect(value.has(`${other}n`)).toBe(false);
    }
  }
});

test("values stay whole, and memory is given back, however many documents are read", () => {
  const items = Array.from({ length: 5000 }, (_, i) => ({ price: i, label: `label ${i}` }));
  const text = JSON.stringify({ items });
  let grown = 0;
  for (let round = 0; round < 60; ++round) {
    const value = guest.document(text);
    expect(guest.exports.sumPrices(value.handle, 0)).toBe((5000 * 4999) / 2);
    const label = value.get("items").at(round).get("label");
    guest.exports.collect();
    expect(label.asString()).toBe(`label ${round}`);
    guest.exports.reset();
    if (round === 45) grown = guest.exports.memory.buffer.byteLength;
  }
  expect(guest.exports.memory.buffer.byteLength).toBe(grown);
});
