import { byteAt } from "../abi/bytes";
import { Big } from "./big";

const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const UPPER_E: u32 = 0x45;
const LOWER_E: u32 = 0x65;
const CLOSE_OBJECT: u32 = 0x7d;

/** As many digits as always fit a u64. */
const SIGNIFICAND_DIGITS: i32 = 19;
/** No midpoint between two f64 has more than 767 significant digits: of what follows only matters whether it is zero. */
const DECISIVE_DIGITS: i32 = 770;
/** Beyond every exponent a document could outweigh with its own digits. */
const EXPONENT_CEILING: i64 = 1_000_000_000_000;
const TWO_TO_53: u64 = 1 << 53;

/** 10^0 to 10^22: the powers of ten that are exact in an f64. */
export const EXACT_POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];

/** 5^0 to 5^27: those that fit 64 bits. */
const POWERS_OF_5: StaticArray<u64> = [
  1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125, 6103515625,
  30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125, 95367431640625, 476837158203125,
  2384185791015625, 11920928955078125, 59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125,
];
const LARGEST_POWER_OF_5: i32 = 27;

/** A decimal number as it was written: (-1)^negative * significand * 10^exponent. */
@final
class Decimal {
  negative: bool = false;
  significand: u64 = 0;
  /** Digits in `significand`. */
  digits: i32 = 0;
  exponent: i64 = 0;
  /** False where digits other than 0 did not fit. */
  isExact: bool = true;

  /** Reads a number that keeps the grammar of JSON. */
  read(bytes: usize, start: i32, end: i32): void {
    let at = start;
    this.negative = byteAt(bytes, at) == MINUS;
    if (this.negative) ++at;

    let significand: u64 = 0;
    let digits = 0;
    let exponent: i64 = 0;
    let isExact = true;
    let fraction = false;
    for (; at < end; ++at) {
      const byte: u32 = byteAt(bytes, at);
      const digit = byte - ZERO;
      if (digit > 9) {
        if (byte != POINT) break;
        fraction = true;
      } else if (digits < SIGNIFICAND_DIGITS) {
        significand = significand * 10 + digit;
        if (significand != 0) ++digits;
        if (fraction) --exponent;
      } else {
        if (digit != 0) isExact = false;
        if (!fraction) ++exponent;
      }
    }
    if (at < end) exponent += readExponent(bytes, at + 1, end);
    this.significand = significand;
    this.digits = digits;
    this.exponent = exponent;
    this.isExact = isExact;
  }
}

// One for all reads, which neither nest nor overlap: a read number allocates nothing.
const decimal = new Decimal();

// Bytes are given by their address: the collector is not told of each.

/** The nearest f64 of a JSON number, ties to even: bit for bit what JSON.parse gives. */
export function parseNumber(bytes: usize, start: i32, end: i32): f64 {
  const negative = byteAt(bytes, start) == MINUS;
  const first = negative ? start + 1 : start;
  let significand: u64 = 0;
  let point = -1;
  let at = first;
  for (; at < end; ++at) {
    const digit = <u32>byteAt(bytes, at) - ZERO;
    if (digit <= 9) significand = significand * 10 + digit;
    else if (digit == POINT - ZERO) point = at;
    else break;
  }
  // What follows a number without an exponent is no letter.
  if (at - first <= SIGNIFICAND_DIGITS && (at == end || (byteAt(bytes, at) | 0x20) != LOWER_E)) {
    const magnitude = nearest(significand, point < 0 ? 0 : point + 1 - at);
    return negative ? -magnitude : magnitude;
  }
  return parseLongNumber(bytes, start, numberEnd(bytes, at, end));
}

/** The place after a number, which the reader has accepted: only what may follow ends it. */
export function numberEnd(bytes: usize, at: i32, end: i32): i32 {
  while (at < end) {
    const byte = <u32>byteAt(bytes, at);
    if (byte <= 0x20 || byte == COMMA || (byte | 0x20) == CLOSE_OBJECT) break;
    ++at;
  }
  return at;
}

