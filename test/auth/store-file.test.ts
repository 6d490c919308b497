import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startStoreProcess } from "./store-process.ts";
import { KEY, newKey, openStore, record, runSql, storeErrorOf, storePath } from "./store-values.ts";

const SECRET = newKey();
const SUFFIXES = ["", "-wal", "-shm"];
/** A user who owns nothing here. */
const SOMEBODY = 65_534;

/** Opens and closes, so that the file is there and nobody has it open. */
async function closedStore(): Promise<string> {
  const file = await storePath();
  const store = openStore(file, SECRET);
  await store.write(KEY, record(), 0);
  await store.close();
  return file;
}

function folderOf(file: string): string[] {
  return readdirSync(dirname(file)).toSorted();
}

test.each(["022", "000", "077"])(
  "the store's files are for their user alone, whatever the umask (%s)",
  async (mask) => {
    const file = await storePath();
    const before = process.umask(mask);
    try {
      const store = openStore(file, SECRET);
      await store.write(KEY, record(), 0);
    } finally {
      process.umask(before);
    }
    for (const suffix of SUFFIXES) expect(statSync(file + suffix).mode & 0o777).toBe(0o600);
  },
);

test("a store leaves nothing but its file when it is closed", async () => {
  const file = await closedStore();
  expect(folderOf(file)).toEqual([basename(file)]);
});

test.each(["640", "604", "620", "602", "601"])(
  "a file that is open to others (%s) is refused, with the command",
  async (mode) => {
    const file = await closedStore();
    chmodSync(file, Number.parseInt(mode, 8));
    const { message } = await storeErrorOf(() => openStore(file, SECRET));
    expect(message).toContain(`is open to other users (mode ${mode}). Run: chmod 600 ${file}`);
    chmodSync(file, 0o600);
    expect((await openStore(file, SECRET).read(KEY))?.record).toEqual(record());
  },
);

test("a log beside the store that is open to others is refused", async () => {
  const file = await closedStore();
  writeFileSync(`${file}-wal`, "");
  chmodSync(`${file}-wal`, 0o644);
  expect((await storeErrorOf(() => openStore(file, SECRET))).message).toContain(`Run: chmod 600 ${file}-wal`);
});

test("any name of a file will do", async () => {
  const file = join(dirname(await storePath()), "a b%41?mode=ro#\u00e9'.db");
  await openStore(file, SECRET).write(KEY, record(), 0);
  expect(existsSync(file)).toBe(true);
  expect((await openStore(file, SECRET).read(KEY))?.record).toEqual(record());
});

const BEGINNING = "SQLite format 3\0";

test.each<[string, (file: string) => void, string]>([
  ["a text file", (file) => writeFileSync(file, "hello, world\n".repeat(500), { mode: 0o600 }), "Name another file"],
  ["a short text file", (file) => writeFileSync(file, "hello", { mode: 0o600 }), "Name another file"],
  ["an empty file", (file) => writeFileSync(file, "", { mode: 0o600 }), "Name another"],
  ["a folder", (file) => mkdirSync(file, { mode: 0o700 }), "is no file. Name one"],
  ["a file with no more than SQLite's mark", (file) => writeFileSync(file, BEGINNING, { mode: 0o600 }), "Name another"],
  [
    "another application's database",
    (file) => runSql(file, "CREATE TABLE a (b); PRAGMA user_version = 1"),
    "is no token store. Name another",
  ],
  [
    "another application's database with a log",
    (file) => runSql(file, "PRAGMA journal_mode = WAL; CREATE TABLE a (b)"),
    "is no token store. Name another",
  ],
  [
    "another application's database of a kind that has a number",
    (file) => runSql(file, "PRAGMA application_id = 252006674; CREATE TABLE a (b)"),
    "is no token store. Name another",
  ],
])("%s is refused and left as it was", async (_, make, fix) => {
  const file = await storePath();
  make(file);
  chmodSync(file, statSync(file).mode & 0o700);
  const read = (): unknown => (statSync(file).isFile() ? readFileSync(file) : readdirSync(file));
  const before = read();
  const { message } = await storeErrorOf(() => openStore(file, SECRET));
  expect(message).toContain(file);
  expect(message).toContain(fix);
  expect(read()).toEqual(before);
  expect(folderOf(file)).toEqual([basename(file)]);
});

test("a database that another application has open is refused and left as it was", async () => {
  const file = await storePath();
  const foreign = await startStoreProcess();
  await foreign.open(file, SECRET);
  await foreign.write(KEY, record(), 0);
  runSql(file, "PRAGMA application_id = 1");
  const { message } = await storeErrorOf(() => openStore(file, SECRET));
  expect(message).toContain("is no token store");
  expect((await foreign.read(KEY))?.record).toEqual(record());
});

