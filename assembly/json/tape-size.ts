import { openingMask, separatorMask } from "../abi/blocks";

/**
 * How many tape entries suffice for what the reader takes of these bytes, well-formed or not: never more than three for
 * two bytes, but for a few. A tape that grows would be in memory twice. Strings are counted with the rest: the time to
 * tell them apart is worth more than the entries.
 */
export function tapeSize(bytes: usize, start: i32, end: i32, containerEntries: i32, depthLimit: i32): i32 {
  let separators = 0;
  let opened = 0;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    separators += popcnt(separatorMask(bytes, at));
    opened += popcnt(openingMask(bytes, at));
  }
  // Each separator stands before a value, and so do the beginning of the document and an opening bracket: of the
  // entries of a container, one is counted by what stands before it. The last bytes, less than sixteen, are as many
  // brackets at most; the rest is for the document and for the reader's check.
  const counted = <i64>separators + <i64>(opened + 16) * containerEntries + containerEntries + 2;
  // A container has two brackets: of those that malformed text leaves open, the reader takes one for each level.
  const most = (<i64>(end - start) * containerEntries) / 2 + <i64>(depthLimit + 1) * (containerEntries + 1);
  return <i32>min(counted, most);
}
