import { unitAt } from "./abi/bytes";

// Names of fields and the words in them are ASCII, and mean the same in any case.

/** Whether a part of a text is a word in lower case, in any case. */
export function is(text: string, start: i32, end: i32, word: string): bool {
  return end - start == word.length && isAt(text, start, word);
}

/** Whether a word in lower case stands at a place, in any case. */
export function isAt(text: string, start: i32, word: string): bool {
  if (start + word.length > text.length) return false;
  for (let i = 0, n = word.length; i < n; ++i) {
    if (lower(unitAt(text, start + i)) != unitAt(word, i)) return false;
  }
  return true;
}

function lower(unit: u32): u32 {
  return unit - 0x41 <= 25 ? unit + 0x20 : unit;
}
