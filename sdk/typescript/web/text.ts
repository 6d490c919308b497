import { encodeUtf8, Utf8Decoder } from "./utf8.ts";

/** `TextEncoder` of the Encoding Standard. */
export class TextEncoder {
  get encoding(): "utf-8" {
    return "utf-8";
  }

  encode(text: string = ""): Uint8Array {
    return encodeUtf8(String(text));
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = encodeUtf8(character);
      if (written + bytes.length > into.length) break;
      into.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

const LABELS: readonly string[] = [
  "utf-8",
  "utf8",
  "unicode-1-1-utf-8",
  "unicode11utf8",
  "unicode20utf8",
  "x-unicode20utf8",
];

/** `TextDecoder` of the Encoding Standard, for UTF-8 alone. */
export class TextDecoder {
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #decoder: Utf8Decoder | undefined;
  #seen = false;

  constructor(
    label: string = "utf-8",
    { fatal = false, ignoreBOM = false }: { fatal?: boolean; ignoreBOM?: boolean } = {},
  ) {
    if (!LABELS.includes(String(label).trim().toLowerCase())) {
      throw new RangeError(`TextDecoder: ${label} is not offered in a hook, only utf-8`);
    }
    this.fatal = Boolean(fatal);
    this.ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding(): "utf-8" {
    return "utf-8";
  }

  decode(input?: ArrayBuffer | ArrayBufferView, { stream = false }: { stream?: boolean } = {}): string {
    this.#decoder ??= new Utf8Decoder(this.fatal);
    const decoder = this.#decoder;
    if (!stream) this.#decoder = undefined;
    const text = decoder.decode(bytesOf(input), !stream);
    const marked = !this.#seen && !this.ignoreBOM && text.startsWith("\uFEFF");
    this.#seen = stream && (this.#seen || text !== "");
    return marked ? text.slice(1) : text;
  }
}

function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}
