import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { JsonGuest } from "../support/json.ts";

let guest: JsonGuest;
beforeAll(async () => {
  guest = await JsonGuest.create();
});

/** Every f64, the exponents evenly: the generator's own doubles lean towards round ones. */
const anyDouble = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((bits) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
});
const double = fc.oneof(anyDouble, fc.double()).filter((value) => Number.isFinite(value));

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength }).map((list) => list.join(""));
const numberText = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.oneof(digits(25), digits(400)),
    fc.option(fc.oneof(digits(25), digits(900)), { nil: null }),
    fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "e-", "E-"), fc.oneof(digits(2), digits(3))), { nil: null }),
  )
  .map(([sign, whole, fraction, exponent]) => {
    const plain = whole.replace(/^0+(?=.)/, "");
    return sign + plain + (fraction === null ? "" : `.${fraction}`) + (exponent === null ? "" : exponent.join(""));
  });

function same(text: string): void {
  expect(guest.readNumber(text), text).toBe(Number(text));
}

test("a number is read to the same bits as in JavaScript", () => {
  fc.assert(fc.property(numberText, same), { numRuns: 2000 });
});

test("a number as JavaScript prints it is read to the same bits", () => {
  fc.assert(
    fc.property(double, (value) => same(String(value))),
    { numRuns: 2000 },
  );
});

test("a decimal half-way between two numbers, or just beside it, is rounded as in JavaScript", () => {
  fc.assert(
    fc.property(anyDouble.filter(Number.isFinite), fc.constantFrom("", "1", "0000000001"), (value, beside) => {
      const exact = exactMidpoint(Math.abs(value));
      same(exact + (beside === "" ? "" : (exact.includes(".") ? "" : ".") + beside));
    }),
    { numRuns: 300 },
  );
});

test("a number of up to 19 digits is rounded as in JavaScript, whatever its exponent", () => {
  const significand = fc.oneof(
    fc.bigInt({ min: 0n, max: 10n ** 19n - 1n }),
    // Half-way between two numbers, or beside it.
    fc
      .tuple(
        fc.bigInt({ min: 1n << 52n, max: (1n << 53n) - 1n }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([kept, lost, beside]) => (kept << BigInt(lost)) + (1n << BigInt(lost - 1)) + BigInt(beside)),
  );
  fc.assert(
    fc.property(significand, fc.integer({ min: -30, max: 30 }), (digits, exponent) => {
      same(`${digits}e${exponent}`);
      const text = String(digits).padStart(20, "0");
      if (exponent < 0) same(`${text.slice(0, exponent).replace(/^0+(?=.)/, "") || "0"}.${text.slice(exponent)}`);
    }),
    { numRuns: 3000 },
  );
  for (let power = 0; power <= 27; ++power) {
    for (const value of [5n ** BigInt(power), 5n ** BigInt(power) - 1n, (1n << 63n) + 1025n]) {
      for (const exponent of [power, -power]) same(`${value}e${exponent}`);
    }
  }
});

/** The exact decimal expansion of the middle between a number and the next one up. */
function exactMidpoint(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const significand = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const exponent = Math.max(biased, 1) - 1076;
  const numerator = 2n * significand + 1n;
  if (exponent >= 0) return String(numerator << BigInt(exponent));
  const places = -exponent;
  const scaled = String(numerator * 5n ** BigInt(places)).padStart(places + 1, "0");
  return `${scaled.slice(0, -places)}.${scaled.slice(-places)}`;
}

test.each([
  "0",
  "-0",
  "0.0",
  "-0e999999999999999999999",
  "1e308",
  "1.7976931348623157e308",
  "1.7976931348623158e308",
  "1.7976931348623159e308",
  "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
  "1e309",
  "-1e309",
  "1e999999999999999999999",
  "5e-324",
  "4.9e-324",
  "2.4703282292062328e-324",
  "2.4703282292062327e-324",
  "2.47032822920623272088284396434110686182e-324",
  "2.47032822920623272088284396434110686183e-324",
  "2.2250738585072011e-308",
  "2.2250738585072012e-308",
  "2.2250738585072014e-308",
  "1e-999999999999999999999",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "9007199254740993.00000000000000000000000000000000001",
  "9223372036854775807",
  "18446744073709551615",
  "18446744073709551616",
  "99999999999999999999999",
  "1e22",
  "1e23",
  "8.5e22",
  "0.1",
  "0.30000000000000004",
  "123456789012345678901234567890e-10",
])("%s is read as in JavaScript", (text) => same(text));

test("zeros in front and behind do not cost a number its exponent", () => {
  same(`0.${"0".repeat(1000)}1e1001`);
  same(`1${"0".repeat(1000)}e-1000`);
  same(`1${"0".repeat(400)}.${"0".repeat(400)}e-400`);
  same(`${"9".repeat(2000)}e-2000`);
  same(`0.${"0".repeat(330)}${"7".repeat(1200)}e20`);
});

test("only whether a digit follows the decisive ones matters, however late it comes", () => {
  const half = exactMidpoint(2.2250738585072014e-308);
  same(half);
  same(`${half}${"0".repeat(100)}`);
  same(`${half}${"0".repeat(100)}1`);
});

test("a number is written as JavaScript prints it", () => {
  fc.assert(
    fc.property(double, (value) => {
      expect(guest.writeNumber(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 5000 },
  );
});

test("a short decimal is written as JavaScript prints it", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -40, max: 40 }), (significand, exponent) => {
      const value = Number(`${significand}e${exponent}`);
      expect(guest.writeNumber(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
});

test("every power of two and of ten and its neighbours are written as JavaScript prints them, and read back", () => {
  const powers = Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074));
  for (let exponent = -323; exponent <= 308; ++exponent) powers.push(Number(`1e${exponent}`));
  const view = new DataView(new ArrayBuffer(8));
  const wrong: number[] = [];
  for (const power of powers) {
    view.setFloat64(0, power);
    const bits = view.getBigUint64(0);
    for (const neighbour of [bits - 1n, bits, bits + 1n]) {
      view.setBigUint64(0, neighbour);
      const value = view.getFloat64(0);
      const text = guest.writeNumber(value);
      if (text !== JSON.stringify(value) || guest.readNumber(text) !== value) wrong.push(value);
    }
  }
  expect(wrong).toEqual([]);
});

test("-0 is written as 0", () => {
  expect(guest.writeNumber(-0)).toBe("0");
});

test.each([
  ["0", 0n],
  ["-0", 0n],
  ["9223372036854775807", 9223372036854775807n],
  ["9223372036854775808", 7n],
  ["-9223372036854775808", -9223372036854775808n],
  ["-9223372036854775809", 7n],
  ["18446744073709551616", 7n],
  ["9007199254740993", 9007199254740993n],
  ["9007199254740993.0", 9007199254740993n],
  ["1.5", 7n],
  ["1.50e1", 15n],
  ["15e-1", 7n],
  ["150e-1", 15n],
  ["1e18", 10n ** 18n],
  ["1e19", 7n],
  ["1e400", 7n],
  ["0e400", 0n],
  ["1e-400", 7n],
  ["1.0000000000000000000000000", 1n],
  ["1.0000000000000000000000001", 7n],
  ["1e999999999999999999999", 7n],
])("%s as an integer is exact, or the fallback", (text, expected) => {
  expect(guest.readInteger(text, 7n)).toBe(expected);
});
