import type { Writer } from "./writer.ts";

/** The locals that are appended to those of one function. */
export class AppendedLocals {
  #first = 0;
  readonly #types: number[] = [];

  /** @param own - How many the function has by itself, its parameters included. */
  begin(own: number): void {
    this.#first = own;
    this.#types.length = 0;
  }

  /** One more, of this type. Gives its index. */
  add(type: number): number {
    return this.#first + this.#types.push(type) - 1;
  }

  /** How many groups of equal types `write` writes. */
  get groups(): number {
    return this.#types.length;
  }

  write(out: Writer): void {
    for (const type of this.#types) out.put(1, type);
  }
}
