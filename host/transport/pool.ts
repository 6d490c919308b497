import type { Target } from "../policy/decision.ts";
import type { ConnectionOwner } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { Connector } from "./connector.ts";
import type { CarrierSource, Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { Admission, Slots } from "./slots.ts";

/** Every connection of one hook: apart by origin and by credentials, bounded together. */
export class HookPool {
  readonly #connector: Connector;
  readonly #limits: Limits;
  readonly #process: Slots;
  readonly #hook: Slots;
  readonly #origins: Map<string, Origin> = new Map();
  readonly #closing: Set<Promise<void>> = new Set();
  #isClosed = false;
  /** Connections that wait for a call. */
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
    const call = new PooledCall(this.#origin(exchange.target).lane(credential), exchange);
    exchange.admission = call;
    call.enter();
  }

  /** Gives an exchange's place back, or its place in the queue. */
  leave(exchange: Exchange): void {
    // Undefined where it ended before it came here.
    exchange.admission?.leave();
  }

  connect(target: Target, owner: ConnectionOwner): Connection {
    return new Connection(target, this.#connector, this.#limits, owner);
  }

  /** Whether one more connection may wait for a call: then it is counted. */
  keeps(): boolean {
    if (this.#isClosed || this.#idle >= this.#limits.idleConnectionsPerHook) return false;
    this.#idle++;
    return true;
  }

  /** One waits no more. */
  keepsNoMore(): void {
    this.#idle--;
  }

  forget(origin: string): void {
    this.#origins.delete(origin);
  }

  onDestroyed(gone: Promise<void>): void {
    this.#closing.add(gone);
    void gone.finally(() => this.#closing.delete(gone));
  }

  /** Closes every kept connection, and resolves when no socket is open any more. Calls in flight are their owner's to end first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const origin of this.#origins.values()) origin.close();
    await Promise.all(this.#closing);
  }

  #origin({ origin: name }: Target): Origin {
    let origin = this.#origins.get(name);
    if (origin === undefined) {
      const own = new Slots(this.#limits.connectionsPerOrigin);
      origin = new Origin(this, name, [own, this.#hook, this.#process]);
      this.#origins.set(name, origin);
    }
    return origin;
  }
}

class Origin {
  readonly pool: HookPool;
  /** Where a call needs a place: at this origin, in its hook, in the process. */
  readonly levels: readonly Slots[];
  readonly #name: string;
  readonly #lanes: Map<string, Lane> = new Map();

  constructor(pool: HookPool, name: string, levels: readonly Slots[]) {
    this.pool = pool;
    this.#name = name;
    this.levels = levels;
  }

  lane(credential: string): Lane {
    let lane = this.#lanes.get(credential);
    if (lane === undefined) {
      lane = new Lane(this, credential);
      this.#lanes.set(credential, lane);
    }
    return lane;
  }

  forget(credential: string): void {
    this.#lanes.delete(credential);
    if (this.#lanes.size === 0) this.pool.forget(this.#name);
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
  }
}

/** The connections of one origin that are for calls with the same credentials: no other ever rides on them. */
class Lane implements ConnectionOwner {
  readonly origin: Origin;
  readonly #credential: string;
  readonly #idle: Connection[] = [];
  /** Calls that have not left. The lane lasts as long as it has any, or a connection. */
  #calls = 0;

  constructor(origin: Origin, credential: string) {
    this.origin = origin;
    this.#credential = credential;
  }

  enter(): void {
    this.#calls++;
  }

  leave(): void {
    this.#calls--;
    this.#forgetUnused();
  }

  /** A kept connection, or a new one where there is none or `fresh` is true. */
  take(target: Target, fresh: boolean): Connection {
    const { pool } = this.origin;
    // The one used last, so that the others can age and close.
    for (let last = fresh ? undefined : this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      pool.keepsNoMore();
      if (last.isOpen) return last;
    }
    return pool.connect(target, this);
  }

  onFree(connection: Connection): void {
    if (this.origin.pool.keeps()) this.#idle.push(connection);
    else connection.destroy();
  }

  onClosed(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.origin.pool.keepsNoMore();
    this.#forgetUnused();
  }

  onDestroyed(gone: Promise<void>): void {
    this.origin.pool.onDestroyed(gone);
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) {
      this.origin.pool.keepsNoMore();
      connection.destroy();
    }
    this.#forgetUnused();
  }

  #forgetUnused(): void {
    if (this.#calls === 0 && this.#idle.length === 0) this.origin.forget(this.#credential);
  }
}

/** One exchange's way to its place, and then to its connection. */
class PooledCall extends Admission implements CarrierSource {
  readonly #lane: Lane;
  readonly #exchange: Exchange;

  constructor(lane: Lane, exchange: Exchange) {
    super(lane.origin.levels);
    this.#lane = lane;
    this.#exchange = exchange;
    lane.enter();
  }

  override leave(): boolean {
    const leaves = super.leave();
    if (leaves) this.#lane.leave();
    return leaves;
  }

  take(fresh: boolean): Connection {
    return this.#lane.take(this.#exchange.target, fresh);
  }

  protected onAdmitted(): void {
    this.#exchange.run(this);
  }
}
