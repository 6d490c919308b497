// Paths as the policy of the host sees them (host/policy/path.ts), in AssemblyScript.

/** How often a segment may change under percent-decoding before it is refused. */
const MAX_DECODING_ROUNDS: i32 = 4;

const PERCENT: i32 = 0x25;
const DOT: i32 = 0x2e;
const SLASH: i32 = 0x2f;
const SEMICOLON: i32 = 0x3b;
const BACKSLASH: i32 = 0x5c;

/** The value of a hexadecimal digit; below 0 for any other character. */
export function hexadecimal(unit: i32): i32 {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether a `%` is there that two hexadecimal digits do not follow. */
export function hasMalformedEscape(text: string): bool {
  for (let i = text.indexOf("%"); i >= 0; i = text.indexOf("%", i + 1)) {
    if (i + 2 >= text.length) return true;
    if (hexadecimal(text.charCodeAt(i + 1)) < 0 || hexadecimal(text.charCodeAt(i + 2)) < 0) return true;
  }
  return false;
}

function escapeAt(bytes: Array<u8>, i: i32): i32 {
  if (bytes[i] != PERCENT || i + 2 >= bytes.length) return -1;
  const high = hexadecimal(bytes[i + 1]);
  const low = hexadecimal(bytes[i + 2]);
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function hasEscape(bytes: Array<u8>): bool {
  for (let i = 0; i < bytes.length; ++i) if (escapeAt(bytes, i) >= 0) return true;
  return false;
}

function decodeOnce(bytes: Array<u8>): Array<u8> {
  const decoded = new Array<u8>();
  for (let i = 0; i < bytes.length; ++i) {
    const byte = escapeAt(bytes, i);
    if (byte < 0) {
      decoded.push(bytes[i]);
    } else {
      decoded.push(<u8>byte);
      i += 2;
    }
  }
  return decoded;
}

function bytesOf(segment: string): Array<u8> {
  const bytes = new Array<u8>();
  for (let i = 0; i < segment.length; ++i) bytes.push(<u8>segment.charCodeAt(i));
  return bytes;
}

/** Whether a segment, which is ASCII, could be read as another one by a server that decodes it more than once. */
export function isAmbiguous(segment: string): bool {
  let bytes = bytesOf(segment);
  for (let round = 0; hasEscape(bytes); ++round) {
    if (round == MAX_DECODING_ROUNDS) return true;
    bytes = decodeOnce(bytes);
    if (holdsWhatNoPathHolds(bytes)) return true;
  }
  return hasDotPiece(bytes);
}

/** Whether a segment, decoded as often as it changes, holds a slash. It is not ambiguous. */
export function holdsSlash(segment: string): bool {
  let bytes = bytesOf(segment);
  while (hasEscape(bytes)) bytes = decodeOnce(bytes);
  return bytes.includes(<u8>SLASH);
}

/** A backslash, a control character, UTF-8 that is longer than need be, half of a surrogate pair. */
function holdsWhatNoPathHolds(bytes: Array<u8>): bool {
  for (let i = 0; i < bytes.length; ++i) {
    const byte: i32 = bytes[i];
    const next: i32 = i + 1 < bytes.length ? bytes[i + 1] : 0;
    if (byte == BACKSLASH || byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc0 || byte == 0xc1) return true;
    if (next < 0x80 || next > 0xbf) continue;
    if (byte == 0xc2 && next < 0xa0) return true;
    if (byte == 0xe0 && next < 0xa0) return true;
    if (byte == 0xf0 && next < 0x90) return true;
    if (byte == 0xed && next >= 0xa0) return true;
    if (byte >= 0xf8) return true;
  }
  return false;
}

/** Whether a piece between slashes is `.` or `..` once it is cut at its first `;`. */
function hasDotPiece(bytes: Array<u8>): bool {
  let start = 0;
  for (let end = 0; end <= bytes.length; ++end) {
    if (end < bytes.length && bytes[end] != SLASH) continue;
    if (isDots(bytes, start, end)) return true;
    start = end + 1;
  }
  return false;
}

function isDots(bytes: Array<u8>, start: i32, end: i32): bool {
  let dots = 0;
  for (let i = start; i < end && bytes[i] != SEMICOLON; ++i) {
    if (bytes[i] != DOT) return false;
    ++dots;
  }
  return dots == 1 || dots == 2;
}
