import random from "backfill:http/random@0.1.0";
import { Random, RANDOM_LIMIT } from "../platform.ts";

/** Numbers fetched at once. */
const BATCH = 64;

let numbers: DataView | undefined;
let next = 0;

/** `Math.random`. The engine's own is seeded once, when a hook is built, and would be the same in every event. */
export function mathRandom(): number {
  if (numbers === undefined || next === BATCH) {
    numbers = new DataView(random.bytes(BATCH * 8).buffer);
    next = 0;
  }
  const at = next++ * 8;
  // 53 bits, as a number between 0 and 1 holds them.
  return ((numbers.getUint32(at) >>> 5) * 0x4000000 + (numbers.getUint32(at + 4) >>> 6)) / 0x20000000000000;
}

type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The part of the web's `crypto` that needs no promise. For digests and signatures there is `Crypto`. */
export const crypto: { getRandomValues<T extends IntegerArray>(array: T): T; randomUUID(): string } = {
  getRandomValues(array) {
    if (!ArrayBuffer.isView(array) || !/U?[Ii]nt/.test(array[Symbol.toStringTag])) {
      throw new TypeError("crypto.getRandomValues takes a typed array of integers");
    }
    if (array.byteLength > RANDOM_LIMIT) {
      throw new RangeError(`crypto.getRandomValues: ${array.byteLength} bytes are more than ${RANDOM_LIMIT}`);
    }
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(random.bytes(array.byteLength));
    return array;
  },
  randomUUID: () => Random.uuid(),
};
