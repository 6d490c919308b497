import { Big } from "./big";
import { EXACT_POWERS } from "./number";

const TWO_TO_51: f64 = <f64>((<u64>1) << 51);
const TWO_TO_53: f64 = <f64>((<u64>1) << 53);
const LOG10_OF_2: f64 = 0.30102999566398114;

const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const LOWER_E: u8 = 0x65;

/** The most bytes `putNumber` writes. */
export const NUMBER_LENGTH: i32 = 25;

// The digits of the number being written, which are 0.d1d2… * 10^point. Writes neither nest nor overlap.
const digits = new StaticArray<u8>(17);
let count: i32 = 0;
let point: i32 = 0;

/**
 * Writes a finite number as JavaScript prints it (ECMA-262, Number::toString, and "0" for -0), and gives where
 * it ends: the fewest digits that read back as the same number, of those the nearest to it.
 */
export function putNumber(target: StaticArray<u8>, at: i32, value: f64): i32 {
  if (value == 0) {
    target[at] = ZERO;
    return at + 1;
  }
  if (value < 0) target[at++] = MINUS;
  const magnitude = abs(value);
  if (!fewDigits(magnitude)) manyDigits(magnitude);

  if (point > 21 || point < -5) return putScientific(target, at);
  if (point <= 0) {
    target[at++] = ZERO;
    target[at++] = POINT;
    for (let i = point; i < 0; ++i) target[at++] = ZERO;
    return putDigits(target, at, 0);
  }
  for (let i = 0; i < point; ++i) target[at++] = i < count ? unchecked(digits[i]) : ZERO;
  if (count <= point) return at;
  target[at++] = POINT;
  return putDigits(target, at, point);
}

function putScientific(target: StaticArray<u8>, at: i32): i32 {
  target[at++] = unchecked(digits[0]);
  if (count > 1) {
    target[at++] = POINT;
    at = putDigits(target, at, 1);
  }
  target[at++] = LOWER_E;
  target[at++] = point > 0 ? PLUS : MINUS;
  const exponent = abs(point - 1);
  if (exponent >= 100) target[at++] = <u8>(ZERO + exponent / 100);
  if (exponent >= 10) target[at++] = <u8>(ZERO + ((exponent / 10) % 10));
  target[at++] = <u8>(ZERO + (exponent % 10));
  return at;
}

function putDigits(target: StaticArray<u8>, at: i32, from: i32): i32 {
  for (let i = from; i < count; ++i) target[at++] = unchecked(digits[i]);
  return at;
}

/**
 * The numbers that people write: whole ones below 2^53, and n / 10^k with n below 2^51 and k up to 22. There the
 * division is exact but for one rounding, and no two such decimals of one length are the same f64.
 */
function fewDigits(value: f64): bool {
  if (value < TWO_TO_53 && value == trunc(value)) {
    setDigits(<u64>value, 0);
    return true;
  }
  for (let places = 1; places <= 22; ++places) {
    const power = unchecked(EXACT_POWERS[places]);
    const scaled = nearest(value * power);
    if (scaled >= TWO_TO_51) return false;
    if (scaled / power == value) {
      setDigits(<u64>scaled, places);
      return true;
    }
  }
  return false;
}

function setDigits(significand: u64, places: i32): void {
  let rest = significand;
  let length = 0;
  for (let left = significand; left != 0; left /= 10) ++length;
  point = length - places;
  while (rest % 10 == 0) {
    rest /= 10;
    --length;
  }
  count = length;
  for (let i = length - 1; i >= 0; --i) {
    unchecked((digits[i] = <u8>(ZERO + (rest % 10))));
    rest /= 10;
  }
}

/** Every other number, exactly (Steele and White 1990; Burger and Dybvig 1996, free format). */
function manyDigits(value: f64): void {
  const bits = reinterpret<u64>(value);
  const fraction = bits & 0x000fffffffffffff;
  const biased = <i32>(bits >> 52);
  const significand = biased == 0 ? fraction : fraction | ((<u64>1) << 52);
  const exponent = max(biased, 1) - 1075;
  // The number below a power of two is only half as far away as the one above.
  const uneven = fraction == 0 && biased > 1 ? 1 : 0;
  const isEven = (significand & 1) == 0;

  // value = remainder / divisor; below / divisor and above / divisor are half the ways to its neighbours.
  const remainder = new Big(significand);
  const divisor = new Big(1);
  const below = new Big(1);
  remainder.shiftLeft(max(exponent, 0) + 1 + uneven);
  divisor.shiftLeft(max(-exponent, 0) + 1 + uneven);
  below.shiftLeft(max(exponent, 0));
  const above = below.copy();
  above.shiftLeft(uneven);

  // Right, or one too low.
  point = <i32>ceil(<f64>(exponent + 63 - <i32>clz(significand)) * LOG10_OF_2 - 1e-10);
  if (point >= 0) {
    divisor.multiplyPowerOf5(point);
    divisor.shiftLeft(point);
  } else {
    scale(remainder, below, above, -point);
  }
  if (reaches(remainder, above, divisor, isEven)) ++point;
  else scale(remainder, below, above, 1);

  count = 0;
  while (true) {
    let digit = 0;
    while (remainder.compare(divisor) >= 0) {
      remainder.subtract(divisor);
      ++digit;
    }
    const order = remainder.compare(below);
    const lowEnough = isEven ? order <= 0 : order < 0;
    const highEnough = reaches(remainder, above, divisor, isEven);
    if (lowEnough || highEnough) {
      unchecked((digits[count++] = <u8>(ZERO + digit + <i32>isUp(lowEnough, highEnough, remainder, divisor, digit))));
      return;
    }
    unchecked((digits[count++] = <u8>(ZERO + digit)));
    scale(remainder, below, above, 1);
  }
}

/** Whether the last digit goes up: towards the only one that reads back right, or the nearer, or the even one. */
function isUp(lowEnough: bool, highEnough: bool, remainder: Big, divisor: Big, digit: i32): bool {
  if (!lowEnough || !highEnough) return highEnough;
  const twice = remainder.copy();
  twice.shiftLeft(1);
  const order = twice.compare(divisor);
  return order > 0 || (order == 0 && (digit & 1) == 1);
}

/** Whether remainder + above passes the divisor, or meets it where that counts. */
function reaches(remainder: Big, above: Big, divisor: Big, meeting: bool): bool {
  const sum = remainder.copy();
  sum.add(above);
  const order = sum.compare(divisor);
  return meeting ? order >= 0 : order > 0;
}

function scale(remainder: Big, below: Big, above: Big, power: i32): void {
  remainder.multiplyPowerOf5(power);
  remainder.shiftLeft(power);
  below.multiplyPowerOf5(power);
  below.shiftLeft(power);
  above.multiplyPowerOf5(power);
  above.shiftLeft(power);
}
