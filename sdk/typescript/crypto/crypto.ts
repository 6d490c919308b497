import { encodeUtf8 } from "../web/utf8.ts";
import { sha1 } from "./sha1.ts";
import { sha256, sha512 } from "./sha2.ts";

/** A hash function. SHA-1 is there for services that sign with nothing else; choose it for nothing new. */
export type HashAlgorithm = "sha1" | "sha256" | "sha512";

/** What can be hashed: bytes, or a text as its UTF-8. */
export type HashInput = string | Uint8Array;

const HASHES: Readonly<Record<HashAlgorithm, { hash(message: Uint8Array): Uint8Array; block: number }>> = {
  sha1: { hash: sha1, block: 64 },
  sha256: { hash: sha256, block: 64 },
  sha512: { hash: sha512, block: 128 },
};

/** Digests and signatures, without a promise to wait for: a hook is synchronous. */
export const Crypto: {
  /** The digest of `data` (FIPS 180-4). */
  hash(algorithm: HashAlgorithm, data: HashInput): Uint8Array;
  /** The HMAC of `data` under `key` (RFC 2104). */
  hmac(algorithm: HashAlgorithm, key: HashInput, data: HashInput): Uint8Array;
  /** Whether two are the same, in a time that says nothing of where they differ. Compare signatures with it. */
  timingSafeEqual(a: HashInput, b: HashInput): boolean;
  /** Lower-case hexadecimal digits. */
  hex(bytes: Uint8Array): string;
  /** Base64 with its padding (RFC 4648, section 4). */
  base64(bytes: Uint8Array): string;
  /** Base64 for URLs, without padding (RFC 4648, section 5). */
  base64url(bytes: Uint8Array): string;
  /** The bytes of hexadecimal digits. Throws a SyntaxError where the text is none. */
  fromHex(text: string): Uint8Array;
  /** The bytes of base64 in either alphabet, padded or not. Throws a SyntaxError where the text is none. */
  fromBase64(text: string): Uint8Array;
} = {
  hash: (algorithm, data) => hashOf(algorithm).hash(bytesOf(data)),
  hmac: (algorithm, key, data) => {
    const { hash, block } = hashOf(algorithm);
    const given = bytesOf(key);
    const secret = new Uint8Array(block);
    secret.set(given.length > block ? hash(given) : given);
    const inner = hash(
      joined(
        secret.map((byte) => byte ^ 0x36),
        bytesOf(data),
      ),
    );
    return hash(
      joined(
        secret.map((byte) => byte ^ 0x5c),
        inner,
      ),
    );
  },
  timingSafeEqual: (a, b) => {
    const [left, right] = [bytesOf(a), bytesOf(b)];
    let difference = left.length ^ right.length;
    for (let i = 0; i < left.length; i++) difference |= (left[i] as number) ^ (right[i] ?? 0);
    return difference === 0;
  },
  hex: (bytes) => bytes.toHex(),
  base64: (bytes) => bytes.toBase64(),
  base64url: (bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true }),
  fromHex: (text) => Uint8Array.fromHex(text),
  fromBase64: (text) => Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")),
};

function hashOf(algorithm: HashAlgorithm): (typeof HASHES)[HashAlgorithm] {
  if (Object.hasOwn(HASHES, algorithm)) return HASHES[algorithm];
  throw new TypeError(`${JSON.stringify(algorithm)} is no hash function; there are ${Object.keys(HASHES).join(", ")}`);
}

function bytesOf(data: HashInput): Uint8Array {
  if (typeof data === "string") return encodeUtf8(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`a ${data === null ? "null" : typeof data} cannot be hashed; give a string or a Uint8Array`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
