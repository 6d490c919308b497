import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { JsonGuest } from "../support/json.ts";

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});
beforeEach(() => guest.exports.reset());

const encoder = new TextEncoder();
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** JSON.parse's verdict and value; undefined where it refuses. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function agrees(text: string): void {
  const value = guest.parse(text);
  const expected = parsed(text);
  expect(value !== null, `${JSON.stringify(text)} is ${expected === undefined ? "malformed" : "well-formed"}`).toBe(
    expected !== undefined,
  );
  if (value !== null) expect(JSON.parse(value.stringify())).toEqual(expected);
}

// ---- Reading documents

test("any JSON value that JavaScript prints reads back as the same value", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: "binary" }), fc.constantFrom(undefined, 2, "\t"), (json, indent) => {
      agrees(JSON.stringify(JSON.parse(json), null, indent));
    }),
    { numRuns: 1000 },
  );
});

test("after any change of some characters a document is refused exactly where JSON.parse refuses it", () => {
  const splice = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat(3),
    inserted: fc.string({
      unit: fc.constantFrom(
        ...'[]{},:"\\/bfnrtu0123456789.-+eE \t\n\r\u0000\u001f\u007fé€\u2028',
        "𝄞",
        "\ufeff",
        "true",
      ),
      maxLength: 3,
    }),
  });
  fc.assert(
    fc.property(fc.json(), fc.array(splice, { minLength: 1, maxLength: 3 }), (json, splices) => {
      let text = json;
      for (const { at, removed, inserted } of splices) {
        const start = Math.floor(at * text.length);
        text = text.slice(0, start) + inserted + text.slice(start + removed);
      }
      agrees(text.toWellFormed());
    }),
    { numRuns: 3000 },
  );
});

test("text made of JSON's own characters is refused exactly where JSON.parse refuses it", () => {
  const token = fc.constantFrom(...'[]{},:" -.+eE01', "true", "null", '"a"', '"\\u00e9"', "1.5e3", "0");
  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => agrees(tokens.join(""))),
    { numRuns: 5000 },
  );
});

