import type { Target } from "../policy/decision.ts";
import type { ConnectionOwner } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { Connector } from "./connector.ts";
import type { CarrierSource, Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { Admission, Slots } from "./slots.ts";

/** Every connection of one hook: apart by origin and by credentials, bounded together. */
export class HookPool implements ConnectionOwner {
  readonly #connector: Connector;
  readonly #limits: Limits;
  readonly #process: Slots;
  readonly #hook: Slots;
  readonly #origins: Map<string, Origin> = new Map();
  readonly #closing: Set<Promise<void>> = new Set();
  #idle = 0;

  /**
   * @param connector - The hook's own.
   * @param process - The places of all hooks together.
   */
  constructor(connector: Connector, limits: Limits, process: Slots) {
    this.#connector = connector;
    this.#limits = limits;
    this.#process = process;
    this.#hook = new Slots(limits.callsInFlightPerHook);
  }

  /**
   * Runs an exchange on a connection of its own as soon as it is its turn. Its owner has it leave when it has ended.
   *
   * @param credential - The Authorization field, or "" for none.
   */
  run(exchange: Exchange, credential: string): void {
    const origin = this.#origin(exchange.target);
    origin.calls++;
    const call = new PooledCall(this, origin, exchange, credential);
    exchange.admission = call;
    call.enter();
  }

  /** Gives an exchange's place back, or its place in the queue. */
  leave(exchange: Exchange): void {
    // It ended before it came here.
    if (exchange.admission === undefined) return;
    const origin = this.#origin(exchange.target);
    origin.calls--;
    exchange.admission.leave();
    this.#forget(origin);
  }

  /** A kept connection, or a new one where there is none or `fresh` is true. */
  connection(origin: Origin, { target }: Exchange, credential: string, fresh: boolean): Connection {
    const kept = fresh ? undefined : this.#takeKept(origin, credential);
    return kept ?? new Connection(target, credential, this.#connector, this.#limits, this);
  }

  onFree(connection: Connection): void {
    const origin = this.#origins.get(connection.origin);
    if (origin === undefined || this.#idle >= this.#limits.idleConnectionsPerHook) {
      connection.destroy();
      return;
    }
    this.#idle++;
    const kept = origin.idle.get(connection.credential);
    if (kept === undefined) origin.idle.set(connection.credential, [connection]);
    else kept.push(connection);
  }

  onClosed(connection: Connection): void {
    const origin = this.#origins.get(connection.origin);
    const kept = origin?.idle.get(connection.credential);
    const index = kept?.indexOf(connection) ?? -1;
    if (origin === undefined || kept === undefined || index < 0) return;
    kept.splice(index, 1);
    this.#idle--;
    if (kept.length === 0) origin.idle.delete(connection.credential);
    this.#forget(origin);
  }

  onDestroyed(gone: Promise<void>): void {
    this.#closing.add(gone);
    void gone.finally(() => this.#closing.delete(gone));
  }

  /** Closes every kept connection, and resolves when no socket is open any more. Calls in flight are their owner's to end first. */
  async close(): Promise<void> {
    for (const origin of this.#origins.values()) {
      for (const kept of origin.idle.values()) {
        for (const connection of kept) connection.destroy();
      }
      origin.idle.clear();
    }
    this.#origins.clear();
    await Promise.all(this.#closing);
  }

  /** The one used last, so that the others can age and close. */
  #takeKept(origin: Origin, credential: string): Connection | undefined {
    const kept = origin.idle.get(credential);
    for (let last = kept?.pop(); last !== undefined; last = kept?.pop()) {
      this.#idle--;
      if (kept?.length === 0) origin.idle.delete(credential);
      if (last.isOpen) return last;
    }
    return undefined;
  }

  #origin(target: Target): Origin {
    let origin = this.#origins.get(target.origin);
    if (origin === undefined) {
      const own = new Slots(this.#limits.connectionsPerOrigin);
      origin = new Origin(target.origin, [own, this.#hook, this.#process]);
      this.#origins.set(target.origin, origin);
    }
    return origin;
  }

  #forget(origin: Origin): void {
    if (origin.calls === 0 && origin.idle.size === 0) this.#origins.delete(origin.name);
  }
}

class Origin {
  readonly name: string;
  /** Where a call needs a place: at this origin, in its hook, in the process. */
  readonly levels: readonly Slots[];
  /** Kept connections by credentials. */
  readonly idle: Map<string, Connection[]> = new Map();
  calls = 0;

  constructor(name: string, levels: readonly Slots[]) {
    this.name = name;
    this.levels = levels;
  }
}

/** One exchange's way to its place, and then to its connection. */
class PooledCall extends Admission implements CarrierSource {
  readonly #pool: HookPool;
  readonly #origin: Origin;
  readonly #exchange: Exchange;
  readonly #credential: string;

  constructor(pool: HookPool, origin: Origin, exchange: Exchange, credential: string) {
    super(origin.levels);
    this.#pool = pool;
    this.#origin = origin;
    this.#exchange = exchange;
    this.#credential = credential;
  }

  protected onAdmitted(): void {
    this.#exchange.run(this);
  }

  take(fresh: boolean): Connection {
    return this.#pool.connection(this.#origin, this.#exchange, this.#credential, fresh);
  }
}
