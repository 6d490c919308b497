import { setTimeout as sleep } from "node:timers/promises";
import type { BackfillConfig, SecretDeclaration } from "../config/config.ts";
import type { ResolvedSecrets } from "../config/secrets.ts";
import { HookError, type HttpFailure } from "../errors.ts";
import type { ClientResponse } from "../abi/client.ts";
import { auditChannel } from "../observe/audit.ts";
import { createOutbound, type Outbound } from "../outbound.ts";
import type { ConnectorOAuth } from "../runtime/connector-oauth.ts";
import { Connectors } from "../runtime/connectors.ts";
import {
  Client,
  Hook,
  type HookRuntime,
  type HookRuntimeOptions,
  type LoadOptions,
  nameOf,
  readComponent,
  readConfig,
  type ReadConfig,
} from "../runtime/runtime.ts";
import { Scrubber } from "../auth/seal/scrub.ts";
import { resolveLimits } from "../transport/limits.ts";
import { type CallRecord, quietly } from "../transport/record.ts";
import { Dispatcher, type Tenant } from "./dispatcher.ts";
import { type ErrorMessage, errorOf } from "./error-message.ts";
import type { HookMessage, MainNote, TokenAnswer, TokenQuestion, WorkerData } from "./messages.ts";
import { share, type Shares } from "./shares.ts";
import { Thread } from "./thread.ts";
import { openTraceContext, type TraceContext } from "./trace-context.ts";

/** A hook as the main thread knows it. */
interface Loaded {
  readonly message: HookMessage;
  readonly tenant: Tenant;
  readonly oauth: ConnectorOAuth | undefined;
}

/** Milliseconds until a thread that could not start is tried again. */
const RESTART = 1000;

/**
 * A {@link HookRuntime} whose hooks run in worker threads, each with connections of its own. The main thread has what
 * there is one of: the queue, the tokens, and whoever listens.
 */
export class ThreadedRuntime implements HookRuntime {
  readonly #options: HookRuntimeOptions;
  readonly #data: WorkerData;
  readonly #outbound: Outbound;
  readonly #connectors: Connectors;
  readonly #dispatcher: Dispatcher;
  readonly #trace: TraceContext;
  readonly #threads: (Thread | undefined)[] = [];
  readonly #hooks: Map<number, Loaded> = new Map();
  #ids = 0;
  #closed = false;

