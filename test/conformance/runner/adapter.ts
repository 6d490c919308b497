import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { lineOf, linesOf } from "./lines.ts";
import { PROTOCOL_VERSION, type Answer, type Hello, type Request } from "./protocol.ts";

/** How long an adapter may take for one answer. */
const ANSWER_MS = 60_000;

/** An adapter that broke the protocol, ended or did not answer. It is started again for the next case. */
export class AdapterError extends Error {}

/** Where an adapter runs. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** One adapter process. */
export class Adapter {
  readonly hello: Hello;
  readonly #connection: Connection;

  private constructor(connection: Connection, hello: Hello) {
    this.#connection = connection;
    this.hello = hello;
  }

  /** Starts it and greets it. Throws `AdapterError`. */
  static async start(command: readonly string[], place: Place): Promise<Adapter> {
    const connection = new Connection(command, place);
    const hello = await connection.ask({ type: "hello", protocol: PROTOCOL_VERSION });
    if (hello.type !== "hello" || hello.protocol !== PROTOCOL_VERSION) {
      throw connection.broken(`greeted with ${JSON.stringify(hello)}, not with protocol ${PROTOCOL_VERSION}`);
    }
    return new Adapter(connection, hello);
  }

  /** Sends one request and waits for its answer. Throws `AdapterError`. */
  async ask<T extends "outcome" | "checked">(
    request: Extract<Request, { readonly id: string }>,
    type: T,
  ): Promise<Extract<Answer, { readonly type: T }>> {
    const answer = await this.#connection.ask(request);
    if (answer.type !== type || !("id" in answer) || answer.id !== request.id) {
      throw this.#connection.broken(`answered ${request.id} with ${JSON.stringify(answer)}`);
    }
    return answer as Extract<Answer, { readonly type: T }>;
  }

  /** Says good-bye. Throws `AdapterError` where it does not end with 0. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  kill(): void {
    this.#connection.kill();
  }
}

class Connection {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  #fault: Error | undefined;

  constructor([program = "", ...parameters]: readonly string[], place: Place) {
    this.#name = [program, ...parameters].join(" ");
    this.#process = spawn(program, parameters, { ...place, stdio: ["pipe", "pipe", "inherit"] });
    this.#process.on("error", (error) => (this.#fault = error));
    this.#process.stdin.on("error", () => {});
    this.#lines = linesOf(this.#process.stdout);
  }

  async ask(request: Request): Promise<Answer> {
    this.#process.stdin.write(lineOf(request));
    const line = await this.#nextLine();
    try {
      return JSON.parse(line) as Answer;
    } catch {
      throw this.broken(`wrote a line that is no JSON: ${line.slice(0, 200)}`);
    }
  }

  async #nextLine(): Promise<string> {
    const patience = new AbortController();
    const late = wait(ANSWER_MS, undefined, { signal: patience.signal }).then(
      () => this.broken(`did not answer within ${ANSWER_MS} ms`),
      () => undefined,
    );
    try {
      const next = await Promise.race([this.#lines.next(), late]);
      if (next instanceof Error) throw next;
      if (next === undefined || next.done === true) throw this.broken(this.#fault?.message ?? "ended");
      return next.value;
    } finally {
      patience.abort();
    }
  }

  broken(what: string): AdapterError {
    this.kill();
    return new AdapterError(`${this.#name}: ${what}`);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin.end(lineOf({ type: "bye" } satisfies Request));
    const timer = setTimeout(() => this.kill(), ANSWER_MS);
    const [code] = (await ended) as [number | null];
    clearTimeout(timer);
    if (code !== 0) throw new AdapterError(`${this.#name}: ended with ${code} after bye`);
  }
}
