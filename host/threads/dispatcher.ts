import { HookError, type HookErrorCode } from "../errors.ts";
import { FairQueue } from "./fair-queue.ts";
import type { EventMessage } from "./messages.ts";
import type { Shares } from "./shares.ts";
import type { Thread } from "./thread.ts";

/** A hook, as its events are shared out. */
export interface Tenant {
  readonly id: number;
  /** Its events in each place. */
  readonly running: number[];
}

/** An event that waits or runs. */
interface Event {
  readonly tenant: Tenant;
  readonly message: Omit<EventMessage, "milliseconds">;
  /** When it has to have ended, on the clock of performance.now. */
  readonly deadline: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Of its wait, and then of its run. */
  timer: NodeJS.Timeout | undefined;
  thread: Thread | undefined;
}

/** Where a thread stands; empty while one that died has no successor. */
interface Place {
  thread: Thread | undefined;
  running: number;
}

/** What a {@link Dispatcher} is made with. */
export interface DispatcherOptions {
  readonly shares: Shares;
  readonly queuedEvents: number;
  /** Milliseconds. */
  readonly eventDeadline: number;
}

/** Gives events to threads: the tenants' by turns, each to the thread with the fewest. What was started stays where it is. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #places: readonly Place[];
  readonly #queue: FairQueue<Tenant, Event> = new FairQueue();
  #events = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.shares.threads }, () => ({ thread: undefined, running: 0 }));
  }

  /** A hook that has no event yet. */
  tenant(id: number): Tenant {
    return { id, running: this.#places.map(() => 0) };
  }

  /** Puts a thread that can run events in its place, or takes away one that died. */
  place(index: number, thread: Thread | undefined): void {
    const place = this.#places[index];
    if (place === undefined) return;
    place.thread = thread;
    this.#dispatch();
  }

  /** Throws `HookError`: `BACKFILL_HOOK_BUSY` where too many wait, and what ends the event. */
  run(
    tenant: Tenant,
    { event = "null", call, connection, trace }: Partial<EventMessage>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { eventDeadline } = this.#options;
    const message = { id: ++this.#events, hook: tenant.id, event, call, connection, trace };
    return new Promise((resolve, reject) => {
      const cancel = (): void => this.#cancel(entry, signal?.reason);
      const leave = (): void => {
        clearTimeout(entry.timer);
        signal?.removeEventListener("abort", cancel);
      };
      const entry: Event = {
        tenant,
        message,
        deadline: performance.now() + eventDeadline,
        resolve: (value) => {
          leave();
          resolve(value);
        },
        reject: (error) => {
          leave();
          reject(
            signal?.aborted === true && isHookError(error, "BACKFILL_HOOK_CANCELLED")
              ? cancelled(signal.reason)
              : error,
          );
        },
        timer: undefined,
        thread: undefined,
      };
      if (signal?.aborted) return reject(cancelled(signal.reason));
      signal?.addEventListener("abort", cancel);
      this.#queue.add(tenant, entry);
      this.#dispatch();
      this.#wait(entry);
    });
  }

  /** Ends what waits: of one tenant, or all. */
  clear(message: string, tenant?: Tenant): void {
    for (const event of this.#queue.clear(tenant)) event.reject(new HookError("BACKFILL_HOOK_CANCELLED", message));
  }

  #wait(event: Event): void {
    if (event.thread !== undefined) return;
    const { queuedEvents, eventDeadline } = this.#options;
    if (this.#queue.waiting > queuedEvents && this.#queue.remove(event.tenant, event)) {
      event.reject(
        new HookError(
          "BACKFILL_HOOK_BUSY",
          `${queuedEvents} events wait already, which are all that may (limits.queuedEvents)`,
        ),
      );
      return;
    }
    event.timer = setTimeout(() => {
      if (!this.#queue.remove(event.tenant, event)) return;
      event.reject(
        new HookError("BACKFILL_HOOK_DEADLINE", `the event waited longer than ${eventDeadline} ms for its turn`),
      );
    }, eventDeadline);
  }

  #cancel(event: Event, reason: unknown): void {
    if (this.#queue.remove(event.tenant, event)) event.reject(cancelled(reason));
    else event.thread?.tell({ cancel: event.message.id });
  }

  #dispatch(): void {
    while (this.#hasRoom()) {
      let found: Place | undefined;
      const event = this.#queue.take((tenant) => {
        found = this.#placeFor(tenant);
        return found !== undefined;
      });
      if (event === undefined || found?.thread === undefined) return;
      void this.#start(event, found, found.thread);
    }
  }

  #hasRoom(): boolean {
    return this.#places.some(({ thread, running }) => thread !== undefined && running < this.#options.shares.events);
  }

  /** The one with the fewest events, of those that have room for one more of this hook. */
  #placeFor({ id, running }: Tenant): Place | undefined {
    const { spread, events, eventsPerHook } = this.#options.shares;
    let best: Place | undefined;
    for (let i = 0; i < spread; i += 1) {
      // Where hooks are not spread over all, each begins at another.
      const index = (id + i) % this.#places.length;
      const place = this.#places[index];
      if (place?.thread === undefined || place.running >= events) continue;
      if ((running[index] ?? 0) < eventsPerHook && place.running < (best?.running ?? Infinity)) best = place;
    }
    return best;
  }

  async #start(event: Event, place: Place, thread: Thread): Promise<void> {
    const { tenant, message, deadline } = event;
    const index = this.#places.indexOf(place);
    const milliseconds = Math.max(1, Math.ceil(deadline - performance.now()));
    clearTimeout(event.timer);
    event.thread = thread;
    place.running += 1;
    tenant.running[index] = (tenant.running[index] ?? 0) + 1;
    try {
      event.resolve(await thread.ask({ kind: "run", event: { ...message, milliseconds } }));
    } catch (error) {
      event.reject(error);
    } finally {
      place.running -= 1;
      tenant.running[index] = (tenant.running[index] ?? 1) - 1;
      this.#queue.finished(tenant);
      this.#dispatch();
    }
  }
}

function cancelled(cause: unknown): HookError {
  return new HookError("BACKFILL_HOOK_CANCELLED", "the event was cancelled", { cause });
}

function isHookError(error: unknown, code: HookErrorCode): boolean {
  return error instanceof HookError && error.code === code;
}
