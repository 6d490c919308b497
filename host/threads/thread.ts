import { Worker } from "node:worker_threads";
import { HookError } from "../errors.ts";
import type { MainNote, TokenAnswer, TokenQuestion, WorkerData, WorkerNote, WorkerQuestion } from "./messages.ts";
import { Wire } from "./wire.ts";

/** Who a {@link Thread} speaks with. */
export interface ThreadHandlers {
  /** Gives a token to one of its hooks. */
  token(question: TokenQuestion): Promise<TokenAnswer>;
  heard(note: Exclude<MainNote, { readonly kind: "ready" }>): void;
  /** It was ready, and has ended though it was not closed. `reason` is what it ended with. */
  died(reason: Error): void;
}

const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./thread.js", import.meta.url);
/** Milliseconds that a thread has to end its events, before it is ended itself. */
const PATIENCE = 5000;

/** Node's options of a worker: those of the process, unless one of them is for its main program alone. */
function nodeOptions(): { readonly execArgv?: string[] } {
  const own = process.execArgv;
  if (!own.some((option) => option.startsWith("--input-type"))) return {};
  const preload = /^(?:--import|--require|-r)(?:=|$)/;
  return {
    execArgv: own.filter((option, i) => preload.test(option) || /^(?:--import|--require|-r)$/.test(own[i - 1] ?? "")),
  };
}

/** The main thread's side of one worker. It holds the process only while it owes an answer. */
export class Thread {
  /** Rejects where it ends before it can run events. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #wire: Wire<WorkerQuestion, WorkerNote, TokenQuestion, MainNote>;
  #ready = false;
  #owed = 0;
  #closing: Promise<void> | undefined;
  #reason: Error | undefined;

  constructor(data: WorkerData, { token, heard, died }: ThreadHandlers) {
    const started = Promise.withResolvers<void>();
    this.ready = started.promise;
    this.#worker = new Worker(ENTRY, { workerData: data, name: "backfill", ...nodeOptions() });
    this.#wire = new Wire(this.#worker, {
      answer: token,
      heard: (note) => {
        if (note.kind !== "ready") return heard(note);
        this.#ready = true;
        started.resolve();
        if (this.#owed === 0) this.#worker.unref();
      },
    });
    this.#worker.on("error", (error: unknown) => {
      this.#reason = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.once("exit", (code) => {
      const reason = this.#reason ?? new Error(`the worker ended with code ${code}`);
      started.reject(reason);
      this.#wire.fail(() => this.#ending(reason));
      if (this.#ready && this.#closing === undefined) died(reason);
    });
  }

  async ask(question: WorkerQuestion): Promise<unknown> {
    if (this.#owed++ === 0) this.#worker.ref();
    try {
      return await this.#wire.ask(question);
    } finally {
      if (--this.#owed === 0) this.#worker.unref();
    }
  }

  tell(note: WorkerNote): void {
    this.#wire.tell(note);
  }

  /** Ends it at once, whatever it does: what it owes is answered with `BACKFILL_HOOK_LOST`, and it counts as dead. */
  abandon(reason: Error): void {
    this.#reason ??= reason;
    void this.#worker.terminate();
  }

  /** Ends its events with `BACKFILL_HOOK_CANCELLED`, and then it; where a hook holds it, it is ended all the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const timer = setTimeout(() => void this.#worker.terminate(), PATIENCE);
    try {
      await this.ask({ kind: "close" });
    } catch {
      // It had ended before.
    } finally {
      clearTimeout(timer);
    }
    await this.#worker.terminate();
  }

  #ending(reason: Error): HookError {
    if (this.#closing !== undefined) return new HookError("BACKFILL_HOOK_CANCELLED", "the runtime was closed");
    const why = (reason as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY" ? "ran out of memory" : "ended";
    return new HookError("BACKFILL_HOOK_LOST", `the thread that ran the event ${why}`, { cause: reason });
  }
}
