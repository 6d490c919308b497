import type { ChildProcess } from "node:child_process";

/** What a process can be asked for: functions of one argument, by name. */
export type Operations<T> = { readonly [name in keyof T]: (argument: never) => unknown };

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Answers the parent's questions, from now on. */
export function answerParent<T extends Operations<T>>(operations: T): void {
  process.on("message", (message: unknown) => {
    const { id, name, argument } = message as Question;
    const operation = operations[name as keyof T] as unknown as (argument: unknown) => unknown;
    Promise.resolve()
      .then(() => operation(argument))
      .then(
        (result) => process.send?.({ id, result } satisfies Reply),
        (error: unknown) => process.send?.({ id, error: String((error as Error)?.stack ?? error) } satisfies Reply),
      );
  });
  process.on("disconnect", () => process.exit());
}

type Argument<F> = F extends () => unknown ? undefined : F extends (argument: infer A) => unknown ? A : never;
type Result<F> = F extends (argument: never) => infer R ? Awaited<R> : never;

/** Asks a child process, which may do several things at once. */
export class Asker<T extends Operations<T>> {
  readonly #child: ChildProcess;
  readonly #open: Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }> = new Map();
  #last = 0;

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    child.on("message", (message: unknown) => {
      const { id, result, error } = message as Reply;
      const waiting = this.#open.get(id);
      this.#open.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    child.on("exit", (code, signal) => {
      for (const { reject } of this.#open.values()) reject(new Error(`${name} ended with ${code ?? signal}`));
      this.#open.clear();
    });
  }

  ask<N extends keyof T & string>(name: N, argument: Argument<T[N]>): Promise<Result<T[N]>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#child.send({ id, name, argument } satisfies Question, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Ends the process, whatever it does. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await new Promise((resolve) => {
      this.#child.once("exit", resolve);
      this.#child.kill("SIGKILL");
    });
  }
}
