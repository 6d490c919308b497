import type { Refusal } from "./decision.ts";

/** How often a segment may change under percent-decoding before it is refused. */
export const MAX_DECODING_ROUNDS = 4;

const MALFORMED_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const MALFORMED_ESCAPES = /%(?![0-9A-Fa-f]{2})/g;
const SLASHES = /\/+/g;
const ESCAPE = /%[0-9A-Fa-f]{2}/;
const ESCAPES = /%[0-9A-Fa-f]{2}/g;
const CONTROL = /\p{Cc}/u;
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
  if (!path.includes("%") && !path.includes(";")) return undefined;
  if (MALFORMED_ESCAPE.test(path)) {
    return {
      reason: "the path holds a % that two hexadecimal digits do not follow; write %25 for a percent sign",
      suggestion: escapeStrayPercents(path),
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

function escapeStrayPercents(path: string): string {
  return path.replace(MALFORMED_ESCAPES, "%25");
}

function segmentFault(segment: string): string | undefined {
  let text = segment;
  for (let round = 0; ESCAPE.test(text); round += 1) {
    if (round === MAX_DECODING_ROUNDS) {
      return `the path is percent-encoded more than ${MAX_DECODING_ROUNDS} times over`;
    }
    try {
      text = decodeOnce(text);
    } catch {
      return "the path's escapes are not well-formed UTF-8";
    }
    if (text.includes("\\")) return "the path holds an encoded backslash (%5C)";
    if (CONTROL.test(text)) return "the path holds an encoded control character";
  }
  return text.split("/").some(isDotPiece)
    ? "the path holds a . or .. segment under its escapes or before a ;"
    : undefined;
}

/** Throws where the bytes are not UTF-8 in its only form: overlong ones and surrogates too. */
function decodeOnce(text: string): string {
  return decodeURIComponent(escapeStrayPercents(text));
}

function isDotPiece(piece: string): boolean {
  const end = piece.indexOf(";");
  const name = end < 0 ? piece : piece.slice(0, end);
  return name === "." || name === "..";
}
