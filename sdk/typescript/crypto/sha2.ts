import { INITIAL, ROUNDS } from "./constants.ts";
import { padded } from "./padding.ts";

/** SHA-256 (FIPS 180-4, section 6.2). */
export function sha256(message: Uint8Array): Uint8Array {
  const { view, length } = padded(message, 64);
  const state = Int32Array.from({ length: 8 }, (_, i) => INITIAL[i * 2] as number);
  const w = new Int32Array(64);
  for (let block = 0; block < length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + t * 4);
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!;
      const y = w[t - 2]!;
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[t] = w[t - 16]! + s0 + w[t - 7]! + s1;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
    for (let t = 0; t < 64; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t * 2]! + w[t]!) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] = state[i]! + word;
    });
  }
  return bytesOf(state);
}

type Eight = [number, number, number, number, number, number, number, number];

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** SHA-512 (FIPS 180-4, section 6.4). A word of 64 bits is two of 32: high, low. */
export function sha512(message: Uint8Array): Uint8Array {
  const { view, length } = padded(message, 128);
  const state = Int32Array.from(INITIAL);
  const w = new Int32Array(160);
  const v = new Int32Array(16);
  for (let block = 0; block < length; block += 128) {
    for (let i = 0; i < 32; i++) w[i] = view.getInt32(block + i * 4);
    for (let i = 32; i < 160; i += 2) schedule(w, i);
    v.set(state);
    for (let i = 0; i < 160; i += 2) round(v, w, i);
    for (let i = 0; i < 16; i += 2) add(state, i, state[i]!, state[i + 1]!, v[i]!, v[i + 1]!);
  }
  return bytesOf(state);
}

function schedule(w: Int32Array, i: number): void {
  const xh = w[i - 30]!;
  const xl = w[i - 29]!;
  const yh = w[i - 4]!;
  const yl = w[i - 3]!;
  add(w, i, w[i - 32]!, w[i - 31]!, w[i - 14]!, w[i - 13]!);
  add(
    w,
    i,
    w[i]!,
    w[i + 1]!,
    right(xh, xl, 1) ^ right(xh, xl, 8) ^ (xh >>> 7),
    right(xl, xh, 1) ^ right(xl, xh, 8) ^ right(xl, xh, 7),
  );
  add(
    w,
    i,
    w[i]!,
    w[i + 1]!,
    right(yh, yl, 19) ^ right(yl, yh, 29) ^ (yh >>> 6),
    right(yl, yh, 19) ^ right(yh, yl, 29) ^ right(yl, yh, 6),
  );
}

const SUM = new Int32Array(4);

function round(v: Int32Array, w: Int32Array, i: number): void {
  const ah = v[0]!;
  const al = v[1]!;
  const eh = v[8]!;
  const el = v[9]!;
  // T1 = h + Σ1(e) + Ch(e, f, g) + K + W
  add(
    SUM,
    0,
    v[14]!,
    v[15]!,
    right(eh, el, 14) ^ right(eh, el, 18) ^ right(el, eh, 9),
    right(el, eh, 14) ^ right(el, eh, 18) ^ right(eh, el, 9),
  );
  add(SUM, 0, SUM[0]!, SUM[1]!, (eh & v[10]!) ^ (~eh & v[12]!), (el & v[11]!) ^ (~el & v[13]!));
  add(SUM, 0, SUM[0]!, SUM[1]!, ROUNDS[i]!, ROUNDS[i + 1]!);
  add(SUM, 0, SUM[0]!, SUM[1]!, w[i]!, w[i + 1]!);
  // T2 = Σ0(a) + Maj(a, b, c)
  add(
    SUM,
    2,
    right(ah, al, 28) ^ right(al, ah, 2) ^ right(al, ah, 7),
    right(al, ah, 28) ^ right(ah, al, 2) ^ right(ah, al, 7),
    (ah & v[2]!) ^ (ah & v[4]!) ^ (v[2]! & v[4]!),
    (al & v[3]!) ^ (al & v[5]!) ^ (v[3]! & v[5]!),
  );
  v.copyWithin(2, 0, 14);
  add(v, 8, v[8]!, v[9]!, SUM[0]!, SUM[1]!);
  add(v, 0, SUM[0]!, SUM[1]!, SUM[2]!, SUM[3]!);
}

/** The high word of a rotation to the right by fewer than 32; with the words exchanged, the low one. */
function right(high: number, low: number, by: number): number {
  return (high >>> by) | (low << (32 - by));
}

function add(to: Int32Array, at: number, high: number, low: number, high2: number, low2: number): void {
  const sum = (low >>> 0) + (low2 >>> 0);
  to[at] = high + high2 + (sum > 0xffffffff ? 1 : 0);
  to[at + 1] = sum;
}

/** Words as bytes, the highest byte of each first. */
export function bytesOf(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(i * 4, word));
  return bytes;
}
