/** What may stand at one place of a form: its spellings, a code unit a byte. */
export type Place = readonly string[];

/** A way to write a value, as the places it passes through. */
export type Form = readonly Place[];

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGIT_BITS = 6;
/** Bytes that may stand before the value in a group of three that base64 writes as four digits (RFC 4648, section 4). */
const ALIGNMENTS = [0, 1, 2] as const;

/**
 * The forms in which a server may send a value back: plain, percent-encoded (RFC 3986) and JSON-escaped (RFC 8259)
 * in any mixture, as UTF-8 or Latin-1; and base64 in both alphabets, at any distance from the beginning of what
 * was encoded. The value is Latin-1 and not empty.
 */
export function formsOf(value: string): readonly Form[] {
  const utf8 = Buffer.from(value, "utf8");
  const encodings = utf8.length === value.length ? [utf8] : [utf8, Buffer.from(value, "latin1")];
  return [
    Array.from(value, (character) => spellings(character)),
    ...encodings.flatMap((bytes) => ALIGNMENTS.map((before) => base64Form(bytes, before))),
  ];
}

/** By code unit, for all values are made of the same. */
const SPELLINGS: readonly Place[] = Array.from({ length: 256 }, (_, unit) => spellingsOf(String.fromCharCode(unit)));

function spellings(character: string): Place {
  return SPELLINGS[character.charCodeAt(0)] ?? [];
}

function spellingsOf(character: string): Place {
  const code = hexDigits(Buffer.from(character, "latin1"));
  const utf8 = Buffer.from(character, "utf8");
  const all = [
    character,
    utf8.toString("latin1"),
    ...inBothCases([code]).map((digits) => `%${digits}`),
    ...inBothCases(Array.from(utf8, (byte) => hexDigits([byte]))).map((digits) => `%${digits.match(/../g)?.join("%")}`),
    ...inBothCases([code]).map((digits) => `\\u00${digits}`),
  ];
  if (character === " ") all.push("+");
  if (character === "\t") all.push("\\t");
  if (character === '"' || character === "\\" || character === "/") all.push(`\\${character}`);
  return [...new Set(all)];
}

/** The digits that hold bits of the value; of one that holds bits of a neighbour too, all that are possible. */
function base64Form(bytes: Uint8Array, before: number): Form {
  const first = before * 8;
  const end = first + bytes.length * 8;
  const form: Place[] = [];
  for (let digit = Math.floor(first / DIGIT_BITS); digit * DIGIT_BITS < end; digit += 1) {
    const possible = [...BASE64].filter((_, number) => {
      for (let i = 0; i < DIGIT_BITS; i += 1) {
        const bit = digit * DIGIT_BITS + i;
        if (bit < first || bit >= end) continue;
        const wanted = ((bytes[(bit - first) >> 3] ?? 0) >> (7 - ((bit - first) & 7))) & 1;
        if (((number >> (DIGIT_BITS - 1 - i)) & 1) !== wanted) return false;
      }
      return true;
    });
    form.push(possible.flatMap((character) => [...spellings(character), ...urlSafe(character).flatMap(spellings)]));
  }
  return form;
}

/** RFC 4648, section 5. */
function urlSafe(digit: string): readonly string[] {
  if (digit === "+") return ["-"];
  return digit === "/" ? ["_"] : [];
}

function hexDigits(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Every mixture of cases. */
function inBothCases(digits: readonly string[]): readonly string[] {
  return [...digits.join("")].reduce<string[]>(
    (heads, digit) => heads.flatMap((head) => [...new Set([digit, digit.toUpperCase()])].map((one) => head + one)),
    [""],
  );
}
