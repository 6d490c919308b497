import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TokenStoreError } from "../../errors.ts";
import { SQLITE_BUSY, sqliteCode } from "./store-errors.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The life of an owner, held as SQLite's lock on an empty file of its own beside the store: the system lets go of it at
 * the moment the process ends, however that ends, and no process gets the name again.
 */
export class OwnerLock {
  readonly owner: string = randomUUID();
  readonly #path: string;
  readonly #database: DatabaseSync;

  /** Only to be called by who holds the store's write lock, as {@link removeDeadOwners}: it must not find the file yet unlocked. */
  constructor(store: string) {
    this.#path = pathOf(store, this.owner);
    writeFileSync(this.#path, "", { flag: "wx", mode: 0o600 });
    this.#database = new DatabaseSync(this.#path);
    // Nothing is ever written, so no file of a journal is left either.
    this.#database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  }

  release(): void {
    this.#database.close();
    rmSync(this.#path, { force: true });
  }
}

/**
 * Whether an owner still lives. What a dead one left is removed.
 *
 * @throws {TokenStoreError} where that cannot be found out.
 */
export function isOwnerAlive(store: string, owner: string): boolean {
  // A record is no place to take a path from.
  if (!UUID.test(owner)) return false;
  const path = pathOf(store, owner);
  if (!existsSync(path)) return false;
  const alive = isLocked(path);
  if (alive === undefined) {
    throw new TokenStoreError(
      `Whether the process that made ${path} still runs cannot be found out: the file cannot be opened. Let the user of this process read it or, where that process does not run, delete it.`,
    );
  }
  if (!alive) rmSync(path, { force: true });
  return alive;
}

/** Removes what owners left that ended without a release. */
export function removeDeadOwners(store: string): void {
  const prefix = basename(pathOf(store, ""));
  for (const name of readdirSync(dirname(store))) {
    if (!name.startsWith(prefix) || !UUID.test(name.slice(prefix.length))) continue;
    const path = join(dirname(store), name);
    if (isLocked(path) === false) rmSync(path, { force: true });
  }
}

function pathOf(store: string, owner: string): string {
  return `${store}-owner-${owner}`;
}

/**
 * Undefined where it cannot be tried. It is tried with a shared lock, so that two who try do not take each other for
 * the owner, and through SQLite, also on one's own file: closing the file in any other way would end the lock
 * (https://sqlite.org/howtocorrupt.html, section 2.2).
 */
function isLocked(path: string): boolean | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.prepare("SELECT 1 FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (sqliteCode(error) === SQLITE_BUSY) return true;
    return existsSync(path) ? undefined : false;
  } finally {
    database?.close();
  }
}
