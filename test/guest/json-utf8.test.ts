import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { JsonGuest } from "../support/json.ts";

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Bytes that are nearly UTF-8: where a decoder goes wrong. */
const nearlyUtf8 = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: "binary", maxLength: 12 }).map((text) => encoder.encode(text)),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map((text) => encoder.encode(text).subarray(0, -1)),
      fc.constantFrom(
        Uint8Array.of(0xc0, 0x80),
        Uint8Array.of(0xed, 0xa0, 0x80),
        Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
        Uint8Array.of(0xf0, 0x8f, 0xbf, 0xbf),
        Uint8Array.of(0xe0, 0x9f, 0xbf),
        Uint8Array.of(0xef, 0xbb, 0xbf),
      ),
    ),
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

test("bytes are decoded as TextDecoder decodes them, each maximal subpart as one U+FFFD", () => {
  fc.assert(
    fc.property(nearlyUtf8, (bytes) => {
      expect(guest.decode(bytes)).toBe(decoder.decode(bytes));
    }),
    { numRuns: 2000 },
  );
});

test("every sequence of up to three bytes from the edges of the table is decoded as TextDecoder decodes it", () => {
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed];
  edges.push(0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
  const wrong: number[][] = [];
  for (const a of edges) {
    for (const b of edges) {
      for (const c of edges) {
        const bytes = Uint8Array.of(a, b, c, 0x80, 0x21);
        if (guest.decode(bytes) !== decoder.decode(bytes)) wrong.push([a, b, c]);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("a range of bytes is decoded alone", () => {
  const bytes = encoder.encode("añb€c𝄞d");
  for (let start = 0; start <= bytes.length; ++start) {
    for (let end = start; end <= bytes.length; ++end) {
      expect(guest.decode(bytes, start, end)).toBe(decoder.decode(bytes.subarray(start, end)));
    }
  }
});

test("text is encoded as TextEncoder encodes it, a lone surrogate as U+FFFD", () => {
  const unit = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff }));
  const anyText = fc.array(unit).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: "binary" })), (text) => {
      expect(guest.encode(text)).toEqual(encoder.encode(text));
    }),
    { numRuns: 2000 },
  );
});

test("every byte of Latin-1 is the code unit of the same number", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(guest.latin1(bytes)).toBe(String.fromCharCode(...bytes));
  expect(guest.latin1(bytes, 3, 10)).toBe(String.fromCharCode(...bytes.subarray(3, 10)));
  expect(guest.latin1(bytes, 5, 5)).toBe("");
});

test("a megabyte goes through both ways", () => {
  const text = "plain ascii, dann ein Überraschungs-€ und 𝄞. ".repeat(25_000);
  expect(guest.encode(text)).toEqual(encoder.encode(text));
  expect(guest.decode(encoder.encode(text))).toBe(text);
});