test("a store of a newer version is refused, and says which", async () => {
  const file = await closedStore();
  runSql(file, "PRAGMA user_version = 2");
  const { message } = await storeErrorOf(() => openStore(file, SECRET));
  expect(message).toContain(`The token store ${file} was written by a newer version`);
  expect(message).toContain("format 2; this one knows 1");
});

test("a damaged store is refused, with what to do", async () => {
  const file = await closedStore();
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xff, 4096));
  const { message } = await storeErrorOf(async () => openStore(file, SECRET).list());
  expect(message).toContain(`The token store ${file} is damaged. Restore it from a backup`);
});

test("a store without its table is refused", async () => {
  const file = await closedStore();
  runSql(file, "DROP TABLE connection");
  expect((await storeErrorOf(() => openStore(file, SECRET))).message).toContain(`${file} cannot be used`);
});

test("a store in a folder that does not exist is refused, and the folder is not made", async () => {
  const file = join(await storePath(), "tokens.db");
  const { message } = await storeErrorOf(() => openStore(file, SECRET));
  expect(message).toContain(`${file} cannot be made: its folder does not exist, or`);
  expect(existsSync(dirname(file))).toBe(false);
});

test("a store in a file is refused", async () => {
  const folder = await storePath();
  writeFileSync(folder, "");
  const { message } = await storeErrorOf(() => openStore(join(folder, "tokens.db"), SECRET));
  expect(message).toContain("what should be its folder is a file");
});

test("a symbolic link to nothing is refused", async () => {
  const file = await storePath();
  symlinkSync(`${file}-gone`, file);
  expect((await storeErrorOf(() => openStore(file, SECRET))).message).toContain(`${file} cannot be made`);
  expect(folderOf(file)).toEqual([basename(file)]);
});

/** Root may read and write everything, so a root's tests give their files away. */
const somebody = process.getuid?.() === 0 ? SOMEBODY : undefined;

function giveAway(...paths: string[]): void {
  if (somebody === undefined) return;
  for (const path of paths) chownSync(path, somebody, somebody);
}

test.each<[string, (file: string) => void, string]>([
  ["that its user may not read", (file) => chmodSync(file, 0), "cannot be reached. Let the user"],
  ["that its user may not write to", (file) => chmodSync(file, 0o400), "cannot be reached. Let the user"],
  ["in a folder that its user may not enter", (file) => chmodSync(dirname(file), 0), "cannot be reached. Let the user"],
  [
    "in a folder that its user may not write to",
    (file) => chmodSync(dirname(file), 0o500),
    "cannot be written to. Let the user",
  ],
])("a store %s is refused", async (_, forbid, fix) => {
  const file = await closedStore();
  giveAway(file, dirname(file));
  forbid(file);
  const other = await startStoreProcess(somebody);
  await expect(other.open(file, SECRET)).rejects.toThrow(`TokenStoreError: The token store ${file} ${fix}`);
  chmodSync(dirname(file), 0o700);
});

test("a store that cannot be made, because the user may not write to the folder, is refused", async () => {
  const file = await storePath();
  giveAway(dirname(file));
  chmodSync(dirname(file), 0o500);
  const other = await startStoreProcess(somebody);
  await expect(other.open(file, SECRET)).rejects.toThrow(`The token store ${file} cannot be reached. Let the user`);
  chmodSync(dirname(file), 0o700);
});

test("a store that somebody keeps locked can be read, and fails writes and those who open it until the lock is gone", async () => {
  const file = await closedStore();
  const [writer, opener] = [await startStoreProcess(), await startStoreProcess()];
  await writer.open(file, SECRET);
  const stored = await writer.read(KEY);
  const before = folderOf(file);
  const holder = new DatabaseSync(file);
  holder.exec("BEGIN IMMEDIATE");
  const locked = `TokenStoreError: The token store ${file} has been locked by another process`;
  const opening = expect(opener.open(file, SECRET)).rejects.toThrow(locked);
  try {
    await expect(writer.write(KEY, record(), stored?.version ?? 0)).rejects.toThrow(locked);
    await opening;
    expect(await writer.read(KEY)).toEqual(stored);
    // Who could be found unlocked is not there before the lock.
    expect(folderOf(file)).toEqual(before);
  } finally {
    holder.close();
  }
  expect(await writer.write(KEY, record(), stored?.version ?? 0)).toBeDefined();
});

test("a store whose log was turned off has it again", async () => {
  const file = await closedStore();
  runSql(file, "PRAGMA journal_mode = DELETE");
  openStore(file, SECRET);
  const database = new DatabaseSync(file);
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  database.close();
});

test("a store that is deleted is made anew, without its connections", async () => {
  const file = await closedStore();
  rmSync(file);
  expect(await openStore(file, SECRET).list()).toEqual([]);
});
