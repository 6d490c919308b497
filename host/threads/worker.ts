// The entry of a worker thread: a runtime of its own, which does what the main thread asks.
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { Connections } from "../auth/oauth/connections.ts";
import { resolveSecrets } from "../config/secrets.ts";
import { openTelemetry } from "../observe/telemetry.ts";
import { Allowlist } from "../policy/allowlist.ts";
import { type Client, LocalRuntime, type OpenHook } from "../runtime/runtime.ts";
import { errorMessage } from "./error-message.ts";
import type {
  EventMessage,
  HookMessage,
  MainNote,
  TokenAnswer,
  TokenQuestion,
  WorkerData,
  WorkerNote,
  WorkerQuestion,
} from "./messages.ts";
import { openTraceContext, type TraceContext } from "./trace-context.ts";
import { type Port, Wire } from "./wire.ts";

/** What is loaded under one id. */
interface Loaded {
  run(event: EventMessage, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

class WorkerRuntime {
  readonly #wire: Wire<TokenQuestion, MainNote, WorkerQuestion, WorkerNote>;
  readonly #internalHosts: readonly string[];
  readonly #runtime: Promise<LocalRuntime>;
  readonly #trace: Promise<TraceContext>;
  readonly #hooks: Map<number, Promise<Loaded>> = new Map();
  readonly #running: Map<number, AbortController> = new Map();
  readonly #ends: Set<Promise<unknown>> = new Set();

  constructor(port: Port, { config }: WorkerData) {
    this.#internalHosts = config.internalHosts ?? [];
    this.#wire = new Wire(port, {
      answer: (question) => this.#answer(question),
      heard: ({ cancel }) => this.#running.get(cancel)?.abort(),
    });
    this.#trace = openTraceContext(config.telemetry);
    this.#runtime = this.#open({ config });
  }

  /** Resolves when it can run events. */
  async start(): Promise<void> {
    await Promise.all([this.#runtime, this.#trace]);
    this.#wire.tell({ kind: "ready" });
  }

  warn(error: Error): void {
    this.#wire.tell({ kind: "warning", error: errorMessage(error) });
  }

  async #open({ config }: WorkerData): Promise<LocalRuntime> {
    return new LocalRuntime(config, await resolveSecrets(config), {
      onLog: (record) => this.#wire.tell({ kind: "log", record }),
      onCall: undefined,
      tokenStore: undefined,
      // The main thread hands them on, to its own channel.
      audit: { listens: true, onCall: (record) => this.#wire.tell({ kind: "call", record }) },
      traceEvent: await openTelemetry(config.telemetry),
    });
  }

  #answer(question: WorkerQuestion): Promise<unknown> {
    switch (question.kind) {
      case "load": {
        const loaded = this.#load(question.hook);
        this.#hooks.set(question.hook.id, loaded);
        return loaded.then(() => undefined);
      }
      case "unload":
        return this.#unload(question.hook);
      case "run":
        return this.#run(question.event);
      case "close":
        return this.#close();
    }
  }

  async #load({ id, name, component, oauth }: HookMessage): Promise<Loaded> {
    const runtime = await this.#runtime;
    if (component === undefined) return loadedClient(await runtime.client());
    const connections =
      oauth &&
      new Connections(oauth.connector, Allowlist.compile(oauth.entries, { internalHosts: this.#internalHosts }), {
        tokens: async (connection, minimum) => (await this.#wire.ask({ hook: id, connection, minimum })) as TokenAnswer,
      });
    return loadedHook(await runtime.open(component, name, connections));
  }

  async #unload(id: number): Promise<void> {
    const loaded = this.#hooks.get(id);
    this.#hooks.delete(id);
    await (await loaded)?.close();
  }

  async #run(event: EventMessage): Promise<unknown> {
    const controller = new AbortController();
    this.#running.set(event.id, controller);
    const work = this.#work(event, controller.signal);
    this.#ends.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(event.id);
      this.#ends.delete(work);
    }
  }

  async #work(event: EventMessage, signal: AbortSignal): Promise<unknown> {
    const loaded = await this.#hooks.get(event.hook);
    if (loaded === undefined) throw new Error(`no hook ${event.hook} was loaded in this thread`);
    const trace = await this.#trace;
    return trace.within(event.trace, () => loaded.run(event, signal));
  }

  /** Resolves when every event has been answered. */
  async #close(): Promise<void> {
    await (await this.#runtime).close();
    await Promise.allSettled(this.#ends);
  }
}

function loadedHook({ run, close }: OpenHook): Loaded {
  return {
    run: ({ event, connection, milliseconds }, signal) =>
      run(event, { signal, milliseconds, ...(connection !== undefined && { connection }) }, (text) => text),
    close,
  };
}

function loadedClient(client: Client): Loaded {
  return {
    async run({ call }) {
      if (call === undefined) throw new Error("no call was given");
      const result = await client.call(...call);
      return result instanceof Error ? { failure: errorMessage(result) } : { response: result };
    },
    close: async () => {},
  };
}

if (!isMainThread && parentPort !== null) {
  const worker = new WorkerRuntime(parentPort, workerData as WorkerData);
  // The main thread says them, in its own way.
  process.removeAllListeners("warning").on("warning", (warning) => worker.warn(warning));
  await worker.start();
}
