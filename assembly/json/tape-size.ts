import { eightBytes } from "../abi/bytes";
import { LOW_BITS } from "./token";

const HIGH_BITS: u64 = LOW_BITS * 0x80;
const COMMAS: u64 = LOW_BITS * 0x2c;
const COLONS: u64 = LOW_BITS * 0x3a;
// This bit makes a curly bracket of a square one, and an opening bracket of nothing else.
const CURLY_BITS: u64 = LOW_BITS * 0x20;
const OPENING: u64 = LOW_BITS * 0x7b;

/**
 * How many tape entries suffice for what the reader takes of these bytes, well-formed or not: never more than three for
 * two bytes, but for a few. A tape that grows would be in memory twice. Strings are counted with the rest: the time to
 * tell them apart is worth more than the entries.
 */
export function tapeSize(bytes: StaticArray<u8>, start: i32, end: i32, containerEntries: i32, depthLimit: i32): i32 {
  let separators = 0;
  let opened = 0;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const eight = eightBytes(bytes, at);
    separators += <i32>popcnt(places(eight, COMMAS) | places(eight, COLONS));
    opened += <i32>popcnt(places(eight | CURLY_BITS, OPENING));
  }
  // Each separator stands before a value, and so do the beginning of the document and an opening bracket: of the
  // entries of a container, one is counted by what stands before it. The last bytes, less than eight, are as many
  // brackets at most; the rest is for the document and for the reader's check.
  const counted = <i64>separators + <i64>(opened + 8) * containerEntries + containerEntries + 2;
  // A container has two brackets: of those that malformed text leaves open, the reader takes one for each level.
  const most = (<i64>(end - start) * containerEntries) / 2 + <i64>(depthLimit + 1) * (containerEntries + 1);
  return <i32>min(counted, most);
}

/** The high bit of exactly the bytes that are the pattern's. */
function places(eight: u64, pattern: u64): u64 {
  const differences = eight ^ pattern;
  return ~(((differences & ~HIGH_BITS) + ~HIGH_BITS) | differences | ~HIGH_BITS);
}