function parseLongNumber(bytes: usize, start: i32, end: i32): f64 {
  decimal.read(bytes, start, end);
  const magnitude = nearest64(bytes, start, end);
  return decimal.negative ? -magnitude : magnitude;
}

/** The number's exact value where that is whole and in the range of i64, else `fallback`. */
export function parseInteger(bytes: usize, start: i32, end: i32, fallback: i64): i64 {
  decimal.read(bytes, start, end);
  if (!decimal.isExact) return fallback;
  let value = decimal.significand;
  if (value == 0) return 0;
  let exponent = decimal.exponent;
  for (; exponent < 0; ++exponent) {
    if (value % 10 != 0) return fallback;
    value /= 10;
  }
  for (; exponent > 0; --exponent) {
    if (value > u64.MAX_VALUE / 10) return fallback;
    value *= 10;
  }
  if (decimal.negative) return value <= (<u64>1) << 63 ? -(<i64>value) : fallback;
  return value <= <u64>i64.MAX_VALUE ? <i64>value : fallback;
}

function nearest64(bytes: usize, start: i32, end: i32): f64 {
  const significand = decimal.significand;
  const exponent = decimal.exponent;
  if (significand == 0) return 0;
  if (decimal.isExact && exponent >= -LARGEST_POWER_OF_5 && exponent <= LARGEST_POWER_OF_5) {
    return nearest(significand, <i32>exponent);
  }
  const magnitude = <i64>decimal.digits + exponent;
  if (magnitude > 309) return Infinity;
  if (magnitude < -323) return 0;
  if (decimal.isExact) return quotient(new Big(significand), <i32>exponent);
  return exactly(bytes, start, end, <i32>exponent);
}

/** The nearest f64 to significand * 10^exponent, where the exponent is from -27 to 27. */
function nearest(significand: u64, exponent: i32): f64 {
  // Both operands are exact, so the one rounding is the right one (Clinger 1990).
  if (significand <= TWO_TO_53 && exponent >= -22 && exponent <= 22) {
    const value = <f64>significand;
    return exponent < 0 ? value / unchecked(EXACT_POWERS[-exponent]) : value * unchecked(EXACT_POWERS[exponent]);
  }
  if (significand == 0) return 0;
  return exponent < 0 ? nearestQuotient(significand, -exponent) : nearestProduct(significand, exponent);
}

/** The nearest f64 to significand * 10^exponent, by the exact product of 128 bits. */
function nearestProduct(significand: u64, exponent: i32): f64 {
  const power = unchecked(POWERS_OF_5[exponent]);
  const low = significand * power;
  const middle = (significand >> 32) * <u32>power + ((<u64>(<u32>significand) * <u32>power) >> 32);
  const other = (power >> 32) * <u32>significand + <u32>middle;
  const high = (significand >> 32) * (power >> 32) + (middle >> 32) + (other >> 32);
  if (high == 0) return rounded(low, exponent, false);
  const shift = <i32>clz(high);
  const bits = shift == 0 ? high : (high << shift) | (low >> (64 - shift));
  return rounded(bits, exponent + 64 - shift, low << shift != 0);
}

/** The nearest f64 to significand / 10^exponent, by long division of 128 by 64 bits in two digits of 32 (Knuth's D). */
function nearestQuotient(significand: u64, exponent: i32): f64 {
  const power = unchecked(POWERS_OF_5[exponent]);
  const shift = <i32>clz(significand);
  const divisorShift = <i32>clz(power);
  const divisor = power << divisorShift;
  // Half of the dividend, so that the quotient fits 64 bits, of which 63 count.
  const dividend = (significand << shift) >> 1;
  const next: u64 = (significand << shift) << 63;
  const high = quotientDigit(dividend, next >> 32, divisor);
  const rest = (dividend << 32) + (next >> 32) - high * divisor;
  const low = quotientDigit(rest, 0, divisor);
  const bits = (high << 32) + low;
  return rounded(bits, divisorShift - shift - 63 - exponent, (rest << 32) - low * divisor != 0);
}

