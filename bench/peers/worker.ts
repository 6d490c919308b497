import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Pool } from "undici";
import type { Call, Peer, Target } from "./peer.ts";
import { HEAD_BYTES, type Message, type Task, type ThreadData } from "./worker-bridge.ts";

/** The largest body that a row asks for. */
const MOST_BYTES = 10 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

/** A thread a call in flight, which blocks in Atomics.wait while this one performs the call with undici. No rules. */
export async function open({ origin, folder }: Target): Promise<Peer> {
  const pool = new Pool(origin);
  const module = await WebAssembly.compile(await readFile(join(folder, "worker.wasm")));
  const idle: Thread[] = [];
  const run = async (call: Call | undefined, isFresh: boolean): Promise<number> => {
    const thread = idle.pop() ?? new Thread(module, pool, origin, join(folder, "thread.js"));
    const url = call === undefined ? "" : origin + call.path;
    const result = await thread.run({ url, upload: call?.upload ?? -1, isFresh });
    idle.push(thread);
    return result;
  };
  return {
    call: (call) => run(call, true),
    keep: async () => ({ call: (call) => run(call, false) }),
    fresh: async () => void (await run(undefined, true)),
  };
}

class Thread {
  readonly #worker: Worker;
  readonly #bridge: SharedArrayBuffer = new SharedArrayBuffer(FIRST_BYTES, {
    maxByteLength: HEAD_BYTES + MOST_BYTES,
  });
  #done: { resolve: (result: number) => void; reject: (error: Error) => void } | undefined;

  constructor(module: WebAssembly.Module, pool: Pool, origin: string, file: string) {
    this.#worker = new Worker(file, { workerData: { module, bridge: this.#bridge } satisfies ThreadData });
    this.#worker.on("error", (error) => this.#done?.reject(error as Error));
    this.#worker.on("message", (message: Message) => {
      if ("result" in message) this.#done?.resolve(message.result);
      else if ("error" in message) this.#done?.reject(new Error(message.error));
      else void this.#perform(pool, message.url.slice(origin.length), message.body);
    });
  }

  run(task: Task): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
      this.#worker.postMessage(task);
    });
  }

  async #perform(pool: Pool, path: string, sent: Uint8Array | null): Promise<void> {
    const { body } = await pool.request({ path, method: sent === null ? "GET" : "POST", body: sent });
    const bytes = await body.bytes();
    if (this.#bridge.byteLength < HEAD_BYTES + bytes.length) this.#bridge.grow(HEAD_BYTES + bytes.length);
    new Uint8Array(this.#bridge, HEAD_BYTES).set(bytes);
    const head = new Int32Array(this.#bridge, 0, 2);
    head[1] = bytes.length;
    Atomics.store(head, 0, 1);
    Atomics.notify(head, 0);
  }
}
