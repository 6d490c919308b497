import { TokenStoreError } from "../../errors.ts";

/** Milliseconds that an operation waits for another process's write, and the thread with it. */
export const BUSY_TIMEOUT = 2000;

/** SQLite's primary result codes (https://sqlite.org/rescode.html), of which an extended one is the low byte. */
export const SQLITE_BUSY = 5;
const PRIMARY = 0xff;

/** What went wrong with the file, and what to do. */
const FAULTS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [
    SQLITE_BUSY,
    `has been locked by another process for ${BUSY_TIMEOUT / 1000} seconds. Try again; if that lasts, find the process that stands still with the file open, and end it`,
  ],
  [8, "cannot be written to. Let the user of this process write to the file and to its folder"],
  [10, "could not be read or written by the disk. Look at the disk and its free space"],
  [11, "is damaged. Restore it from a backup, or move it away and connect again"],
  [13, "could not be written: the disk is full. Make room"],
  [14, "cannot be opened. Let the user of this process read and write the file and its folder"],
  [26, "is no token store, or its beginning is damaged. Name another file, or restore it from a backup"],
  ["EACCES", "cannot be reached. Let the user of this process read and write the file and its folder"],
  ["EPERM", "cannot be made. Let the user of this process write to its folder, on a disk that knows hard links"],
  ["EROFS", "cannot be made: the disk is read-only. Name a file on another"],
  ["ENOSPC", "cannot be made: the disk is full. Make room"],
  [
    "ENOENT",
    "cannot be made: its folder does not exist, or it is a link to nothing. Make the folder, with mkdir -m 700",
  ],
  ["ENOTDIR", "cannot be made: what should be its folder is a file. Name another"],
]);

/** The primary result code of an error of SQLite; undefined for any other. */
export function sqliteCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === "ERR_SQLITE_ERROR" && typeof errcode === "number" ? errcode & PRIMARY : undefined;
}

/**
 * Runs what works on a store's file.
 *
 * @throws {TokenStoreError} for an error of SQLite or of the file system, with the file and what to do. Neither says
 * what was written. Any other error goes through.
 */
export function onFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const primary = sqliteCode(cause);
    const { code, syscall, message } = cause as NodeJS.ErrnoException;
    if (primary === undefined && syscall === undefined) throw cause;
    const fault = FAULTS.get(primary ?? code) ?? `cannot be used: ${message}`;
    throw new TokenStoreError(`The token store ${file} ${fault}.`, { cause });
  }
}