/** (dividend * 2^32 + next) / divisor, where the dividend is below the divisor, whose highest bit is set. */
function quotientDigit(dividend: u64, next: u64, divisor: u64): u64 {
  const base: u64 = 1 << 32;
  const high = divisor >> 32;
  const low = divisor & (base - 1);
  let digit = dividend / high;
  let rest = dividend - digit * high;
  while (digit >= base || digit * low > rest * base + next) {
    --digit;
    rest += high;
    if (rest >= base) break;
  }
  return digit;
}

/** The slow path for more digits than a u64 holds. `exponent` is the one that fits the first 19 digits. */
function exactly(bytes: usize, start: i32, end: i32, exponent: i32): f64 {
  const value = new Big(0);
  let digits = 0;
  let rest: u32 = 0;
  for (let at = start; at < end; ++at) {
    const byte: u32 = byteAt(bytes, at);
    if (byte == LOWER_E || byte == UPPER_E) break;
    const digit = byte - ZERO;
    if (digit > 9 || (digits == 0 && digit == 0)) continue;
    if (digits < DECISIVE_DIGITS) {
      value.multiplyAdd(10, digit);
      ++digits;
    } else {
      rest |= digit;
    }
  }
  exponent -= digits - SIGNIFICAND_DIGITS;
  if (rest == 0) return quotient(value, exponent);
  value.multiplyAdd(10, 1);
  return quotient(value, exponent - 1);
}

/** The nearest f64 to value * 10^exponent: 64 bits by long division, then one rounding. */
function quotient(value: Big, exponent: i32): f64 {
  const divisor = new Big(1);
  if (exponent < 0) divisor.multiplyPowerOf5(-exponent);
  else value.multiplyPowerOf5(exponent);

  const shift = divisor.bitLength + 63 - value.bitLength;
  divisor.shiftLeft(shift < 0 ? 63 - shift : 63);
  if (shift > 0) value.shiftLeft(shift);
  let bits: u64 = 0;
  for (let i = 0; i < 64; ++i) {
    bits <<= 1;
    if (value.compare(divisor) >= 0) {
      value.subtract(divisor);
      bits |= 1;
    }
    value.shiftLeft(1);
  }
  return rounded(bits, exponent - shift, !value.isZero);
}

/** The nearest f64 to (bits + rest) * 2^exponent, where 0 <= rest < 1 and `hasRest` says whether it is above 0. */
function rounded(bits: u64, exponent: i32, hasRest: bool): f64 {
  const leading = <i32>clz(bits);
  const significand = bits << leading;
  const power = exponent - leading + 63;
  if (power > 1023) return Infinity;

  const isNormal = power >= -1022;
  const dropped = isNormal ? 11 : 11 - 1022 - power;
  if (dropped > 64) return 0;
  const kept: u64 = dropped < 64 ? significand >> dropped : 0;
  const lost: u64 = dropped < 64 ? significand << (64 - dropped) : significand;
  const half: u64 = 1 << 63;
  const up = lost > half || (lost == half && (hasRest || (kept & 1) == 1));
  // The leading bit of a normal number adds itself to the exponent, and so does the carry of the rounding.
  const biased: u64 = isNormal ? (<u64>(power + 1022)) << 52 : 0;
  return reinterpret<f64>(biased + kept + <u64>up);
}

function readExponent(bytes: usize, start: i32, end: i32): i64 {
  let at = start;
  const negative = byteAt(bytes, at) == MINUS;
  if (<u32>byteAt(bytes, at) < ZERO) ++at;
  let exponent: i64 = 0;
  for (; at < end; ++at) {
    exponent = min(exponent * 10 + <i64>(<u32>byteAt(bytes, at) - ZERO), EXPONENT_CEILING);
  }
  return negative ? -exponent : exponent;
}
