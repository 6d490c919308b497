import { HookError } from "../errors.ts";
import type { StringEncoding } from "../runtime/decode.ts";

// Linear memory of a guest under the canonical ABI. Every pointer and length comes from code nobody trusts: each
// access is checked against the memory as it is now, for any call into the guest may have grown it.

/** What the guest did against the canonical ABI. Its instance is dropped. */
export function abiError(what: string): HookError {
  return new HookError("BACKFILL_HOOK_ABI", `the hook broke the rules of its boundary: ${what}`);
}

/** The discriminant of an option or a result: 0 or 1. */
export function liftOption(discriminant: number): boolean {
  if (discriminant >>> 0 > 1) throw abiError("a value is neither there nor absent");
  return discriminant === 1;
}

/** Is told what the host writes into a guest's memory. */
export interface HostWrites {
  mark(start: number, size: number): void;
}

/** A guest's `cabi_realloc`. */
export type Realloc = (block: number, oldSize: number, align: number, size: number) => number;

/** One guest's memory and allocator, as one string encoding sees them. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #realloc: Realloc | undefined;
  readonly #unit: 1 | 2;
  readonly #writes: HostWrites | undefined;
  /** Views of the memory as it is. One that has grown leaves them without length. */
  #bytes: Buffer = NOTHING;
  #units: Uint16Array = new Uint16Array(NOTHING.buffer);
  #view: DataView = new DataView(NOTHING.buffer);

  constructor(memory: WebAssembly.Memory, realloc: Realloc | undefined, encoding: StringEncoding, writes?: HostWrites) {
    this.#memory = memory;
    this.#writes = writes;
    this.#realloc = realloc;
    this.#unit = encoding === "utf16" ? 2 : 1;
  }

  u8(address: number): number {
    return this.#at(address, 1).getUint8(address);
  }

  u16(address: number): number {
    return this.#at(address, 2).getUint16(address, true);
  }

  u32(address: number): number {
    return this.#at(address, 4).getUint32(address, true);
  }

  u64(address: number): bigint {
    return this.#at(address, 8).getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.#to(address, 8).setBigUint64(address, value, true);
  }

  setU8(address: number, value: number): void {
    this.#to(address, 1).setUint8(address, value);
  }

  setU16(address: number, value: number): void {
    this.#to(address, 2).setUint16(address, value, true);
  }

  setU32(address: number, value: number): void {
    this.#to(address, 4).setUint32(address, value, true);
  }

  /** Reads a string of at most `limit` code units; a longer one gives undefined and is not read. */
  string(pointer: number, length: number, limit: number): string | undefined {
    const start = pointer >>> 0;
    const units = length >>> 0;
    if (units > limit) return undefined;
    const size = units * this.#unit;
    this.#at(start, size, this.#unit);
    if (this.#unit === 1) {
      const text = decodeUtf8(this.#bytes.subarray(start, start + size));
      if (text === undefined) throw abiError("a string is not UTF-8");
      return text;
    }
    const text = this.#bytes.toString("utf16le", start, start + size);
    if (!text.isWellFormed()) throw abiError("a string has a lone surrogate");
    return text;
  }

  /** Reads a text for people: cut at `limit` code units, and mended where it is not well-formed. */
  text(pointer: number, length: number, limit: number): string {
    const start = pointer >>> 0;
    const size = Math.min(length >>> 0, limit) * this.#unit;
    this.#at(start, size, this.#unit);
    return this.#bytes.toString(this.#unit === 2 ? "utf16le" : "utf8", start, start + size).toWellFormed();
  }

  /** Copies a `list<u8>` of at most `limit` bytes; a longer one gives undefined and is not read. */
  bytes(pointer: number, length: number, limit: number): Uint8Array<ArrayBuffer> | undefined {
    const start = pointer >>> 0;
    const size = length >>> 0;
    if (size > limit) return undefined;
    this.#at(start, size, 1);
    return new Uint8Array(this.#memory.buffer.slice(start, start + size));
  }

  /** Allocates in the guest, to be written; also nothing at all, for a guest may free whatever it is handed. */
  allocate(size: number, align: number): number {
    if (this.#realloc === undefined) throw abiError("it gave no cabi_realloc");
    const pointer = this.#realloc(0, 0, align, size) >>> 0;
    this.#to(pointer, size, align);
    return pointer;
  }

  /** Lowers a string. */
  lowerString(value: string): [pointer: number, units: number] {
    const units = this.#unit === 2 ? value.length : Buffer.byteLength(value, "utf8");
    return [this.#lower(value, units), units];
  }

  /** Lowers a `list<u8>`. */
  lowerBytes(value: Uint8Array): [pointer: number, length: number] {
    const pointer = this.allocate(value.length, 1);
    this.#bytes.set(value, pointer);
    return [pointer, value.length];
  }

  /** Lowers a string and writes its pointer and length at `address`. */
  setString(address: number, value: string): void {
    const units = this.#unit === 2 ? value.length : Buffer.byteLength(value, "utf8");
    const pointer = this.#lower(value, units);
    const view = this.#to(address, 8, 4);
    view.setUint32(address, pointer, true);
    view.setUint32(address + 4, units, true);
  }

  /** Lowers pieces as one `list<u8>` and writes its pointer and length at `address`. */
  setBytes(address: number, pieces: readonly Uint8Array[], length: number): void {
    let at = this.allocate(length, 1);
    this.setU32(address, at);
    this.setU32(address + 4, length);
    for (const piece of pieces) {
      this.#bytes.set(piece, at);
      at += piece.length;
    }
  }

  #lower(value: string, units: number): number {
    const pointer = this.allocate(units * this.#unit, this.#unit);
    if (this.#unit === 1) this.#bytes.write(value, pointer, units, "utf8");
    else if (units > SHORT) this.#bytes.write(value, pointer, units * 2, "utf16le");
    else for (let i = 0, at = pointer >>> 1; i < units; i++) this.#units[at + i] = value.charCodeAt(i);
    return pointer;
  }

  /** As `#at`, where that is to be written. */
  #to(start: number, size: number, align: number = size): DataView {
    const view = this.#at(start, size, align);
    this.#writes?.mark(start, size);
    return view;
  }

  /** The memory as it is now, where so many bytes at that place are in it. */
  #at(start: number, size: number, align: number = size): DataView {
    if (this.#bytes.length === 0) {
      this.#bytes = Buffer.from(this.#memory.buffer);
      this.#units = new Uint16Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    if (start + size > this.#bytes.length) throw abiError("a pointer leads out of its memory");
    if (start % align !== 0) throw abiError("a pointer is not aligned");
    return this.#view;
  }
}

const NOTHING = Buffer.from(new ArrayBuffer(0));

/** Code units up to which a loop writes a string faster than a call of Node does: that takes as long as some 45. */
const SHORT = 32;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
