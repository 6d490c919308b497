import { randomInt } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { TokenStoreError } from "../../errors.ts";
import { checkConnectionKey, compareKeys, nameOf } from "./connection-key.ts";
import { isOwnerAlive, OwnerLock, removeDeadOwners } from "./owner-lock.ts";
import { RecordCipher } from "./record-cipher.ts";
import { onFile } from "./store-errors.ts";
import { openStoreFile } from "./store-file.ts";
import type { ConnectionKey, ConnectionRecord, ListedConnection, StoredConnection, TokenStore } from "./token-store.ts";

/** Where connections are kept, and under which keys. */
export interface TokenStoreOptions {
  /**
   * A file on a disk of this machine, made where there is none. Its folder must exist. Close every store that has it
   * open before you move, delete or restore it.
   */
  readonly file: string;
  /**
   * 32 random bytes each. The first encrypts, all decrypt; what is under another than the first is encrypted anew when
   * the store is opened. A new key comes in three steps, each on every process before the next begins:
   * `[old, new]`, `[new, old]`, `[new]`. Before the last, open the store once more: a process of the first step may
   * have written under the old key after those of the second were opened.
   */
  readonly keys: readonly Uint8Array[];
}

/** Versions begin below this, so that a number holds all that a connection can come to. */
const FIRST_VERSIONS = 2 ** 47;

/**
 * Opens the store that the processes of one machine share: a SQLite file in which each record is encrypted with
 * AES-256-GCM, bound to its connection and version. Names and versions are not encrypted. Whoever can write to the
 * file can take a record away or put an older copy back, and cannot read or make one.
 *
 * SQLite works in the caller's thread: what `write` writes is on the disk before it returns its promise, so that nothing
 * can come between an answer that holds a token and its commit. While another process writes, the thread waits.
 *
 * Nothing else in the process may open the file or those beside it: closing them would end SQLite's locks.
 *
 * @throws {ConfigError} for keys that are none.
 * @throws {TokenStoreError} for a file that cannot be used, or rows under a key that is not given.
 */
