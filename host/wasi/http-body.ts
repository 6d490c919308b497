import { Resource } from "../abi/handles.ts";
import type { Store } from "../runtime/store.ts";
import { BodyCollector } from "../transport/body.ts";
import { InputStream, OutputStream } from "./streams.ts";

/** Bytes of request bodies that the host holds for one event, until they are sent. */
class BodyBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  take(length: number): boolean {
    if (this.#held + length > this.limit) return false;
    this.#held += length;
    return true;
  }

  giveBack(length: number): void {
    this.#held -= length;
  }
}

const budgets = new WeakMap<Store, BodyBudget>();

function budgetOf(store: Store, limit: number): BodyBudget {
  let budget = budgets.get(store);
  if (budget === undefined) {
    budget = new BodyBudget(limit);
    budgets.set(store, budget);
  }
  return budget;
}

/** How a body has ended: whole, or not. */
export type BodyEnd = "finished" | "too-large" | "dropped";

/** `wasi:http/types.outgoing-body`: collected, and sent when it is finished. */
export class OutgoingBody extends Resource {
  static readonly resource = "outgoing-body";
  readonly #budget: BodyBudget;
  #collected: BodyCollector = new BodyCollector();
  #isTooLarge = false;
  #isWritten = false;
  #end: BodyEnd | undefined;
  #onEnd: ((end: BodyEnd) => void) | undefined;

  /** @param limit - Bytes of all bodies of the event that are not sent yet. */
  constructor(store: Store, limit: number) {
    super();
    this.#budget = budgetOf(store, limit);
  }

  get length(): number {
    return this.#collected.length;
  }

  /** The stream that it is written to; undefined the second time. */
  stream(): OutputStream | undefined {
    if (this.#isWritten) return undefined;
    this.#isWritten = true;
    return new BodyStream((bytes) => this.#write(bytes));
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#end !== undefined) return false;
    if (this.#isTooLarge) return true;
    if (this.#budget.take(bytes.length)) {
      this.#collected.add(bytes, false);
    } else {
      this.#isTooLarge = true;
      this.release();
    }
    return true;
  }

  finish(): void {
    this.#settle(this.#isTooLarge ? "too-large" : "finished");
  }

  override dropped(): void {
    this.#settle("dropped");
  }

  #settle(end: BodyEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (end !== "finished") this.release();
    this.#onEnd?.(end);
  }

  /** Has the request sent when its body is there; at once where it is. */
  whenEnded(call: (end: BodyEnd) => void): void {
    this.#onEnd = call;
    if (this.#end !== undefined) call(this.#end);
  }

  /** All of it. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#collected.finish());
  }

  /** It is needed no more. */
  release(): void {
    this.#budget.giveBack(this.#collected.length);
    this.#collected = new BodyCollector();
  }
}

class BodyStream extends OutputStream {
  readonly #write: (bytes: Uint8Array) => boolean;

  constructor(write: (bytes: Uint8Array) => boolean) {
    super();
    this.#write = write;
  }

  override write(bytes: Uint8Array): boolean {
    return this.#write(bytes);
  }
}

/** `wasi:http/types.incoming-body`: whole on the host, and read from there. */
export class IncomingBody extends Resource {
  static readonly resource = "incoming-body";
  #pieces: readonly Uint8Array[] | undefined;

  constructor(pieces: readonly Uint8Array[]) {
    super();
    this.#pieces = pieces;
  }

  /** The stream that it is read from; undefined the second time. */
  stream(): InputStream | undefined {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    return pieces && new InputStream(pieces);
  }
}

/** `wasi:http/types.future-trailers`, of which none come. */
export class FutureTrailers extends Resource {
  static readonly resource = "future-trailers";
  #isTaken = false;

  /** True the first time. */
  take(): boolean {
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    return isFirst;
  }
}
