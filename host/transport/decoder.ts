import type { BrotliDecompress, Gunzip, Inflate, InflateRaw, ZstdDecompress } from "node:zlib";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";

/** A content coding this host decodes (RFC 9110, section 8.4.1; RFC 7932; RFC 8878). */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** What the server is told: the codings every server knows. */
export const ACCEPTED_CODINGS = "gzip, deflate, br";

/** RFC 9659: a zstd window over 8 MiB is not for HTTP, and libzstd would set aside 128. */
const ZSTD_WINDOW_LOG = 23;

/**
 * Reads a Content-Encoding field: the coding, or "identity" where there is none, or undefined where
 * the body cannot be decoded: an unknown coding, or more than one.
 */
export function parseCoding(value: string): Coding | "identity" | undefined {
  switch (value.toLowerCase()) {
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
      return "deflate";
    case "br":
      return "br";
    case "zstd":
      return "zstd";
    default:
      return undefined;
  }
}

/** What a {@link Decoder} tells the exchange. */
export interface DecoderEvents {
  /** The decoder can take more input. */
  onReady(): void;
  onPiece(piece: Uint8Array): void;
  onDecoded(): void;
  onError(error: Error): void;
}

type Stream = BrotliDecompress | Gunzip | Inflate | InflateRaw | ZstdDecompress;

/** Decodes one body as it comes. */
export class Decoder {
  readonly #coding: Coding;
  readonly #events: DecoderEvents;
  #stream: Stream | undefined;
  #received = 0;
  #complete = false;

  constructor(coding: Coding, events: DecoderEvents) {
    this.#coding = coding;
    this.#events = events;
  }

  /** Takes a piece; false asks to wait for `onReady` before the next one. */
  write(piece: Uint8Array): boolean {
    this.#received += piece.length;
    this.#stream ??= this.#open(piece);
    return this.#stream.write(piece);
  }

  /** @param mayBeEmpty - Whether a body without a byte is whole, which is then empty in every coding. */
  end(mayBeEmpty: boolean): void {
    this.#complete = true;
    if (this.#stream !== undefined) this.#stream.end();
    else if (mayBeEmpty) this.#events.onDecoded();
    else this.#events.onError(unexpectedEnd());
  }

  destroy(): void {
    this.#stream?.destroy();
  }

  #open(first: Uint8Array): Stream {
    const stream = createStream(this.#coding, first);
    const events = this.#events;
    stream.on("data", (piece: Uint8Array) => events.onPiece(piece));
    stream.on("drain", () => events.onReady());
    stream.on("error", (error) => events.onError(error));
    stream.on("end", () => {
      // gunzip reads several members, as RFC 1952 wants, but stops in silence at anything else.
      if (!this.#complete || stream.bytesWritten < this.#received) events.onError(trailingBytes());
      else events.onDecoded();
    });
    return stream;
  }
}

function createStream(coding: Coding, first: Uint8Array): Stream {
  switch (coding) {
    case "gzip":
      return createGunzip();
    case "deflate":
      // The name means zlib (RFC 9110, section 8.4.1.2); some servers send bare deflate, which no zlib header looks like.
      return ((first[0] ?? 0) & 0x0f) === 0x08
        ? createInflate({ rejectGarbageAfterEnd: true })
        : createInflateRaw({ rejectGarbageAfterEnd: true });
    case "br":
      return createBrotliDecompress({ rejectGarbageAfterEnd: true });
    case "zstd":
      return createZstdDecompress({
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
        rejectGarbageAfterEnd: true,
      });
  }
}

function unexpectedEnd(): Error {
  return Object.assign(new Error("no compressed body"), { code: "Z_BUF_ERROR" });
}

function trailingBytes(): Error {
  return Object.assign(new Error("bytes after the end of the compressed body"), {
    code: "ERR_TRAILING_JUNK_AFTER_STREAM_END",
  });
}
