import { HookError } from "../errors.ts";
import type { LogLevel } from "../abi/platform.ts";
import type { OutboundRequest, OutboundResponse } from "../message.ts";

/** One line of a hook's log. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  /** The fields as a value; text that is no JSON object is under `text`. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** What one event may use. */
export interface StoreOptions {
  /** The door, opened for this event. */
  readonly send: (request: OutboundRequest) => Promise<OutboundResponse>;
  /** The secrets the hook may read. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly onLog: (record: LogRecord) => void;
  /** Aborted, with the error to end with, when the event is over from outside. */
  readonly signal: AbortSignal;
}

/**
 * The state of one event: what it may use, and whether it is over. Once it is over, no import answers any more,
 * whatever the guest does with the error it is given.
 */
export class Store {
  readonly options: StoreOptions;
  /** What the hook said when it ended itself, from its last line of level critical. */
  lastWords: string | undefined;
  #ended: Error | undefined;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /** Why the event is over, if it is. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /** Ends the event and returns the error it ends with: the first one given. */
  end(error: Error): Error {
    this.#ended ??= error;
    return this.#ended;
  }

  /** Throws once the event is over. */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  log(record: LogRecord): void {
    if (record.level === "critical") this.lastWords = record.message;
    this.options.onLog(record);
  }

  /** Waits this long, or until the event is over from outside. */
  sleep(milliseconds: number): Promise<void> {
    const { signal } = this.options;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer);
        reject(this.end(reasonOf(signal)));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", over);
        resolve();
      }, Math.min(milliseconds, LONGEST_TIMER));
      signal.addEventListener("abort", over, { once: true });
      if (signal.aborted) over();
    });
  }
}

/** What setTimeout takes at the most; a longer one would fire at once. No event lasts as long. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The error that an event's signal was aborted with. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new HookError("BACKFILL_HOOK_CANCELLED", "the event was cancelled");
}
