const ALPHABET: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING: i32 = 0x3d;

/** Base64 of RFC 4648, section 4. */
export function base64(buffer: ArrayBuffer): string {
  const bytes = Uint8Array.wrap(buffer);
  const units = new Array<i32>();
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const second = left > 1 ? <u32>bytes[i + 1] : 0;
    const third = left > 2 ? <u32>bytes[i + 2] : 0;
    const bits = ((<u32>bytes[i]) << 16) | (second << 8) | third;
    units.push(ALPHABET.charCodeAt((bits >> 18) & 63));
    units.push(ALPHABET.charCodeAt((bits >> 12) & 63));
    units.push(left > 1 ? ALPHABET.charCodeAt((bits >> 6) & 63) : PADDING);
    units.push(left > 2 ? ALPHABET.charCodeAt(bits & 63) : PADDING);
  }
  return String.fromCharCodes(units);
}
