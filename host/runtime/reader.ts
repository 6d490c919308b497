import { ComponentError } from "../errors.ts";

/** Reads the binary format of WebAssembly. Every read is checked against the end of the section it is in. */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    if (this.offset >= this.end) throw malformed(this.offset, "it ends too early");
    return this.bytes[this.offset++] as number;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw malformed(this.offset, "an integer is too long");
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return UTF8.decode(bytes);
    } catch {
      throw malformed(this.offset, "a name is not UTF-8");
    }
  }

  take(length: number): Uint8Array {
    const start = this.offset;
    if (length > this.end - start) throw malformed(start, "it ends too early");
    this.offset = start + length;
    return this.bytes.subarray(start, this.offset);
  }

  /** A part of this reader's bytes as a reader of its own; this one goes on behind it. */
  section(length: number): Reader {
    const start = this.offset;
    this.take(length);
    return new Reader(this.bytes, start, this.offset);
  }

  vector<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.u32(); left > 0; left--) items.push(read());
    return items;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export function malformed(offset: number, why: string): ComponentError {
  return new ComponentError(`the component is malformed at byte ${offset}: ${why}`);
}
