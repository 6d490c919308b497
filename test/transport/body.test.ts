import fc from "fast-check";
import { expect, test } from "vitest";
import { BodyCollector } from "../../host/transport/body.ts";

/** Every size around the marks at which a collector decides. */
const sizes = fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(8191, 8192, 8193, 16_383, 16_384, 16_385, 40_000));

test("the pieces are the bytes that were added, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sizes, fc.nat({ max: 30_000 })), { maxLength: 20 }), (pieces) => {
      const body = new BodyCollector();
      const added = pieces.map(([size, padding], index) => {
        const piece = new Uint8Array(new ArrayBuffer(size + padding), padding, size).fill(index + 1);
        body.add(piece, false);
        return piece;
      });
      const expected = Buffer.concat(added);
      expect(body.length).toBe(expected.length);
      expect(Buffer.concat(body.finish()).equals(expected)).toBe(true);
    }),
  );
});

test.each([1, 100, 8191, 8192, 10_000, 16_384, 40_000, 65_536])(
  "pieces of %i bytes in buffers of their own keep at most twice as much alive, and a buffer",
  (size) => {
    const body = new BodyCollector();
    for (let i = 0; i < 1000; i++) body.add(new Uint8Array(new ArrayBuffer(65_536), 0, size), false);
    const buffers = new Set(body.finish().map((piece) => piece.buffer));
    const held = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    expect(held).toBeLessThanOrEqual(2 * 1000 * size + 65_536 + 16_384);
  },
);

test("pieces that share a buffer are kept as they came", () => {
  const body = new BodyCollector();
  const pieces = Array.from({ length: 10 }, () => new ArrayBuffer(65_536)).flatMap((buffer) =>
    [0, 16_384, 32_768, 49_152].map((start) => new Uint8Array(buffer, start, 16_384)),
  );
  for (const piece of pieces) body.add(piece, false);
  expect(body.finish()).toEqual(pieces);
  expect(body.finish().every((piece, i) => piece === pieces[i])).toBe(true);
});

test("what was set aside for small pieces is given back, and what they came in is not", () => {
  const body = new BodyCollector();
  const pieces = Array.from({ length: 40 }, () => new Uint8Array(new ArrayBuffer(65_536), 0, 1000).fill(7));
  const full = new Uint8Array(65_536);
  for (const piece of [...pieces, full]) body.add(piece, false);
  const kept = body.finish();
  expect(Buffer.concat(kept).length).toBe(40 * 1000 + 65_536);
  body.release();
  body.release();
  expect(kept.map(({ length }) => length)).toEqual([1000, 0, 0, 0, 65_536]);
  expect([...pieces, full].every(({ length }) => length > 0)).toBe(true);
});

test("a lent piece is copied, whatever its length", () => {
  const lent = new Uint8Array(20_000).fill(1);
  for (const size of [1, 8191, 8192, 16_384, 20_000]) {
    const body = new BodyCollector();
    body.add(lent.fill(1).subarray(0, size), true);
    lent.fill(2);
    expect(Buffer.concat(body.finish()).every((byte) => byte === 1)).toBe(true);
    expect(body.length).toBe(size);
  }
});

test("memory that was given back serves the next body, and the pieces of the one before are empty", () => {
  const one = new BodyCollector();
  one.add(new Uint8Array(1000).fill(1), true);
  const [before] = one.finish();
  one.release();
  const next = new BodyCollector();
  next.add(new Uint8Array(1000).fill(2), true);
  expect(before?.length).toBe(0);
  expect(Buffer.concat(next.finish()).every((byte) => byte === 2)).toBe(true);
});
