import { grown } from "../abi/bytes";

const FIVE_TO_13: u32 = 1220703125;

/** A natural number of any size, for the exact paths between decimal text and f64. */
@final
export class Big {
  /** Base 2^32, the lowest limb first. Limbs from `size` on are not part of the number. */
  private limbs: StaticArray<u32> = new StaticArray<u32>(40);
  private size: i32 = 0;

  constructor(value: u64) {
    unchecked((this.limbs[0] = <u32>value));
    unchecked((this.limbs[1] = <u32>(value >> 32)));
    this.size = 2;
    this.trim();
  }

  get isZero(): bool {
    return this.size == 0;
  }

  /** How many bits the number has without leading zeros. */
  get bitLength(): i32 {
    return this.size == 0 ? 0 : (this.size << 5) - <i32>clz(unchecked(this.limbs[this.size - 1]));
  }

  /** this = this * factor + summand */
  multiplyAdd(factor: u32, summand: u32): void {
    const limbs = this.limbs;
    let carry: u64 = summand;
    for (let i = 0, n = this.size; i < n; ++i) {
      carry += <u64>unchecked(limbs[i]) * <u64>factor;
      unchecked((limbs[i] = <u32>carry));
      carry >>= 32;
    }
    if (carry != 0) this.append(<u32>carry);
  }

  /** this = this * 5^exponent */
  multiplyPowerOf5(exponent: i32): void {
    for (; exponent >= 13; exponent -= 13) this.multiplyAdd(FIVE_TO_13, 0);
    for (; exponent > 0; --exponent) this.multiplyAdd(5, 0);
  }

  /** this = this * 2^bits */
  shiftLeft(bits: i32): void {
    if (this.size == 0 || bits == 0) return;
    const words = bits >> 5;
    const rest = <u32>bits & 31;
    const size = this.size + words + 1;
    this.reserve(size);
    const limbs = this.limbs;
    unchecked((limbs[size - 1] = 0));
    for (let i = this.size - 1; i >= 0; --i) {
      const shifted = (<u64>unchecked(limbs[i])) << rest;
      unchecked((limbs[i + words + 1] |= <u32>(shifted >> 32)));
      unchecked((limbs[i + words] = <u32>shifted));
    }
    for (let i = 0; i < words; ++i) unchecked((limbs[i] = 0));
    this.size = size;
    this.trim();
  }

  /** this = this + other */
  add(other: Big): void {
    const size = max(this.size, other.size);
    this.reserve(size);
    for (let i = this.size; i < size; ++i) unchecked((this.limbs[i] = 0));
    this.size = size;
    let carry: u64 = 0;
    for (let i = 0; i < size; ++i) {
      carry += <u64>unchecked(this.limbs[i]) + (i < other.size ? <u64>unchecked(other.limbs[i]) : 0);
      unchecked((this.limbs[i] = <u32>carry));
      carry >>= 32;
    }
    if (carry != 0) this.append(<u32>carry);
  }

  /** this = this - other, which is not greater. */
  subtract(other: Big): void {
    let borrow: i64 = 0;
    for (let i = 0, n = this.size; i < n; ++i) {
      const difference = <i64>unchecked(this.limbs[i]) - (i < other.size ? <i64>unchecked(other.limbs[i]) : 0) + borrow;
      unchecked((this.limbs[i] = <u32>difference));
      borrow = difference >> 63;
    }
    this.trim();
  }

  /** Negative, zero or positive, as this is less than, equal to or greater than `other`. */
  compare(other: Big): i32 {
    if (this.size != other.size) return this.size - other.size;
    for (let i = this.size - 1; i >= 0; --i) {
      const mine = unchecked(this.limbs[i]);
      const theirs = unchecked(other.limbs[i]);
      if (mine != theirs) return mine < theirs ? -1 : 1;
    }
    return 0;
  }

  copy(): Big {
    const copy = new Big(0);
    copy.limbs = grown<u32>(this.limbs, this.limbs.length);
    copy.size = this.size;
    return copy;
  }

  private append(limb: u32): void {
    this.reserve(this.size + 1);
    unchecked((this.limbs[this.size++] = limb));
  }

  private reserve(size: i32): void {
    if (size > this.limbs.length) this.limbs = grown<u32>(this.limbs, size + 16);
  }

  private trim(): void {
    while (this.size > 0 && unchecked(this.limbs[this.size - 1]) == 0) --this.size;
  }
}
