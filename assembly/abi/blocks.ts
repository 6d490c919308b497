// Sixteen bytes at a time, for the scans of assembly/json. A mask has one bit a byte, the first in the lowest place.
// Nothing here checks bounds: the caller has, for all sixteen.

// @ts-ignore: decorator
@inline
function block(bytes: usize, at: i32): v128 {
  return v128.load(bytes + <usize>at);
}

/** The bytes that end a run of ordinary ones in a string: quote, backslash, control characters, what is not ASCII. */
// @ts-ignore: decorator
@inline
export function specialMask(bytes: usize, at: i32): i32 {
  const sixteen = block(bytes, at);
  // As signed numbers, those that are not ASCII are below all others.
  const low = i8x16.lt_s(sixteen, i8x16.splat(0x20));
  const quote = i8x16.eq(sixteen, i8x16.splat(0x22));
  const backslash = i8x16.eq(sixteen, i8x16.splat(0x5c));
  return i8x16.bitmask(v128.or(low, v128.or(quote, backslash)));
}

/** The bytes that are quotes. */
// @ts-ignore: decorator
@inline
export function quoteMask(bytes: usize, at: i32): i32 {
  return i8x16.bitmask(i8x16.eq(block(bytes, at), i8x16.splat(0x22)));
}

/** The bytes that are not decimal digits. */
// @ts-ignore: decorator
@inline
export function nonDigitMask(bytes: usize, at: i32): i32 {
  const distance = i8x16.sub(block(bytes, at), i8x16.splat(0x30));
  return i8x16.bitmask(i8x16.gt_u(distance, i8x16.splat(9)));
}

/** The bytes that are not JSON white space. */
// @ts-ignore: decorator
@inline
export function nonSpaceMask(bytes: usize, at: i32): i32 {
  const sixteen = block(bytes, at);
  const space = v128.or(i8x16.eq(sixteen, i8x16.splat(0x20)), i8x16.eq(sixteen, i8x16.splat(0x0a)));
  const rare = v128.or(i8x16.eq(sixteen, i8x16.splat(0x0d)), i8x16.eq(sixteen, i8x16.splat(0x09)));
  return i8x16.bitmask(v128.or(space, rare)) ^ 0xffff;
}

/** The bytes that are not ASCII. */
// @ts-ignore: decorator
@inline
export function nonAsciiMask(bytes: usize, at: i32): i32 {
  return i8x16.bitmask(block(bytes, at));
}

/** The commas and colons. */
// @ts-ignore: decorator
@inline
export function separatorMask(bytes: usize, at: i32): i32 {
  const sixteen = block(bytes, at);
  return i8x16.bitmask(v128.or(i8x16.eq(sixteen, i8x16.splat(0x2c)), i8x16.eq(sixteen, i8x16.splat(0x3a))));
}

/** The opening brackets. */
// @ts-ignore: decorator
@inline
export function openingMask(bytes: usize, at: i32): i32 {
  // This bit makes a curly bracket of a square one, and an opening bracket of nothing else.
  const curly = v128.or(block(bytes, at), i8x16.splat(0x20));
  return i8x16.bitmask(i8x16.eq(curly, i8x16.splat(0x7b)));
}

/**
 * The closing quote of a plain string whose text begins at `at`, where it is among the next sixteen bytes: twice its
 * place, plus 1; else -1.
 */
// @ts-ignore: decorator
@inline
export function closingQuoteNear(bytes: usize, at: i32, end: i32): i32 {
  if (at + 16 > end) return -1;
  const special = specialMask(bytes, at);
  const place = at + ctz(special);
  return special != 0 && load<u8>(bytes + <usize>place) == 0x22 ? (place << 1) | 1 : -1;
}

// @ts-ignore: decorator
@inline
function indexes(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** The longest name that has room beside its closing quote. */
export const SHORT_NAME: i32 = 15;

/**
 * How a name of at most 15 code units stands in a document that has no reason to escape it, with its closing quote and
 * zeros after it; all zero for a name that is not ASCII, or that has a quote or a backslash.
 */
export function quotedName(start: usize, length: i32): v128 {
  // The last eight code units, of which those before the name are its header, moved to the front.
  const last = v128.load(start + ((<usize>length) << 1) - 16);
  const kept = length > 8 ? length - 8 : length;
  const moved = i8x16.swizzle(last, i8x16.add(indexes(), i8x16.splat(<i8>(16 - (kept << 1)))));
  const low = length > 8 ? v128.load(start) : moved;
  const high = length > 8 ? moved : i64x2.splat(0);
  const bytes = i8x16.narrow_i16x8_u(low, high);
  const other = v128.and(v128.or(low, high), i16x8.splat(<i16>0xff80));
  const escaped = v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c)));
  if (v128.any_true(v128.or(other, escaped))) return i64x2.splat(0);
  const quote = v128.and(i8x16.eq(indexes(), i8x16.splat(<i8>length)), i8x16.splat(0x22));
  return v128.or(bytes, quote);
}

/** The bytes that count in a quoted name. */
// @ts-ignore: decorator
@inline
export function quotedMask(length: i32): v128 {
  return i8x16.le_u(indexes(), i8x16.splat(<i8>length));
}

/** Whether the bytes that count are the same. */
// @ts-ignore: decorator
@inline
export function isQuotedName(bytes: usize, at: i32, quoted: v128, mask: v128): bool {
  return !v128.any_true(v128.and(v128.xor(block(bytes, at), quoted), mask));
}

/** Whether as many bytes as `length` from `at` on are the same as those from `other` on; no, where `end` is too near. */
// @ts-ignore: decorator
@inline
export function isSameText(bytes: usize, at: i32, other: i32, length: i32, end: i32): bool {
  if (at + length + 16 > end) return false;
  let left = length;
  let from = at;
  let to = other;
  for (; left > 16; left -= 16, from += 16, to += 16) {
    if (v128.any_true(v128.xor(block(bytes, from), block(bytes, to)))) return false;
  }
  const different = i8x16.bitmask(i8x16.ne(block(bytes, from), block(bytes, to)));
  return (different & ((1 << left) - 1)) == 0;
}
