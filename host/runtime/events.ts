import type { OAuthConnection } from "../auth/oauth/oauth-connection.ts";
import { type Deadline, Deadlines } from "../deadlines.ts";
import type { OutboundHook } from "../door.ts";
import type { EndListener } from "../ending.ts";
import { HookError } from "../errors.ts";
import { Registry } from "../registry.ts";
import { endingOf } from "./hook.ts";
import type { Outcome } from "./instance.ts";
import { type EventShare, Store } from "./store.ts";
import type { Beginner, WorkingSet } from "./working-set.ts";

/** What one event has of its own. */
export interface EventOptions {
  /** When it ends at the latest. Default: `limits.eventDeadline`. */
  readonly milliseconds?: number | undefined;
  /** Cancels it. */
  readonly signal?: AbortSignal | undefined;
  /** What `auth.oauth` draws on. */
  readonly oauth?: OAuthConnection | undefined;
}

/** The hook that events are of. */
export interface EventHook {
  /** Its side of the door. */
  readonly outbound: OutboundHook;
  readonly workingSet: WorkingSet;
}

/** What an event is to do, and who waits for it. */
interface EventWork<T, V> {
  /** Begins it, and tells the outcome. */
  readonly work: (store: Store, outcome: Outcome<T>) => void;
  /** Makes the value that is given of what the work came to. What it throws is given in its place. */
  readonly read: (result: T) => V;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/** The events of a runtime. */
export class Events {
  readonly #share: EventShare;
  readonly #deadlines: Deadlines = new Deadlines();
  /** Those too that wait until they may begin. */
  readonly #all: Registry<Store> = new Registry();
  #closed = false;

  constructor(share: EventShare) {
    this.#share = share;
  }

  /**
   * One event: a fresh store, its deadline, and whoever else may end it. It begins when the hook's working set lets it.
   *
   * @param work - Begins it, and tells the outcome.
   */
  run<T, V>(
    { outbound, workingSet }: EventHook,
    { signal, oauth, milliseconds = this.#share.limits.eventDeadline }: EventOptions,
    work: (store: Store, outcome: Outcome<T>) => void,
    read: (result: T) => V,
  ): Promise<V> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new HookError("BACKFILL_HOOK_CANCELLED", "the runtime is closed");
      const store = new Store(this.#share, outbound, oauth);
      const deadline = this.#deadlines.begin(store, Math.ceil(milliseconds));
      const unlisten = signal && cancelOn(signal, store);
      const event = new Event(store, this.#all, workingSet, deadline, unlisten, { work, read, resolve, reject });
      try {
        event.enter();
      } catch (error) {
        event.onError(error);
      }
    });
  }

  /** Ends every event, and lets none begin. */
  close(): void {
    this.#closed = true;
    for (const store of this.#all.all()) {
      store.end(new HookError("BACKFILL_HOOK_CANCELLED", "the runtime was closed"));
    }
  }
}

/** One event. */
class Event<T, V> implements Outcome<T>, Beginner, EndListener {
  next: Beginner | undefined;
  since = 0;
  hasPlace = false;
  isOver = false;
  readonly #store: Store;
  readonly #all: Registry<Store>;
  readonly #workingSet: WorkingSet;
  readonly #deadline: Deadline;
  readonly #unlisten: (() => void) | undefined;
  readonly #given: EventWork<T, V>;
  #isTold = false;

  constructor(
    store: Store,
    all: Registry<Store>,
    workingSet: WorkingSet,
    deadline: Deadline,
    unlisten: (() => void) | undefined,
    given: EventWork<T, V>,
  ) {
    this.#store = store;
    this.#all = all;
    this.#workingSet = workingSet;
    this.#deadline = deadline;
    this.#unlisten = unlisten;
    this.#given = given;
    all.add(store);
  }

  enter(): void {
    if (!this.#workingSet.enter(this)) this.#store.ending.listen(this);
  }

  begin(): void {
    this.#store.ending.unlisten(this);
    try {
      this.#given.work(this.#store, this);
    } catch (error) {
      this.onError(error);
    }
  }

  /** It is over before it has begun. */
  onEnd(): void {
    this.onError(this.#store.ending.reason);
  }

  onValue(result: T): void {
    if (this.#isTold) return;
    const { read, resolve, reject } = this.#given;
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
    if (!this.#isTold) this.#given.reject(endingOf(error, this.#store));
    this.#isTold = true;
    if (!this.isOver) this.#finish();
  }

  #finish(): void {
    this.#deadline.clear();
    this.#unlisten?.();
    this.#store.finish();
    this.#all.delete(this.#store);
    this.#workingSet.leave(this);
    this.isOver = true;
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
