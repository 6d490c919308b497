import { randomUUID } from "node:crypto";
import { TokenStoreError } from "../../errors.ts";
import { checkConnectionKey, compareKeys } from "./connection-key.ts";
import type { ConnectionKey, ConnectionRecord, ListedConnection, StoredConnection, TokenStore } from "./token-store.ts";

/**
 * A store that ends with the process and that nobody shares: for tests, and for grants that are asked for anew at any
 * time (RFC 6749, section 4.4).
 */
export function memoryTokenStore(): TokenStore {
  return new MemoryTokenStore();
}

class MemoryTokenStore implements TokenStore {
  readonly owner: string = randomUUID();
  readonly #connections: Map<string, StoredConnection & ListedConnection> = new Map();
  /** Of all connections, so that no version of a forgotten one comes back. */
  #lastVersion = 0;
  #closed = false;

  async read(key: ConnectionKey): Promise<StoredConnection | undefined> {
    const stored = this.#open().get(indexOf(key));
    return stored && { record: structuredClone(stored.record), version: stored.version };
  }

  async write(key: ConnectionKey, record: ConnectionRecord, expected: number): Promise<number | undefined> {
    const connections = this.#open();
    const index = indexOf(key);
    if ((connections.get(index)?.version ?? 0) !== expected) return undefined;
    const version = ++this.#lastVersion;
    connections.set(index, structuredClone({ key, record, version }));
    return version;
  }

  async isAlive(owner: string): Promise<boolean> {
    this.#open();
    return owner === this.owner;
  }

  async list(): Promise<readonly ListedConnection[]> {
    const connections = [...this.#open().values()].toSorted((a, b) => compareKeys(a.key, b.key));
    return connections.map(({ key, record }) => structuredClone({ key, record }));
  }

  async delete(key: ConnectionKey): Promise<boolean> {
    return this.#open().delete(indexOf(key));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connections.clear();
  }

  #open(): Map<string, StoredConnection & ListedConnection> {
    if (this.#closed) throw new TokenStoreError("The token store is closed. Close it after its last use.");
    return this.#connections;
  }
}

function indexOf(key: ConnectionKey): string {
  checkConnectionKey(key);
  return JSON.stringify([key.connector, key.connection]);
}
