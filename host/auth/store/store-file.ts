import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, linkSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { TokenStoreError } from "../../errors.ts";
import { BUSY_TIMEOUT } from "./store-errors.ts";

/** "BfTs": what SQLite's header calls a file of this kind. */
const APPLICATION_ID = 0x42_66_54_73;
/** The tables below. A change of them takes the next number. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE connection (
    connector TEXT NOT NULL,
    connection TEXT NOT NULL,
    version INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (connector, connection)
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
  PRAGMA journal_mode = WAL;
`;

/** With a full sync of the log, what was committed is on the disk; what was deleted is overwritten. */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA secure_delete = ON;
`;

/** The database, and the log and the index that SQLite keeps beside it. */
const SUFFIXES = ["", "-wal", "-shm"] as const;

const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;

/** An open store file. */
export interface StoreFile {
  /** Without symbolic links: what stands beside the file must be the same for whoever opens it. */
  readonly path: string;
  readonly database: DatabaseSync;
}

/**
 * Opens a store's file, which is made where there is none. A file of anything else is left as it is.
 *
 * @throws {TokenStoreError} where it is not a store's, of a newer version, or open to other users.
 */
export function openStoreFile(file: string): StoreFile {
  if (!existsSync(file)) createStoreFile(file);
  const path = realpathSync(file);
  checkAccess(path);
  const url = pathToFileURL(path);
  // Never creates: what appears at once, and complete, is made by `createStoreFile` alone.
  url.searchParams.set("mode", "rw");
  const database = new DatabaseSync(url, { timeout: BUSY_TIMEOUT });
  try {
    checkFormat(path, database);
    database.exec(SETTINGS);
    return { path, database };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the file elsewhere and links it to its place, so that nobody opens it half made or with other permissions. */
function createStoreFile(file: string): void {
  const draft = `${file}-new-${randomUUID()}`;
  try {
    writeFileSync(draft, "", { flag: "wx", mode: OWNER_ONLY });
    const database = new DatabaseSync(draft);
    try {
      database.exec(SCHEMA);
    } finally {
      database.close();
    }
    linkSync(draft, file);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    for (const suffix of SUFFIXES) rmSync(draft + suffix, { force: true });
  }
}

function checkAccess(path: string): void {
  if (!statSync(path).isFile()) throw new TokenStoreError(`The token store ${path} is no file. Name one.`);
  // Of a file that it may only read, SQLite grants a write lock that keeps nobody out.
  accessSync(path, constants.R_OK | constants.W_OK);
  if (process.platform === "win32") return;
  for (const suffix of SUFFIXES) {
    const mode = statSync(path + suffix, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & GROUP_AND_OTHERS) === 0) continue;
    const octal = (mode & 0o777).toString(8);
    throw new TokenStoreError(
      `The token store ${path + suffix} is open to other users (mode ${octal}). Run: chmod 600 ${path + suffix}`,
    );
  }
}

function checkFormat(path: string, database: DatabaseSync): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new TokenStoreError(`The file ${path} is no token store. Name another; it was left as it is.`);
  }
  const version = pragma(database, "user_version");
  if (version <= SCHEMA_VERSION) return;
  throw new TokenStoreError(
    `The token store ${path} was written by a newer version of Backfill Http (format ${version}; this one knows ${SCHEMA_VERSION}). Update this one.`,
  );
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
