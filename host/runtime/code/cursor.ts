import { outside } from "./confine.ts";

const FUNCTION_REFERENCE = 0x70;
const NO_FUNCTION = 0x73;
const NO_RESULT = 0x40;

/** Where a load or a store goes, besides its address. */
export interface Place {
  memory: number;
  offset: number;
}

/** Reads what follows the opcodes of valid code. Says no to types that this host does not offer. */
export class Cursor {
  readonly bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.offset++] as number;
  }

  skip(): void {
    const { bytes } = this;
    while ((bytes[this.offset++] as number) >= 0x80);
  }

  u32(): number {
    let byte = this.bytes[this.offset++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = this.bytes[this.offset++] as number;
      value += (byte & 0x7f) * 2 ** shift;
    }
    return value;
  }

  /** Signed, of 32 bits. */
  i32(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 35);
    return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }

  /** Goes over the place of a load or a store. */
  skipPlace(): void {
    if (this.#hasMemory()) this.skip();
    this.skip();
    this.skip();
  }

  place(into: Place): void {
    const named = this.#hasMemory();
    this.skip();
    into.memory = named ? this.u32() : 0;
    into.offset = this.u32();
  }

  /** Bit 6 of the alignment says that a memory follows. */
  #hasMemory(): boolean {
    return ((this.bytes[this.offset] as number) & 0x40) !== 0;
  }

  blockType(): void {
    const type = this.bytes[this.offset] as number;
    // A value type is a negative number, of one byte; the index of a type is not negative.
    if (type === NO_RESULT) this.offset++;
    else if (type < 0x80 && (type & 0x40) !== 0) this.valueType();
    else {
      this.skip();
      if (((this.bytes[this.offset - 1] as number) & 0x40) !== 0) throw outside("types of an unusual length");
    }
  }

  valueType(): void {
    const type = this.byte();
    if ((type < 0x7b || type > 0x7f) && type !== FUNCTION_REFERENCE) throw outside("references to what is no function");
  }

  nullType(): void {
    const type = this.byte();
    if (type !== FUNCTION_REFERENCE && type !== NO_FUNCTION) throw outside("references to what is no function");
  }
}
