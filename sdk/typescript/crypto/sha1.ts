import { padded } from "./padding.ts";
import { bytesOf } from "./sha2.ts";

/** SHA-1 (FIPS 180-4, section 6.1), for the signatures of services that know nothing else. */
export function sha1(message: Uint8Array): Uint8Array {
  const { view, length } = padded(message, 64);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const w = new Int32Array(80);
  for (let block = 0; block < length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + t * 4);
    for (let t = 16; t < 80; t++) w[t] = left(w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!, 1);
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
    for (let t = 0; t < 80; t++) {
      const next = (left(a, 5) + mixed(t, b, c, d) + e + constant(t) + w[t]!) | 0;
      e = d;
      d = c;
      c = left(b, 30);
      b = a;
      a = next;
    }
    [a, b, c, d, e].forEach((word, i) => {
      state[i] = state[i]! + word;
    });
  }
  return bytesOf(state);
}

function mixed(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (b & c) ^ (~b & d);
  return t < 40 || t >= 60 ? b ^ c ^ d : (b & c) ^ (b & d) ^ (c & d);
}

function constant(t: number): number {
  if (t < 40) return t < 20 ? 0x5a827999 : 0x6ed9eba1;
  return t < 60 ? 0x8f1bbcdc : 0xca62c1d6;
}

function left(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
