import type { Dispatcher } from "undici";

/** Bytes of a body that are written at once. */
const PIECE_BYTES = 1024 * 1024;
/**
 * Bytes of the last piece at the most: so few that undici waits for nothing after it. It would drop the connection of an answer
 * that came meanwhile.
 */
const LAST_BYTES = 1024;

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
    const last = this.#body.length - LAST_BYTES;
    for (let start = 0; start < last; start += PIECE_BYTES) {
      yield this.#body.subarray(start, Math.min(start + PIECE_BYTES, last));
    }
    yield this.#body.subarray(last);
  }
}
