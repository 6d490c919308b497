/** The bytes of decoded bodies one event may still receive, over all its calls, whatever becomes of them. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  /** Counts bytes that came. More than were left use up the rest. */
  spend(bytes: number): void {
    this.#left = Math.max(0, this.#left - bytes);
  }
}