export function openTokenStore({ file, keys }: TokenStoreOptions): TokenStore {
  const cipher = new RecordCipher(keys);
  return onFile(file, () => {
    const { path, database } = openStoreFile(file);
    try {
      reencrypt(path, database, cipher);
      const lock = transaction(database, () => {
        removeDeadOwners(path);
        return new OwnerLock(path);
      });
      return new SqliteTokenStore(path, database, cipher, lock);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** A row of the table, as far as a statement asks for it. */
interface Row {
  readonly connector: string;
  readonly connection: string;
  readonly version: bigint;
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const SELECT = "SELECT connector, connection, version, key_id AS keyId, nonce, ciphertext FROM connection";

class SqliteTokenStore implements TokenStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #cipher: RecordCipher;
  readonly #lock: OwnerLock;
  readonly #statements: Readonly<Record<"select" | "list" | "insert" | "update" | "delete", StatementSync>>;
  #closed = false;

  constructor(path: string, database: DatabaseSync, cipher: RecordCipher, lock: OwnerLock) {
    this.#path = path;
    this.#database = database;
    this.#cipher = cipher;
    this.#lock = lock;
    this.#statements = {
      select: rows(database, `${SELECT} WHERE connector = ? AND connection = ?`),
      list: rows(database, SELECT),
      insert: database.prepare("INSERT INTO connection VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      update: database.prepare(
        "UPDATE connection SET version = ?, key_id = ?, nonce = ?, ciphertext = ? WHERE connector = ? AND connection = ? AND version = ?",
      ),
      delete: database.prepare("DELETE FROM connection WHERE connector = ? AND connection = ?"),
    };
  }

  get owner(): string {
    return this.#lock.owner;
  }

  async read(key: ConnectionKey): Promise<StoredConnection | undefined> {
    const row = this.#use(key, () => this.#statements.select.get(key.connector, key.connection) as Row | undefined);
    return row && { record: this.#decrypt(row), version: Number(row.version) };
  }

  async write(key: ConnectionKey, record: ConnectionRecord, expected: number): Promise<number | undefined> {
    return this.#use(key, () => {
      const { connector, connection } = key;
      // At random, so that a write meant for a connection that was forgotten does not hit the one that came after it.
      const version = expected === 0 ? randomInt(1, FIRST_VERSIONS) : expected + 1;
      const { keyId, nonce, ciphertext } = this.#cipher.encrypt(key, version, record);
      const { changes } =
        expected === 0
          ? this.#statements.insert.run(connector, connection, version, keyId, nonce, ciphertext)
          : this.#statements.update.run(version, keyId, nonce, ciphertext, connector, connection, expected);
      return changes === 1 ? version : undefined;
    });
  }

  async isAlive(owner: string): Promise<boolean> {
    return this.#use(undefined, () => owner === this.owner || isOwnerAlive(this.#path, owner));
  }

  async list(): Promise<readonly ListedConnection[]> {
    const all = this.#use(undefined, () => this.#statements.list.all() as unknown as Row[]);
    return all
      .map((row) => ({ key: keyOf(row), record: this.#decrypt(row) }))
      .toSorted((a, b) => compareKeys(a.key, b.key));
  }

  async delete(key: ConnectionKey): Promise<boolean> {
    return this.#use(key, () => this.#statements.delete.run(key.connector, key.connection).changes === 1);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    onFile(this.#path, () => {
      this.#database.close();
      this.#lock.release();
    });
  }

  #use<T>(key: ConnectionKey | undefined, work: () => T): T {
    if (this.#closed)
      throw new TokenStoreError(`The token store ${this.#path} is closed. Close it after its last use.`);
    if (key !== undefined) checkConnectionKey(key);
    return onFile(this.#path, work);
  }

  #decrypt(row: Row): ConnectionRecord {
    const key = keyOf(row);
    const record = this.#cipher.decrypt(key, Number(row.version), row);
    if (record !== undefined) return record;
    throw new TokenStoreError(
      this.#cipher.knows(row.keyId)
        ? `The ${nameOf(key)} was changed in ${this.#path} by something else than a token store. Delete the connection and connect again, or restore the file from a backup.`
        : `The ${nameOf(key)} is encrypted in ${this.#path} under a key that this process does not have (${JSON.stringify(row.keyId)}). Add the key, or delete the connection and connect again.`,
    );
  }
}

function keyOf({ connector, connection }: Row): ConnectionKey {
  return { connector, connection };
}

/** A changed version may be any integer of 64 bits. */
function rows(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

/** Encrypts under the first key whatever is under another. Versions stay, so that no writer loses its turn. */
function reencrypt(path: string, database: DatabaseSync, cipher: RecordCipher): void {
  const select = rows(database, `${SELECT} WHERE key_id <> ?`);
  if (select.get(cipher.keyId) === undefined) return;
  transaction(database, () => {
    const stale = select.all(cipher.keyId) as unknown as Row[];
    checkKeysKnown(path, stale, cipher);
    const update = database.prepare(
      "UPDATE connection SET key_id = ?, nonce = ?, ciphertext = ? WHERE connector = ? AND connection = ?",
    );
    for (const row of stale) {
      const key = keyOf(row);
      const record = cipher.decrypt(key, Number(row.version), row);
      // A changed row stays as it is, for `read` to refuse: it must not keep the others from use.
      if (record === undefined) continue;
      const { keyId, nonce, ciphertext } = cipher.encrypt(key, Number(row.version), record);
      update.run(keyId, nonce, ciphertext, key.connector, key.connection);
    }
  });
}

function checkKeysKnown(path: string, stale: readonly Row[], cipher: RecordCipher): void {
  const unknown = stale.filter(({ keyId }) => !cipher.knows(keyId));
  if (unknown.length === 0) return;
  const ids = [...new Set(unknown.map(({ keyId }) => JSON.stringify(keyId)))].join(", ");
  throw new TokenStoreError(
    `The token store ${path} holds ${unknown.length} ${unknown.length === 1 ? "connection" : "connections"} under a key that is not given (${ids}). Add the old key behind the first; if it is lost, move the file away and connect again.`,
  );
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
