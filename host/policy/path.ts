import type { Refusal } from "./decision.ts";

/** How often a segment may change under percent-decoding before it is refused. */
export const MAX_DECODING_ROUNDS = 4;

const MALFORMED_ESCAPES = /%(?![0-9A-Fa-f]{2})/g;
const SLASHES = /\/+/g;
const ESCAPE = /%[0-9A-Fa-f]{2}/;
const ESCAPES = /%[0-9A-Fa-f]{2}/g;
/** Among pieces between slashes one that is `.` or `..` once it is cut at its first `;`. */
const DOT_PIECE = /(?:^|\/)\.{1,2}(?:[;/]|$)/;
/** In bytes: C0 and DEL, and C1 as UTF-8 writes them. */
const CONTROL = /[^\x20-\x7e\x80-\xff]|\xc2[\x80-\x9f]/;
/** In bytes: what begins a form longer than need be, or a surrogate. None of it stands in UTF-8 (RFC 3629, section 4). */
const OVERLONG_OR_SURROGATE = /[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|[\xf8-\xff][\x80-\xbf]|\xed[\xa0-\xbf]/;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * Why a path, as a URL parser writes it, could be read as another one; undefined where it could not. Servers
 * decode more than once, take `\` for `/` and drop `;parameters` before they resolve dot segments, so the
 * segments are looked at as those servers would see them. The suggestion is a path.
 */
export function pathFault(path: string): Refusal | undefined {
  if (path.includes("//")) {
    return {
      reason: "the path holds an empty segment (//)",
      suggestion: path.replace(SLASHES, "/"),
    };
  }
  const escaped = path.replace(MALFORMED_ESCAPES, "%25");
  if (escaped !== path) {
    return {
      reason: "the path holds a % that two hexadecimal digits do not follow; write %25 for a percent sign",
      suggestion: escaped,
    };
  }
  for (const segment of path.split("/")) {
    const reason = segmentFault(segment);
    if (reason !== undefined) return { reason, suggestion: undefined };
  }
  return undefined;
}

/** Whether the segment, decoded as often as it changes, holds a slash. The segment has no {@link pathFault}. */
export function holdsSlash(segment: string): boolean {
  let text = segment;
  while (ESCAPE.test(text)) text = decodeOnce(text);
  return text.includes("/");
}

/** The path with its escapes in the form of RFC 3986, section 6.2.2: upper-case digits, unreserved characters bare. */
export function normaliseEscapes(path: string): string {
  return path.replace(ESCAPES, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

function segmentFault(segment: string): string | undefined {
  let text = segment;
  for (let round = 0; ESCAPE.test(text); round += 1) {
    if (round === MAX_DECODING_ROUNDS) {
      return `the path is percent-encoded more than ${MAX_DECODING_ROUNDS} times over`;
    }
    text = decodeOnce(text);
    if (text.includes("\\")) return "the path holds an encoded backslash (%5C)";
    if (CONTROL.test(text)) return "the path holds an encoded control character";
    if (OVERLONG_OR_SURROGATE.test(text)) {
      return "the path holds overlong UTF-8 or half of a surrogate pair under its escapes";
    }
  }
  return DOT_PIECE.test(text) ? "the path holds a . or .. segment under its escapes or before a ;" : undefined;
}

/** A character of the answer is a byte. They need not be UTF-8: a path may be in any encoding. */
function decodeOnce(text: string): string {
  return text.replace(ESCAPES, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}
