/** Builds a binary in one growing buffer. */
export class Writer {
  length = 0;
  #bytes: Uint8Array;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  put(...values: readonly number[]): this {
    for (const value of values) this.byte(value);
    return this;
  }

  append(bytes: Uint8Array): this {
    return this.copy(bytes, 0, bytes.length);
  }

  copy(source: Uint8Array, from: number, to: number): this {
    const length = to - from;
    this.#reserve(length);
    this.#bytes.set(source.subarray(from, to), this.length);
    this.length += length;
    return this;
  }

  /** Unsigned LEB128. */
  u32(value: number): this {
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.byte((left & 0x7f) | 0x80);
    this.byte(left);
    return this;
  }

  /** Signed LEB128 of a number that is not negative. */
  positive(value: number): this {
    let left = value;
    for (; left >= 0x40; left >>>= 7) this.byte((left & 0x7f) | 0x80);
    this.byte(left);
    return this;
  }

  /** Signed LEB128 of 32 bits. */
  i32(value: number): this {
    let left = value | 0;
    for (; left < -0x40 || left >= 0x40; left >>= 7) this.byte((left & 0x7f) | 0x80);
    this.byte(left & 0x7f);
    return this;
  }

  name(text: string): this {
    const bytes = Buffer.from(text);
    return this.u32(bytes.length).append(bytes);
  }

  /** Leaves room for a number of `width` bytes and tells where it is. */
  room(width: number): number {
    const at = this.length;
    this.#reserve(width);
    this.length += width;
    return at;
  }

  /** Fills room with LEB128 of exactly this width. One below 2 ** (7 * width - 1) is the same signed and unsigned. */
  fill(at: number, width: number, value: number): void {
    let left = value;
    for (let i = 0; i < width; i++, left = Math.floor(left / 0x80)) {
      this.#bytes[at + i] = (left & 0x7f) | (i < width - 1 ? 0x80 : 0);
    }
  }

  /** Puts bytes before what was written from `at` on. */
  insert(at: number, bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.copyWithin(at + bytes.length, at, this.length);
    this.#bytes.set(bytes, at);
    this.length += bytes.length;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
