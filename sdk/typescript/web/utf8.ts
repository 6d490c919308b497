import engine from "backfill:http/engine@0.1.0";

/** A text as UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return engine.encode(text.toWellFormed());
}

/** Code units of one call of `String.fromCharCode`, whose arguments lie on the stack. */
const CHUNK = 1024;

/**
 * The UTF-8 decoder of the Encoding Standard: bytes to text, piece by piece. A bad sequence becomes U+FFFD, or throws a
 * TypeError where `fatal` is set.
 */
export class Utf8Decoder {
  readonly #fatal: boolean;
  #point = 0;
  #needed = 0;
  #lower = 0x80;
  #upper = 0xbf;

  constructor(fatal: boolean) {
    this.#fatal = fatal;
  }

  /** Decodes the next piece; after the last one, a sequence that has not ended is a bad one. */
  decode(bytes: Uint8Array, last: boolean): string {
    let text = "";
    let units: number[] = [];
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (this.#needed === 0) {
        if (byte < 0x80) units.push(byte);
        else if (!this.#begin(byte)) units.push(this.#bad());
      } else if (byte < this.#lower || byte > this.#upper) {
        units.push(this.#bad());
        // The byte may begin the next sequence.
        i--;
      } else {
        this.#lower = 0x80;
        this.#upper = 0xbf;
        this.#point = (this.#point << 6) | (byte & 0x3f);
        if (--this.#needed === 0) pushPoint(units, this.#point);
      }
      if (units.length >= CHUNK) {
        text += String.fromCharCode(...units);
        units = [];
      }
    }
    if (last && this.#needed > 0) units.push(this.#bad());
    return text + String.fromCharCode(...units);
  }

  #begin(byte: number): boolean {
    if (byte >= 0xc2 && byte <= 0xdf) this.#expect(1, byte & 0x1f);
    else if (byte >= 0xe0 && byte <= 0xef) this.#expect(2, byte & 0x0f);
    else if (byte >= 0xf0 && byte <= 0xf4) this.#expect(3, byte & 0x07);
    else return false;
    // No sequence longer than it need be, no surrogate, nothing past U+10FFFF.
    if (byte === 0xe0) this.#lower = 0xa0;
    if (byte === 0xed) this.#upper = 0x9f;
    if (byte === 0xf0) this.#lower = 0x90;
    if (byte === 0xf4) this.#upper = 0x8f;
    return true;
  }

  #expect(needed: number, bits: number): void {
    this.#needed = needed;
    this.#point = bits;
  }

  #bad(): number {
    this.#needed = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
    if (this.#fatal) throw new TypeError("the bytes are not UTF-8");
    return 0xfffd;
  }
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) units.push(point);
  else units.push(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
}
