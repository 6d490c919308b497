/** Told once that something is over. */
export interface EndListener {
  onEnd(): void;
}

/** Whether something is over, and why: an AbortSignal that costs next to nothing to make and to listen to. */
export interface Ending {
  readonly over: boolean;
  /** Undefined until it is over. */
  readonly reason: unknown;
  listen(listener: EndListener): void;
  unlisten(listener: EndListener): void;
}

/** An {@link Ending}, in the hands of whoever ends it. */
export class Ender implements Ending {
  over: boolean = false;
  reason: unknown;
  #listeners: EndListener[] = [];

  /** Ends it, with the first reason given. */
  end(reason?: unknown): void {
    if (this.over) return;
    this.over = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    // One that fails, for want of stack perhaps, keeps nobody else from being told.
    for (const listener of listeners) {
      try {
        listener.onEnd();
      } catch {
        queueMicrotask(() => listener.onEnd());
      }
    }
  }

  /** Has the listener told when it ends; at once where it has ended. */
  listen(listener: EndListener): void {
    if (this.over) listener.onEnd();
    else this.#listeners.push(listener);
  }

  unlisten(listener: EndListener): void {
    // There are two or three, and the one that came last leaves first.
    const listeners = this.#listeners;
    if (listeners.at(-1) === listener) {
      listeners.pop();
      return;
    }
    const index = listeners.lastIndexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
  }
}
