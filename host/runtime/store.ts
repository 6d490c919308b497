import type { LogLevel } from "../abi/platform.ts";
import type { OutboundEvent, OutboundHook } from "../outbound.ts";

/** One line of a hook's log. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  /** The fields as a value; text that is no JSON object is under `text`. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** What one event may use. */
export interface StoreOptions {
  /** The hook's side of the door. */
  readonly outbound: OutboundHook;
  /** The secrets the hook may read. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly onLog: (record: LogRecord) => void;
}

/**
 * The state of one event: what it may use, and whether it is over. Once it is over, no import answers any more,
 * whatever the guest does with the error it is given.
 */
export class Store {
  /** The door, opened for this event. */
  readonly outbound: OutboundEvent;
  readonly secrets: ReadonlyMap<string, string>;
  /** What the hook said when it ended itself: its last line of level critical. */
  lastWords: string | undefined;
  readonly #onLog: (record: LogRecord) => void;
  readonly #over = new AbortController();

  constructor(options: StoreOptions) {
    this.outbound = options.outbound.beginEvent({ signal: this.signal });
    this.secrets = options.secrets;
    this.#onLog = options.onLog;
  }

  /** Aborted when the event is over before its time, with the error it ends with. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the event and returns the error it ends with: the first one given. */
  end(error: Error): Error {
    this.#over.abort(error);
    return this.signal.reason as Error;
  }

  /** Throws once the event is over. */
  check(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }

  log(record: LogRecord): void {
    if (record.level === "critical") this.lastWords = record.message;
    try {
      this.#onLog(record);
    } catch (error) {
      // Whoever listens is no part of the event.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  /** Settles as `work` does, or rejects as soon as the event is over: a guest cannot outlast it. */
  unlessOver<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const over = (): void => reject(signal.reason);
      signal.addEventListener("abort", over);
      work.then(resolve, reject).finally(() => signal.removeEventListener("abort", over));
      if (signal.aborted) over();
    });
  }
}
