// The constants of FIPS 180-4 from their definition, so that no digit of them can be mistyped. They are worked out when
// the engine is built, not in a hook.

/** The fractional parts of the roots of the first primes: high and low 32 bits by turns. */
function fractions(count: number, degree: 2n | 3n): Int32Array {
  const words = new Int32Array(count * 2);
  primes(count).forEach((prime, i) => {
    const fraction = root(BigInt(prime) << (64n * degree), degree) & 0xffffffffffffffffn;
    words[i * 2] = Number(fraction >> 32n);
    words[i * 2 + 1] = Number(fraction & 0xffffffffn);
  });
  return words;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

/** The whole part of a root, by Newton's method from above. */
function root(value: bigint, degree: bigint): bigint {
  let guess = 1n << (BigInt(value.toString(2).length) / degree + 1n);
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** The 80 round constants of SHA-512; the high words of the first 64 are those of SHA-256. */
export const ROUNDS: Int32Array = fractions(80, 3n);

/** The initial state of SHA-512; its high words are that of SHA-256. */
export const INITIAL: Int32Array = fractions(8, 2n);