  private constructor(options: HookRuntimeOptions, read: ReadConfig, threads: number, trace: TraceContext) {
    const { config, secrets, traceEvent } = read;
    const { internalHosts = [], dnsServers, development = {} } = config;
    const limits = resolveLimits(config.limits);
    const shares: Shares = share(limits, threads);
    this.#options = options;
    this.#data = { config: workerConfig(config, secrets, shares) };
    this.#trace = trace;
    this.#outbound = createOutbound({
      limits: shares.main,
      internalHosts,
      dnsServers,
      development,
      scrubber: Scrubber.of(secrets.sealed.values()),
      onCall: options.onCall,
      traceEvent,
    });
    this.#connectors = new Connectors(config, this.#outbound, options.tokenStore);
    this.#dispatcher = new Dispatcher({
      shares,
      queuedEvents: limits.queuedEvents,
      eventDeadline: limits.eventDeadline,
    });
    for (let i = 0; i < shares.threads; i += 1) this.#threads.push(undefined);
  }

  /** Resolves when every thread can run events. Throws `ConfigError` where the options cannot be used. */
  static async open(options: HookRuntimeOptions, threads: number): Promise<ThreadedRuntime> {
    const { onLog: _, onCall: __, tokenStore: ___, threads: ____, ...given } = options;
    const read = await readConfig(given);
    const runtime = new ThreadedRuntime(options, read, threads, await openTraceContext(read.config.telemetry));
    try {
      await Promise.all(runtime.#threads.map((_thread, index) => runtime.#start(index)));
    } catch (error) {
      await runtime.close();
      throw error;
    }
    return runtime;
  }

  async load(source: string | URL | Uint8Array, { name = nameOf(source), connector }: LoadOptions = {}): Promise<Hook> {
    const oauth = connector && (await this.#connectors.open(connector));
    const component = source instanceof Uint8Array ? source.slice() : await readComponent(source);
    const { tenant, message } = await this.#load({
      name,
      component,
      oauth: oauth && { connector: connector.name, entries: oauth.entries },
      keeper: oauth,
    });
    return new Hook(
      async (event, { signal, connection }, read) =>
        read(String(await this.#run(message.id, tenant, { event, connection, trace: this.#trace.carry() }, signal))),
      () => this.#unload(message.id, tenant),
    );
  }

  async client(): Promise<Client> {
    const { tenant, message } = await this.#load({
      name: "http",
      component: undefined,
      oauth: undefined,
      keeper: undefined,
    });
    return new Client(async (...call) => {
      const result = await this.#run(message.id, tenant, { call, trace: this.#trace.carry() }, undefined);
      const { response, failure } = result as { readonly response: ClientResponse; readonly failure?: ErrorMessage };
      return failure === undefined ? response : (errorOf(failure) as HttpFailure);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#dispatcher.clear("the runtime was closed");
    // A refresh goes on meanwhile, and its answer is stored, though nobody waits for it.
    await Promise.all([...this.#threads.map((thread) => thread?.close()), this.#connectors.close()]);
    await this.#outbound.close();
  }

  async #run(id: number, tenant: Tenant, ...event: Tail<Parameters<Dispatcher["run"]>>): Promise<unknown> {
    if (this.#closed) throw new HookError("BACKFILL_HOOK_CANCELLED", "the runtime is closed");
    if (!this.#hooks.has(id))
      throw new HookError("BACKFILL_HOOK_CANCELLED", "the event was cancelled: the hook is closed");
    return this.#dispatcher.run(tenant, ...event);
  }

  async #load({
    keeper,
    ...hook
  }: Omit<HookMessage, "id"> & { readonly keeper: ConnectorOAuth | undefined }): Promise<Loaded> {
    const id = ++this.#ids;
    const loaded: Loaded = { message: { ...hook, id }, tenant: this.#dispatcher.tenant(id), oauth: keeper };
    this.#hooks.set(id, loaded);
    try {
      await Promise.all(this.#threads.map((thread) => thread?.ask({ kind: "load", hook: loaded.message })));
    } catch (error) {
      // Where a thread ended meanwhile, the next one is told of the hook when it starts.
      if (!(error instanceof HookError && error.code === "BACKFILL_HOOK_LOST")) {
        await this.#unload(id, loaded.tenant);
        throw error;
      }
    }
    return loaded;
  }

  async #unload(id: number, tenant: Tenant): Promise<void> {
    if (!this.#hooks.delete(id)) return;
    this.#dispatcher.clear("the hook was closed", tenant);
    await Promise.allSettled(this.#threads.map((thread) => thread?.ask({ kind: "unload", hook: id })));
  }

  /** Resolves when the thread has every hook and takes events. */
  async #start(index: number): Promise<void> {
    const thread = new Thread(this.#data, {
      token: (question) => this.#token(question),
      heard: (note) => this.#heard(note),
      died: (reason) => this.#died(index, reason),
    });
    this.#threads[index] = thread;
    // A hook that could be loaded once can be loaded again; where not, its events say why.
    for (const { message } of this.#hooks.values()) thread.ask({ kind: "load", hook: message }).catch(() => {});
    await thread.ready;
    this.#dispatcher.place(index, thread);
  }

  #died(index: number, reason: Error): void {
    this.#dispatcher.place(index, undefined);
    if (this.#closed) return;
    process.emitWarning(`a thread of hooks ended and is replaced: ${reason.message}`, { code: "BACKFILL_THREAD" });
    void this.#restart(index);
  }

  async #restart(index: number): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#start(index);
        return;
      } catch {
        // One that dies as it starts must not be started again and again.
        await sleep(RESTART, undefined, { ref: false });
      }
    }
  }

  async #token({ hook, connection, minimum }: TokenQuestion): Promise<TokenAnswer> {
    const oauth = this.#hooks.get(hook)?.oauth;
    if (oauth === undefined) throw new Error(`hook ${hook} has no tokens`);
    const { accessToken, obtainedAt } = await oauth.tokens(connection, minimum);
    return { accessToken, obtainedAt };
  }

  #heard(note: Exclude<MainNote, { readonly kind: "ready" }>): void {
    if (note.kind === "warning") process.emitWarning(errorOf(note.error));
    else if (note.kind === "call") this.#called(note.record);
    else quietly(() => this.#options.onLog?.(note.record));
  }

  #called(record: CallRecord): void {
    quietly(() => auditChannel.listens && auditChannel.onCall(record));
    quietly(() => this.#options.onCall?.(record));
  }
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** The configuration with what a worker needs of it, and values in place of what gives them. */
function workerConfig(config: BackfillConfig, { plain, sealed }: ResolvedSecrets, { worker }: Shares): BackfillConfig {
  const { tokens: _, ...rest } = config;
  const secrets: Record<string, SecretDeclaration> = Object.fromEntries(plain);
  for (const [name, { value, allowlist, scrub }] of sealed) secrets[name] = { value, for: allowlist.entries, scrub };
  return { ...rest, secrets, limits: worker };
}
