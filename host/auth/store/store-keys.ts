import { createHmac } from "node:crypto";

/** The length of a store's key: AES-256. */
export const STORE_KEY_BYTES = 32;

/** Binds a key's id to this use, so that it tells nothing about the key elsewhere. */
const KEY_ID_LABEL = "backfill token store: key id";
const KEY_ID_BYTES = 8;

const HEX = /^[0-9a-f]{64}$/i;
const BASE64_ALPHABETS = ["base64", "base64url"] as const;

/**
 * Reads a key of a token store: 32 bytes as base64 or base64url (RFC 4648, sections 4 and 5; the padding may be left
 * out), or as 64 hexadecimal digits. Undefined for anything else, also where a space or a line end stands around it.
 */
export function parseStoreKey(text: string): Uint8Array | undefined {
  if (HEX.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  const unpadded = text.replace(/=$/, "");
  for (const alphabet of BASE64_ALPHABETS) {
    const bytes = Buffer.from(text, alphabet);
    // Decoding passes over whatever it does not know: only what is written back the same was meant.
    if (bytes.length === STORE_KEY_BYTES && bytes.toString(alphabet).replace(/=$/, "") === unpadded) {
      return Uint8Array.from(bytes);
    }
  }
  return undefined;
}

/** The name of a key, which does not give it away: 16 hexadecimal digits of HMAC-SHA-256. */
export function keyId(key: Uint8Array): string {
  return createHmac("sha256", key).update(KEY_ID_LABEL).digest().toString("hex", 0, KEY_ID_BYTES);
}
