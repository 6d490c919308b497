import { errorMessage, type ErrorMessage, errorOf } from "./error-message.ts";

/** One end of what two threads talk through. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
}

/** What one end does with what the other says. */
export interface WireHandlers<Question, Note> {
  /** The answer, or what it rejects with, goes back. */
  answer(question: Question): Promise<unknown>;
  heard(note: Note): void;
}

type Message<Question, Note> =
  | { readonly ask: number; readonly question: Question }
  | { readonly answered: number; readonly value: unknown }
  | { readonly refused: number; readonly error: ErrorMessage }
  | { readonly note: Note };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Questions with answers, and notes without, between two threads; they arrive in the order they were sent. */
export class Wire<AskedHere, ToldHere, AskedThere, ToldThere> {
  readonly #port: Port;
  readonly #handlers: WireHandlers<AskedThere, ToldThere>;
  readonly #waiting: Map<number, Waiting> = new Map();
  #asked = 0;
  #failed: (() => Error) | undefined;

  constructor(port: Port, handlers: WireHandlers<AskedThere, ToldThere>) {
    this.#port = port;
    this.#handlers = handlers;
    port.on("message", (message) => this.#receive(message as Message<AskedThere, ToldThere>));
  }

  /** Rejects with what the other end threw, or with what this end was {@link fail ended} with. */
  ask(question: AskedHere): Promise<unknown> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed());
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ask: id, question });
    });
  }

  tell(note: ToldHere): void {
    this.#post({ note });
  }

  /** Rejects every question that has no answer yet, and every one to come: the other end has ended. */
  fail(error: () => Error): void {
    this.#failed = error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error());
  }

  #post(message: Message<AskedHere, ToldHere>): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.#port.postMessage(message);
  }

  #receive(message: Message<AskedThere, ToldThere>): void {
    if ("note" in message) this.#handlers.heard(message.note);
    else if ("ask" in message) void this.#answer(message.ask, message.question);
    else if ("refused" in message) this.#take(message.refused)?.reject(errorOf(message.error));
    else this.#take(message.answered)?.resolve(message.value);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  async #answer(id: number, question: AskedThere): Promise<void> {
    try {
      const value = await this.#handlers.answer(question);
      this.#post({ answered: id, value });
    } catch (error) {
      this.#post({ refused: id, error: errorMessage(error) });
    }
  }
}
