const DIGITS: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word =
      ((<u32>bytes[i]) << 16) | (left > 1 ? (<u32>bytes[i + 1]) << 8 : 0) | (left > 2 ? <u32>bytes[i + 2] : 0);
    text += DIGITS.charAt(word >> 18) + DIGITS.charAt((word >> 12) & 63);
    text += left > 1 ? DIGITS.charAt((word >> 6) & 63) : "=";
    text += left > 2 ? DIGITS.charAt(word & 63) : "=";
  }
  return text;
}

export function decodeBase64(text: string): StaticArray<u8> {
  let length = text.length;
  while (length > 0 && text.charAt(length - 1) == "=") --length;
  const bytes = new StaticArray<u8>((length * 3) / 4);
  let word: u32 = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; ++i) {
    word = (word << 6) | <u32>DIGITS.indexOf(text.charAt(i));
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = <u8>(word >> bits);
    }
  }
  return bytes;
}
