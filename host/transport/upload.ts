import type { Dispatcher } from "undici";

/** Bytes of a body that are written at once. */
const PIECE_BYTES = 1024 * 1024;

/** A request's fields and its body, as undici takes them. */
export interface Upload {
  readonly headers: string[];
  readonly body: Exclude<Dispatcher.DispatchOptions["body"], undefined>;
}

/**
 * A large body is given in pieces, of which the next is written when the network has taken the last: what is written at once
 * is encrypted at once, and lies in memory twice more until it is sent.
 *
 * @param headers - Without Content-Length.
 */
export function uploadOf(headers: string[], body: Uint8Array | undefined): Upload {
  if (body === undefined || body.length <= PIECE_BYTES) return { headers, body: body ?? null };
  return {
    // undici writes the field where it writes its own; without it, pieces would go out in chunks.
    headers: [...headers, "content-length", String(body.length)],
    // undici takes any iterable, which its types do not say.
    body: new Pieces(body) as unknown as Buffer,
  };
}

class Pieces implements Iterable<Uint8Array> {
  readonly #body: Uint8Array;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    const body = this.#body;
    for (let start = 0; start < body.length; start += PIECE_BYTES) yield body.subarray(start, start + PIECE_BYTES);
  }
}