test("no bytes whatsoever end the guest, and what it takes is well-formed UTF-8 that JSON.parse takes", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const fragment = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom('{"a":', "[1,", '"\\u', '"', "]", "}", "-", "1e", "tru").map((text) => encoder.encode(text)),
  );
  fc.assert(
    fc.property(fc.array(fragment), (fragments) => {
      const bytes = Uint8Array.from(fragments.flatMap((part) => [...part]));
      const value = guest.parseUtf8(bytes);
      let expected: unknown;
      try {
        expected = JSON.parse(strict.decode(bytes));
      } catch {
        expected = undefined;
      }
      expect(value !== null).toBe(expected !== undefined);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ["an overlong quote", [0x22, 0xc0, 0xa2, 0x22]],
  ["an overlong slash of three bytes", [0x22, 0xe0, 0x80, 0xaf, 0x22]],
  ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ["a code point above U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ["a sequence that the closing quote cuts off", [0x22, 0xe2, 0x82, 0x22]],
  ["a sequence that the end cuts off", [0x22, 0xe2, 0x82]],
  ["a lone continuation byte", [0x22, 0x80, 0x22]],
  ["a byte order mark", [0xef, 0xbb, 0xbf, 0x31]],
  ["a NUL after the document", [0x31, 0x00]],
  ["a no-break space around the document", [0xc2, 0xa0, 0x31]],
  ["nothing", []],
])("%s is refused", (_, bytes) => {
  expect(guest.parseUtf8(Uint8Array.from(bytes))).toBeNull();
});

test("every byte in a string at every distance from its end is judged as JSON.parse judges it", () => {
  const wrong: string[] = [];
  for (let length = 0; length <= 17; ++length) {
    for (let unit = 0; unit < 0x80; ++unit) {
      const text = `"${"x".repeat(length)}${String.fromCharCode(unit)}${"y".repeat(17 - length)}"`;
      if ((guest.parse(text) !== null) !== (parsed(text) !== undefined)) wrong.push(text);
    }
  }
  expect(wrong).toEqual([]);
});

test("a range of bytes is parsed alone, and a range outside the bytes is refused", () => {
  const bytes = encoder.encode("12345");
  expect(guest.parseUtf8(bytes, 1, 3)?.stringify()).toBe("23");
  expect(guest.parseUtf8(bytes, 2, 2)).toBeNull();
  expect(guest.parseUtf8(bytes, -1, 3)).toBeNull();
  expect(guest.parseUtf8(bytes, 3, 2)).toBeNull();
  expect(guest.parseUtf8(bytes, 0, 5)?.stringify()).toBe("12345");
  expect(guest.parseUtf8(bytes, 0, 6)).toBeNull();
});

test("a view of bytes is parsed from its own start to its own end", () => {
  guest.give(encoder.encode("[12345]"));
  expect(guest.hold(guest.exports.parseBytes(2, 5)).stringify()).toBe("234");
  expect(guest.exports.parseBytes(0, 3)).toBe(-1);
});

test("well-formedness is told without keeping a value", () => {
  guest.give(encoder.encode('x{"a":[1]}x'));
  expect(guest.exports.wellFormed(1, 10)).toBe(1);
  expect(guest.exports.wellFormed(0, 11)).toBe(0);
});

test.each([
  [511, "accepted"],
  [512, "accepted"],
  [513, "refused"],
  [100_000, "refused"],
])("%i nested arrays, or objects, are %s", (depth, verdict) => {
  expect(guest.parse(nested(depth)) !== null).toBe(verdict === "accepted");
  expect(guest.parse('{"a":'.repeat(depth) + "1" + "}".repeat(depth)) !== null).toBe(verdict === "accepted");
  expect(guest.parse("[".repeat(depth))).toBeNull();
  expect(guest.parse('[{"a":'.repeat(depth))).toBeNull();
});

test("depth counts what is open, not what was", () => {
  expect(guest.parse(`[${Array(1000).fill(nested(511)).join()}]`)).not.toBeNull();
});

test("a document of a megabyte is read whole", () => {
  const items = Array.from({ length: 20_000 }, (_, i) => ({
    id: i,
    price: i / 8,
    name: `näme ${i}`,
    tags: [i, "x"],
  }));
  const text = JSON.stringify({ items, tail: "end" });
  expect(text.length).toBeGreaterThan(1_000_000);
  const value = guest.document(text);
  expect(value.stringify()).toBe(text);
  expect(value.get("tail").asString()).toBe("end");
  expect(value.get("items").length).toBe(20_000);
  expect(value.get("items").at(19_999).get("tags").at(0).asNumber()).toBe(19_999);
  expect(guest.exports.sumPrices(value.handle, 0)).toBe(items.reduce((sum, item) => sum + item.price, 0));
});

test("a megabyte in one string, and a megabyte of empty arrays, are read whole", () => {
  const long = JSON.stringify("long \u0001 € ".repeat(100_000));
  expect(guest.document(long).asString()).toBe(JSON.parse(long));
  const wide = `[${Array(350_000).fill("[]").join()}]`;
  expect(guest.document(wide).length).toBe(350_000);
  expect(guest.document(wide).stringify()).toBe(wide);
});

// ---- Reading values

test("a value is of exactly one kind", () => {
  const value = guest.document('[null,true,0,"",[],{}]');
  const kinds = [0, 1, 2, 3, 4, 5, 6].map((i) => value.at(i).kind);
  expect(kinds).toEqual(["null", "bool", "number", "string", "array", "object", "missing"]);
});

test("what is absent, or of another kind, is missing, however far the chain goes", () => {
  const value = guest.document('{"a":{"b":1},"list":[1]}');
  expect(value.get("a").get("b").asNumber()).toBe(1);
  for (const none of [
    value.get("x"),
    value.get("x").get("y").at(3).get("z"),
    value.get("a").get("b").get("c"),
    value.get("list").get("0"),
    value.get("list").at(-1),
    value.get("list").at(1),
    value.at(0),
    guest.hold(guest.exports.missing()),
  ]) {
    expect(none.kind).toBe("missing");
    expect([none.asString(), none.asNumber(), none.asInteger(7n), none.asBool(), none.numberText()]).toEqual([
      null,
      NaN,
      7n,
      false,
      null,
    ]);
    expect([none.length, none.keys(), none.has("a"), none.stringify(), none.toText()]).toEqual([
      0,
      [],
      false,
      "null",
      "null",
    ]);
  }
});

test("a typed getter gives its own kind and a default for every other", () => {
  const value = guest.document('["1",1,true,null,false]');
  const read = [0, 1, 2, 3, 4].map((i) => value.at(i));
  expect(read.map((v) => v.asString())).toEqual(["1", null, null, null, null]);
  expect(read.map((v) => v.asNumber())).toEqual([NaN, 1, NaN, NaN, NaN]);
  expect(read.map((v) => v.asInteger(7n))).toEqual([7n, 1n, 7n, 7n, 7n]);
  expect(read.map((v) => v.asBool())).toEqual([false, false, true, false, false]);
  expect(read.map((v) => v.toText())).toEqual(["1", "1", "true", "null", "false"]);
});

test("of two members with one name the last counts", () => {
  const value = guest.document('{"a":1,"b":2,"\\u0061":3}');
  expect(value.get("a").asNumber()).toBe(3);
  expect(value.length).toBe(2);
  expect(value.keys()).toEqual(["a", "b"]);
  expect(value.get("a").asNumber()).toBe(3);
  expect(JSON.parse(value.stringify())).toEqual({ a: 3, b: 2 });
});

test("a member is found by its name in any spelling", () => {
  const value = guest.document('{"\\u0061b":1,"é":2,"\\ud834\\udd1e":3,"":4,"\\n":5,"\\ud800":6}');
  expect(["ab", "é", "𝄞", "", "\n", "\ud800"].map((name) => value.get(name).asNumber())).toEqual([1, 2, 3, 4, 5, 6]);
  expect(["a", "abc", "e", "𝄟", " "].filter((name) => value.has(name))).toEqual([]);
});

test("a string reads as JSON.parse reads it", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }).map((text) => JSON.stringify(text).slice(1, -1)),
    fc.constantFrom(
      "\\/",
      "\\u00e9",
      "\\uD834\\uDD1E",
      "\\ud800",
      "\\udc00\\ud800",
      "\\u0000",
      "\\b\\f\\n\\r\\t",
      "12345678",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = `"${pieces.join("")}"`;
      expect(guest.document(text).asString()).toBe(JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test("elements are found in any order, also of arrays within arrays", () => {
  const value = guest.document("[[0],1,[2,[3]],4,{},5]");
  const expected = [[0], 1, [2, [3]], 4, {}, 5];
  for (const i of [3, 4, 0, 5, 2, 2, 1, 5]) expect(JSON.parse(value.at(i).stringify())).toEqual(expected[i]);
});

test("a number keeps all its digits", () => {
  const text = "[18446744073709551615,0.10000000000000000000001,1E400,-0,1.50]";
  const value = guest.document(text);
  expect(value.stringify()).toBe(text);
  expect(value.at(0).numberText()).toBe("18446744073709551615");
  expect(value.at(2).asNumber()).toBe(Infinity);
  expect(value.at(3).asNumber()).toBe(-0);
  expect(guest.document("9007199254740993").asInteger()).toBe(9007199254740993n);
});

test("white space is dropped outside strings only", () => {
  expect(guest.document(' {\t"a b" :\r\n[ 1 , " x " ] } ').stringify()).toBe('{"a b":[1," x "]}');
});

// ---- Building and changing values

test("every type that can be built is written as JSON", () => {
  expect(guest.hold(guest.exports.everyType()).stringify()).toBe(
    '{"bool":true,"i8":-128,"u8":255,"u32":4294967295,"i64":-9223372036854775808,"u64":18446744073709551615,' +
      '"f32":0.5,"f64":0.1,"nan":null,"text":"text","something":"text","nothing":null,"null":null,"none":null,' +
      '"json":[1,"2",null],"missing":null,"strings":["a","b"],"nested":[[true],[false,true]],"fixed":[1,2],' +
      '"map":{"one":[1],"none":[]}}',
  );
});

test("a built value is written, in UTF-16 and in UTF-8, as JSON.stringify writes it", () => {
  const unit = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff }));
  const text = fc.array(unit, { maxLength: 20 }).map((units) => String.fromCharCode(...units));
  const { value } = fc.letrec<{ value: Built; node: Built }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, text, fc.double(), fc.boolean(), fc.constant(null), tie("node")),
    node: fc.oneof(
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(
        text.map((name) => `k${name}`),
        tie("value"),
        { maxKeys: 5, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(value, (plain) => {
      guest.exports.reset();
      const built = guest.build(plain);
      const expected = JSON.stringify(plain);
      expect(built.stringify()).toBe(expected);
      expect(built.toUtf8()).toEqual(encoder.encode(expected));
    }),
    { numRuns: 500 },
  );
});
type Built = null | boolean | number | string | readonly Built[] | { readonly [name: string]: Built };

test("a built value reads like a parsed one", () => {
  const plain = {
    text: "t",
    number: 1.5,
    whole: 3,
    yes: true,
    none: null,
    list: [1, [2]],
    inner: { a: 1 },
  };
  for (const value of [guest.build(plain), guest.document(JSON.stringify(plain))]) {
    expect(value.get("text").asString()).toBe("t");
    expect(value.get("number").asNumber()).toBe(1.5);
    expect(value.get("number").asInteger(7n)).toBe(7n);
    expect(value.get("number").numberText()).toBe("1.5");
    expect(value.get("whole").asInteger()).toBe(3n);
    expect(value.get("yes").asBool()).toBe(true);
    expect(value.get("none").kind).toBe("null");
    expect(value.get("list").at(1).at(0).asNumber()).toBe(2);
    expect(value.get("list").length).toBe(2);
    expect(value.get("inner").keys()).toEqual(["a"]);
    expect(value.keys()).toEqual(Object.keys(plain));
    expect(value.length).toBe(7);
    expect([value.has("none"), value.has("other")]).toEqual([true, false]);
  }
});

test("a 64-bit integer keeps all its digits through building and reading", () => {
  const { exports } = guest;
  expect(guest.hold(exports.fromI64(-9007199254740993n)).asInteger()).toBe(-9007199254740993n);
  expect(guest.hold(exports.fromI64(-9007199254740993n)).asNumber()).toBe(-9007199254740992);
  expect(guest.hold(exports.fromU64(2n ** 64n - 1n)).numberText()).toBe("18446744073709551615");
  expect(guest.hold(exports.fromU64(2n ** 63n)).asInteger(7n)).toBe(7n);
  expect(guest.hold(exports.fromI32(-5)).stringify()).toBe("-5");
  expect(guest.hold(exports.fromF32(Math.fround(0.1))).asNumber()).toBe(Math.fround(0.1));
});

test("a float out of the range of i64, or not whole, is no integer", () => {
  const integer = (value: number): bigint => guest.hold(guest.exports.fromF64(value)).asInteger(7n);
  expect([-(2 ** 63), 2 ** 63 - 1024, 2 ** 63, -(2 ** 63) - 2048, 0.5, NaN, Infinity].map(integer)).toEqual([
    -(2n ** 63n),
    2n ** 63n - 1024n,
    7n,
    7n,
    7n,
    7n,
    7n,
  ]);
});

test("a parsed value is changed in place, and so is everything that shows it", () => {
  const body = guest.document('{"a":{"list":[1,2]},"b":1,"b":2}');
  const before = body.get("a");
  body.get("a").get("list").push(guest.build("new"));
  body.get("a").set("x", guest.build(true));
  before.set("y", guest.build([]));
  expect(body.stringify()).toBe('{"a":{"list":[1,2,"new"],"x":true,"y":[]},"b":2}');
  expect(before.stringify()).toBe('{"list":[1,2,"new"],"x":true,"y":[]}');
  expect(before.get("list").length).toBe(3);
  expect(before.get("list").at(2).asString()).toBe("new");
  expect(before.keys()).toEqual(["list", "x", "y"]);
});

test("a change survives that its surroundings change too", () => {
  const body = guest.document('{"a":{"n":1},"b":[{}]}');
  const inner = body.get("b").at(0);
  body.keys();
  inner.set("deep", guest.build(1));
  body.set("c", guest.build(2)).set("a", guest.build(null));
  expect(body.stringify()).toBe('{"a":null,"b":[{"deep":1}],"c":2}');
  inner.set("deep", guest.build(3));
  expect(body.get("b").at(0).get("deep").asNumber()).toBe(3);
});

test("any sequence of changes does to a parsed value what it does in JavaScript", () => {
  const path = fc.array(fc.nat(4), { maxLength: 4 });
  const change = fc.record({
    path,
    name: fc.constantFrom("a", "b", "c"),
    value: fc.jsonValue({ maxDepth: 1 }),
  });
  fc.assert(
    fc.property(fc.json(), fc.array(change, { maxLength: 6 }), (json, changes) => {
      guest.exports.reset();
      const value = guest.document(json);
      const model: unknown = JSON.parse(json);
      for (const { path: steps, name, value: fresh } of changes) {
        let there = value;
        let here = model;
        for (const step of steps) {
          if (Array.isArray(here) && step < here.length) {
            here = here[step] as unknown;
            there = there.at(step);
          } else if (isRecord(here) && step < Object.keys(here).length) {
            const key = Object.keys(here)[step]!;
            here = here[key];
            there = there.get(key);
          }
        }
        if (Array.isArray(here)) here.push(fresh);
        else if (isRecord(here)) here[name] = fresh;
        there.push(guest.build(fresh as Built));
        there.set(name, guest.build(fresh as Built));
      }
      expect(JSON.parse(value.stringify())).toEqual(JSON.parse(JSON.stringify(model)));
    }),
    { numRuns: 1000 },
  );
});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

test("a value that has no members, or no elements, is not changed by setting or pushing one", () => {
  const { exports } = guest;
  for (const text of ["1", '"x"', "null", "true"]) {
    expect(guest.document(text).set("a", guest.build(1)).push(guest.build(1)).stringify()).toBe(text);
  }
  const missing = guest.hold(exports.missing());
  missing.set("a", guest.build(1)).push(guest.build(1));
  expect(guest.document("{}").get("a").kind).toBe("missing");
  expect(guest.hold(exports.object()).push(guest.build(1)).stringify()).toBe("{}");
  expect(guest.hold(exports.array()).set("a", guest.build(1)).stringify()).toBe("[]");
});

test.each([511, 512, 513, 100_000])("%i built levels are written, below the 512th as null", (depth) => {
  const { exports } = guest;
  let value = guest.hold(exports.array());
  for (let level = 1; level < depth; ++level) value = guest.hold(exports.array()).push(value);
  expect(value.stringify()).toBe(depth <= 512 ? nested(depth) : `${"[".repeat(512)}null${"]".repeat(512)}`);
});

test.each([511, 512, 513])("a parsed value at level %i is cut at the 512th level as a built one is", (level) => {
  let value = guest.document('[[1,"]"],{}]');
  for (let i = 1; i < level; ++i) value = guest.hold(guest.exports.array()).push(value);
  const inside = ['[[1,"]"],{}]', "[null,null]", "null"][level - 511]!;
  expect(value.stringify()).toBe("[".repeat(level - 1) + inside + "]".repeat(level - 1));
});

test("a value that holds itself is cut off with null", () => {
  const array = guest.hold(guest.exports.array());
  array.push(array).push(array).push(guest.build(1));
  expect(array.stringify()).toBe("[null,null,1]");
  const body = guest.document('{"a":{"b":[]}}');
  const list = body.get("a").get("b");
  list.push(list).push(list);
  for (let i = 0; i < 2; ++i) expect(body.stringify()).toBe('{"a":{"b":[null,null]}}');
  body.set("body", body).get("a").set("body", body);
  expect(body.stringify()).toBe('{"a":{"b":[null,null],"body":null},"body":null}');
});

test("a value held twice is written twice", () => {
  const shared = guest.build({ x: 1 });
  expect(guest.hold(guest.exports.array()).push(shared).push(shared).stringify()).toBe('[{"x":1},{"x":1}]');
});

// ---- Memory

test("values stay whole when memory is collected between every two steps", () => {
  const { exports } = guest;
  const items = Array.from({ length: 20 }, (_, i) => ({ price: i + 0.5, name: `é${i}` }));
  guest.give(encoder.encode(JSON.stringify({ items })));
  exports.collect();
  const body = guest.hold(exports.parseUtf8(0, exports.blockLength()));
  exports.collect();
  expect(exports.sumPrices(body.handle, 1)).toBe(200);
  const list = body.get("items");
  exports.collect();
  const third = list.at(3);
  exports.collect();
  third.set("extra", guest.build({ deep: ["text", 1] }));
  exports.collect();
  guest.document("[1,2,3]").stringify();
  exports.collect();
  list.push(third);
  exports.collect();
  const expected = JSON.stringify({
    items: [
      ...items.slice(0, 3),
      { ...items[3], extra: { deep: ["text", 1] } },
      ...items.slice(4),
      { ...items[3], extra: { deep: ["text", 1] } },
    ],
  });
  expect(body.stringify()).toBe(expected);
  exports.collect();
  expect(body.toUtf8()).toEqual(encoder.encode(expected));
  exports.collect();
  expect(third.get("extra").get("deep").at(0).asString()).toBe("text");
});

test("documents that are dropped give their memory back", () => {
  const { exports } = guest;
  const text = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ i, text: `text ${i}` })));
  const round = (): void => {
    exports.reset();
    guest.document(text).get("0");
    exports.collect();
  };
  for (let i = 0; i < 5; ++i) round();
  const size = exports.memory.buffer.byteLength;
  for (let i = 0; i < 50; ++i) round();
  expect(exports.memory.buffer.byteLength).toBe(size);
});
