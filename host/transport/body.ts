/** A piece from here on may be kept as it came; a smaller one is copied, since its object and its buffer cost more than it holds. */
const KEPT_BYTES = 8192;
const BLOCK_BYTES = 16_384;
/** Blocks that wait for the next body: 4 MiB. Memory that was in use just now is nearer than any that the system gives. */
const FREE_BLOCKS = 256;
const freeBlocks: ArrayBuffer[] = [];
/** What pieces may keep alive beside that: a buffer that others have parts of. */
const SHARED_BYTES = 65_536;

/**
 * Collects a body piece by piece, however small the pieces come. What they keep alive is at most twice the body, one
 * shared buffer and one block.
 */
export class BodyCollector {
  /** The sum of the pieces' lengths. */
  length = 0;
  readonly #pieces: Uint8Array[] = [];
  /** What was set aside for pieces that are small, or lent. */
  readonly #blocks: ArrayBuffer[] = [];
  #block: Uint8Array | undefined;
  #used = 0;
  /** The bytes of the pieces that were kept, those of the buffers that they keep alive, and the last of those. */
  #kept = 0;
  #held = 0;
  #last: ArrayBufferLike | undefined;

  /** @param isLent - Whether the piece lies in memory that is about to be written again. */
  add(piece: Uint8Array, isLent: boolean): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    if (!isLent && this.#isKept(piece)) {
      this.#flush();
      this.#pieces.push(piece);
      return;
    }
    for (let rest = piece; rest.length > 0;) {
      const block = (this.#block ??= this.#newBlock());
      const part = rest.subarray(0, BLOCK_BYTES - this.#used);
      block.set(part, this.#used);
      this.#used += part.length;
      rest = rest.subarray(part.length);
      if (this.#used === BLOCK_BYTES) this.#flush();
    }
  }

  /** The pieces in order. Nothing can be added after. */
  finish(): readonly Uint8Array[] {
    this.#flush();
    return this.#pieces;
  }

  /**
   * Gives the memory back that was set aside here: the body is read no more, for its pieces are empty then. V8 would do so
   * when it collects next, but it collects the whole heap the sooner the more memory beside it waits for that.
   */
  release(): void {
    for (const block of this.#blocks.splice(0)) {
      if (freeBlocks.length < FREE_BLOCKS) freeBlocks.push(block.transfer());
      else block.transfer(0);
    }
  }

  #newBlock(): Uint8Array {
    const block = freeBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer;
    this.#blocks.push(block);
    return new Uint8Array(block);
  }

  /** The first is kept too, for most bodies are one piece. */
  #isKept({ length, buffer }: Uint8Array): boolean {
    const isFirst = this.length === length;
    if (!isFirst && length < KEPT_BYTES) return false;
    const held = buffer === this.#last ? this.#held : this.#held + buffer.byteLength;
    if (!isFirst && held > 2 * (this.#kept + length) + SHARED_BYTES) return false;
    this.#kept += length;
    this.#held = held;
    this.#last = buffer;
    return true;
  }

  #flush(): void {
    if (this.#block === undefined) return;
    this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
