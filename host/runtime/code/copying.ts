import type { Writer } from "./writer.ts";

/** Copies code as it is, but for what is written between, or left out. */
export class Copying {
  readonly out: Writer;
  readonly #bytes: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array, out: Writer) {
    this.#bytes = bytes;
    this.out = out;
  }

  /** Leaves out what lies before. */
  from(offset: number): void {
    this.#next = offset;
  }

  /** Copies what lies before, and gives where to write what comes between. */
  to(offset: number): Writer {
    this.out.copy(this.#bytes, this.#next, offset);
    this.#next = offset;
    return this.out;
  }
}
