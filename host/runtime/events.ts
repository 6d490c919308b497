import type { OAuthConnection } from "../auth/oauth/oauth-connection.ts";
import { Deadlines } from "../deadlines.ts";
import type { OutboundHook } from "../door.ts";
import { HookError } from "../errors.ts";
import { Registry } from "../registry.ts";
import { endingOf } from "./hook.ts";
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

/** The events of a runtime. */
export class Events {
  readonly #share: EventShare;
  readonly #deadlines: Deadlines = new Deadlines();
  readonly #running: Registry<Store> = new Registry();
  #closed = false;

  constructor(share: EventShare) {
    this.#share = share;
  }

  /** One event: a fresh store, its deadline, and whoever else may end it. */
  run<T>(
    outbound: OutboundHook,
    { signal, oauth, milliseconds }: EventOptions,
    work: (store: Store) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new HookError("BACKFILL_HOOK_CANCELLED", "the runtime is closed"));
    const { limits } = this.#share;
    const store = new Store(this.#share, outbound, oauth);
    const deadline = this.#deadlines.begin(store, Math.ceil(milliseconds ?? limits.eventDeadline));
    const unlisten = signal && cancelOn(signal, store);
    this.#running.add(store);
    const end = (): void => {
      deadline.clear();
      unlisten?.();
      this.#running.delete(store);
    };
    const fail = (error: unknown): never => {
      end();
      throw endingOf(error, store);
    };
    try {
      return work(store).then((result) => {
        end();
        return result;
      }, fail);
    } catch (error) {
      return Promise.reject(error).catch(fail);
    }
  }

  /** Ends every event, and lets none begin. */
  close(): void {
    this.#closed = true;
    for (const store of this.#running.all()) {
      store.end(new HookError("BACKFILL_HOOK_CANCELLED", "the runtime was closed"));
    }
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
