import type { OAuthConnection } from "../auth/oauth/oauth-connection.ts";
import { type Deadline, Deadlines } from "../deadlines.ts";
import type { OutboundHook } from "../door.ts";
import { HookError } from "../errors.ts";
import { Registry } from "../registry.ts";
import { endingOf } from "./hook.ts";
import type { Outcome } from "./instance.ts";
import { type EventShare, Store } from "./store.ts";

/** What one event has of its own. */
export interface EventOptions {
  /** When it ends at the latest. Default: `limits.eventDeadline`. */
  readonly milliseconds?: number | undefined;
  /** Cancels it. */
  readonly signal?: AbortSignal | undefined;
  /** What `auth.oauth` draws on. */
  readonly oauth?: OAuthConnection | undefined;
}

/** Who waits for an event. */
interface EventEnd<T, V> {
  /** Makes the value that is given of what the work came to. What it throws is given in its place. */
  readonly read: (result: T) => V;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/** The events of a runtime. */
export class Events {
  readonly #share: EventShare;
  readonly #deadlines: Deadlines = new Deadlines();
  readonly #running: Registry<Store> = new Registry();
  #closed = false;

  constructor(share: EventShare) {
    this.#share = share;
  }

  /**
   * One event: a fresh store, its deadline, and whoever else may end it.
   *
   * @param work - Begins it, and tells the outcome.
   */
  run<T, V>(
    outbound: OutboundHook,
    { signal, oauth, milliseconds = this.#share.limits.eventDeadline }: EventOptions,
    work: (store: Store, outcome: Outcome<T>) => void,
    read: (result: T) => V,
  ): Promise<V> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new HookError("BACKFILL_HOOK_CANCELLED", "the runtime is closed");
      const store = new Store(this.#share, outbound, oauth);
      const deadline = this.#deadlines.begin(store, Math.ceil(milliseconds));
      const unlisten = signal && cancelOn(signal, store);
      const event = new Event(store, this.#running, deadline, unlisten, { read, resolve, reject });
      try {
        work(store, event);
      } catch (error) {
        event.onError(error);
      }
    });
  }

  /** Ends every event, and lets none begin. */
  close(): void {
    this.#closed = true;
    for (const store of this.#running.all()) {
      store.end(new HookError("BACKFILL_HOOK_CANCELLED", "the runtime was closed"));
    }
  }
}

/** One event that runs. */
class Event<T, V> implements Outcome<T> {
  readonly #store: Store;
  readonly #running: Registry<Store>;
  readonly #deadline: Deadline;
  readonly #unlisten: (() => void) | undefined;
  readonly #end: EventEnd<T, V>;
  #isTold = false;
  #isOver = false;

  constructor(
    store: Store,
    running: Registry<Store>,
    deadline: Deadline,
    unlisten: (() => void) | undefined,
    end: EventEnd<T, V>,
  ) {
    this.#store = store;
    this.#running = running;
    this.#deadline = deadline;
    this.#unlisten = unlisten;
    this.#end = end;
    running.add(store);
  }

  onValue(result: T): void {
    if (this.#isTold) return;
    const { read, resolve, reject } = this.#end;
    try {
      resolve(read(result));
    } catch (error) {
      reject(error);
    }
    this.#isTold = true;
    this.#finish();
  }

  onError(error: unknown): void {
    // One after the other, for a guest may have left no stack: what is not done yet is done when this is told again.
    if (!this.#isTold) this.#end.reject(endingOf(error, this.#store));
    this.#isTold = true;
    if (!this.#isOver) this.#finish();
  }

  #finish(): void {
    this.#deadline.clear();
    this.#unlisten?.();
    this.#store.finish();
    this.#running.delete(this.#store);
    this.#isOver = true;
  }
}

/** Ends the event when the signal is aborted. Returns what ends that. */
function cancelOn(signal: AbortSignal, store: Store): () => void {
  const cancel = (): void => {
    store.end(new HookError("BACKFILL_HOOK_CANCELLED", "the event was cancelled", { cause: signal.reason }));
  };
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  return () => signal.removeEventListener("abort", cancel);
}
