// A thread of the peer with a worker: it runs the guest, and blocks while the main thread performs the guest's call.
import { parentPort, workerData } from "node:worker_threads";
import { HEAD_BYTES, type Message, type Task, type ThreadData } from "../peers/worker-bridge.ts";

interface Guest {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  room(length: number): number;
  run(url: number, urlLength: number, upload: number): number;
  idle(): number;
}

const { module, bridge } = workerData as ThreadData;
const head = new Int32Array(bridge, 0, 2);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let kept: Guest | undefined;

function instantiate(): Guest {
  const guest = new WebAssembly.Instance(module, {
    host: {
      send(url: number, urlLength: number, body: number, bodyLength: number): number {
        const { buffer } = guest.memory;
        head[0] = 0;
        say({
          url: decoder.decode(new Uint8Array(buffer, url, urlLength)),
          body: bodyLength < 0 ? null : new Uint8Array(buffer.slice(body, body + bodyLength)),
        });
        Atomics.wait(head, 0, 0);
        return head[1] ?? 0;
      },
      receive(body: number): void {
        new Uint8Array(guest.memory.buffer).set(new Uint8Array(bridge, HEAD_BYTES, head[1]), body);
      },
    },
  }).exports as unknown as Guest;
  guest._initialize();
  return guest;
}

function perform({ url, upload, isFresh }: Task): number {
  const guest = isFresh ? instantiate() : (kept ??= instantiate());
  if (url === "") return guest.idle();
  const bytes = encoder.encode(url);
  const at = guest.room(bytes.length);
  new Uint8Array(guest.memory.buffer).set(bytes, at);
  return guest.run(at, bytes.length, upload);
}

function say(message: Message): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", (task: Task) => {
  try {
    say({ result: perform(task) });
  } catch (error) {
    say({ error: String(error) });
  }
});
