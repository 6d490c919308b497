import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import { keyId } from "../../host/auth/store/store-keys.ts";
import type { TokenStore } from "../../host/auth/store/token-store.ts";
import { ConfigError } from "../../host/errors.ts";
import { startStoreProcess } from "./store-process.ts";
import {
  ACCESS_TOKEN,
  KEY,
  newKey,
  openStore,
  record,
  REFRESH_TOKEN,
  runSql,
  storeErrorOf,
  storePath,
} from "./store-values.ts";
import { shown } from "./values.ts";

const FIRST_KEY = newKey();
const OTHER_KEY = newKey();
const SECOND = { connector: "crm", connection: "globex" };
const OTHERS = [
  { connector: "crm", connection: "initech" },
  { connector: "erp", connection: "globex" },
];

const CONTENT = "SELECT version, nonce, ciphertext FROM connection";

/** A store with four connections, of which the second was written twice. The table `older` has its first record. */
async function filledStore(file: string, ...keys: Uint8Array[]): Promise<TokenStore> {
  const store = openStore(file, ...keys);
  const version = await store.write(SECOND, record({ grant: "older" }), 0);
  runSql(file, `CREATE TABLE older AS ${CONTENT}`);
  await store.write(SECOND, record(), version ?? 0);
  for (const connection of [KEY, ...OTHERS]) await store.write(connection, record(), 0);
  return store;
}

/** All that stands in the files of a store, byte for byte as Latin-1. No process may have it open. */
function bytesOf(file: string): ReadonlyMap<string, string> {
  const folder = dirname(file);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

test("neither a token nor a key stands in the store's files, nor the grant or the scope", async () => {
  const file = await storePath();
  const key = newKey();
  const writer = await startStoreProcess();
  await writer.open(file, key);
  const version = await writer.write(KEY, record(), 0);
  await writer.write(KEY, record({ refresh: { owner: "me", startedAt: 1, sent: true } }), version ?? 0);
  await writer.kill();
  const files = bytesOf(file);
  expect([...files.keys()]).toEqual(expect.arrayContaining(["tokens.db", "tokens.db-wal", "tokens.db-shm"]));
  const all = [...files.values()].join("");
  expect(all).toContain(KEY.connection);
  for (const secret of [ACCESS_TOKEN, REFRESH_TOKEN, "grant-1", "read write"]) {
    for (const encoding of ["latin1", "utf16le", "base64", "hex"] as const) {
      expect(all).not.toContain(Buffer.from(secret).toString(encoding).replace(/=+$/, ""));
    }
  }
  for (const encoding of ["latin1", "base64", "hex"] as const) {
    expect(all).not.toContain(Buffer.from(key).toString(encoding));
  }
});

test("nothing of a forgotten connection is left in the file", async () => {
  const file = await storePath();
  const store = await filledStore(file, newKey());
  await store.delete(KEY);
  await store.close();
  const all = [...bytesOf(file).values()].join("");
  expect(all).toContain("initech");
  expect(all).not.toContain("acme");
});

test("two writes of one record have nothing in common on the disk", async () => {
  const file = await storePath();
  const key = newKey();
  const columns: string[] = [];
  const writer = await startStoreProcess();
  await writer.open(file, key);
  for (let version = 0, round = 0; round < 2; round++) {
    version = (await writer.write(KEY, record(), version)) ?? 0;
  }
  await writer.kill();
  const wal = bytesOf(file).get("tokens.db-wal") ?? "";
  for (const { index } of wal.matchAll(new RegExp(keyId(key), "g"))) columns.push(wal.slice(index + 16, index + 44));
  expect(columns).toHaveLength(2);
  expect(columns[0]).not.toBe(columns[1]);
});

/** Of the row of the second connection, of which none is like what was written. */
const CHANGES: readonly (readonly [what: string, change: string])[] = [
  ["whose nonce has another first bit", "nonce = flip(nonce, 0)"],
  ["whose nonce has another last bit", "nonce = flip(nonce, length(nonce) - 1)"],
  ["whose nonce is empty", "nonce = x''"],
  ["whose nonce is longer", "nonce = CAST(nonce || x'00' AS BLOB)"],
  ["whose ciphertext has another first bit", "ciphertext = flip(ciphertext, 0)"],
  ["whose ciphertext has another bit in its middle", "ciphertext = flip(ciphertext, length(ciphertext) / 2)"],
  ["whose tag has another last bit", "ciphertext = flip(ciphertext, length(ciphertext) - 1)"],
  ["whose tag is cut to 15 bytes", "ciphertext = substr(ciphertext, -15)"],
  ["whose ciphertext is cut", "ciphertext = substr(ciphertext, 1, length(ciphertext) - 1)"],
  ["whose ciphertext is empty", "ciphertext = x''"],
  ["whose ciphertext is longer", "ciphertext = CAST(ciphertext || x'00' AS BLOB)"],
  ["whose version is lower", "version = version - 1"],
  ["whose version is higher", "version = version + 1"],
  ["whose version is the greatest there is", "version = 9223372036854775807"],
  ["whose version is negative", "version = -version"],
  ["that names another key that is known", `key_id = '${keyId(OTHER_KEY)}'`],
  ["that has an older record", "(nonce, ciphertext) = (SELECT nonce, ciphertext FROM older)"],
  ["that has the record of another", `(version, nonce, ciphertext) = (${CONTENT} WHERE connector = 'erp')`],
];

test.each(CHANGES)("a row %s is refused", async (_, change) => {
  const file = await storePath();
  const store = await filledStore(file, FIRST_KEY, OTHER_KEY);
  runSql(file, `UPDATE connection SET ${change} WHERE connector = 'crm' AND connection = 'globex'`);
  await expectChanged(store);
});

test.each([
  ["was moved from another connection", "UPDATE connection SET connection = 'globex' WHERE connection = 'initech'"],
  ["was moved from another connector", "UPDATE connection SET connector = 'crm' WHERE connector = 'erp'"],
])("a row that %s is refused", async (_, move) => {
  const file = await storePath();
  const store = await filledStore(file, FIRST_KEY);
  runSql(file, `DELETE FROM connection WHERE connector = 'crm' AND connection = 'globex'; ${move}`);
  await expectChanged(store);
});

/** The second connection is refused, and can be forgotten; the first can be read. */
async function expectChanged(store: TokenStore): Promise<void> {
  for (const call of [() => store.read(SECOND), () => store.list()]) {
    const error = await storeErrorOf(call);
    expect(error.message).toMatch(/^The connection "globex" of connector "crm" was changed in \/.*tokens\.db by /);
    expect(error.message).toContain("Delete the connection and connect again");
    for (const secret of [ACCESS_TOKEN, REFRESH_TOKEN, "grant-1"]) expect(shown(error)).not.toContain(secret);
    expect(error.cause).toBeUndefined();
  }
  expect((await store.read(KEY))?.record).toEqual(record());
  expect(await store.delete(SECOND)).toBe(true);
  expect(await store.read(SECOND)).toBeUndefined();
}

test("a row under a key that is not known is refused, with the key's id", async () => {
  const file = await storePath();
  const store = openStore(file, FIRST_KEY);
  const other = openStore(file, OTHER_KEY);
  await other.write(KEY, record(), 0);
  const { message } = await storeErrorOf(() => store.read(KEY));
  expect(message).toContain('connection "acme" of connector "crm"');
  expect(message).toContain(`a key that this process does not have ("${keyId(OTHER_KEY)}")`);
});

test("a store does not open while rows are under a key that is not given; their number is told", async () => {
  const file = await storePath();
  await (await filledStore(file, FIRST_KEY)).close();
  const { message } = await storeErrorOf(() => openStore(file, OTHER_KEY));
  expect(message).toContain(`4 connections under a key that is not given ("${keyId(FIRST_KEY)}")`);
  expect(message).toContain("Add the old key behind the first");
  expect((await openStore(file, FIRST_KEY).read(KEY))?.record).toEqual(record());
});

test("what somebody wrote into the file reaches no terminal as it is", async () => {
  const file = await storePath();
  await (await filledStore(file, FIRST_KEY)).close();
  runSql(file, "UPDATE connection SET key_id = char(27) || '[2J', connection = char(27) || connection");
  expect((await storeErrorOf(() => openStore(file, FIRST_KEY))).message).toContain('"\\u001b[2J"');
  runSql(file, `UPDATE connection SET key_id = '${keyId(FIRST_KEY)}'`);
  expect((await storeErrorOf(() => openStore(file, FIRST_KEY).list())).message).toContain('"\\u001b');
});

test("a new key comes in three steps, in none of which a process fails to read the other's writes", async () => {
  const file = await storePath();
  const before = await filledStore(file, FIRST_KEY);
  const prepared = openStore(file, FIRST_KEY, OTHER_KEY);
  const version = await prepared.write(KEY, record({ connectedAt: 2 }), (await before.read(KEY))?.version ?? 0);
  expect((await before.read(KEY))?.record.connectedAt).toBe(2);
  await before.close();

  const rotated = openStore(file, OTHER_KEY, FIRST_KEY);
  expect(await rotated.read(KEY)).toEqual({ record: record({ connectedAt: 2 }), version });
  expect((await prepared.read(SECOND))?.record).toEqual(record());
  const next = await prepared.write(KEY, record({ connectedAt: 3 }), version ?? 0);
  expect((await rotated.read(KEY))?.version).toBe(next);
  await prepared.close();

  // What the first step wrote meanwhile, under the old key.
  await storeErrorOf(() => openStore(file, OTHER_KEY));
  await openStore(file, OTHER_KEY, FIRST_KEY).close();
  const finished = openStore(file, OTHER_KEY);
  expect((await finished.list()).map(({ record }) => record.connectedAt)).toEqual([3, 1, 1, 1]);
});

test("a changed row does not keep the others from a new key, and is still refused", async () => {
  const file = await storePath();
  await (await filledStore(file, FIRST_KEY)).close();
  runSql(
    file,
    "UPDATE connection SET ciphertext = flip(ciphertext, 0) WHERE connector = 'crm' AND connection = 'globex'",
  );
  const rotated = openStore(file, OTHER_KEY, FIRST_KEY);
  await expectChanged(rotated);
  await rotated.close();
  expect(await openStore(file, OTHER_KEY).list()).toHaveLength(3);
});

test("a writer loses nothing while others change the key", async () => {
  const file = await storePath();
  await (await filledStore(file, FIRST_KEY)).close();
  const writer = await startStoreProcess();
  await writer.open(file, FIRST_KEY, OTHER_KEY);
  const progress = { done: false, rotations: 0 };
  const counting = writer.count(KEY, record(), 40).finally(() => {
    progress.done = true;
  });
  while (!progress.done) {
    await openStore(file, OTHER_KEY, FIRST_KEY).close();
    progress.rotations++;
    await setImmediate();
  }
  expect(new Set(await counting).size).toBe(40);
  expect(progress.rotations).toBeGreaterThan(1);
  await openStore(file, OTHER_KEY, FIRST_KEY).close();
  expect((await openStore(file, OTHER_KEY).read(KEY))?.record.connectedAt).toBe(41);
});

test.each<[string, unknown[], string, string]>([
  ["no key", [], "keys", "none"],
  ["a key of 31 bytes", [new Uint8Array(31)], "keys[0]", "31 bytes"],
  ["a second key of 33 bytes", [newKey(), new Uint8Array(33)], "keys[1]", "33 bytes"],
  ["a key as text", ["k".repeat(32)], "keys[0]", "a string"],
])("%s is refused before a file is made", async (_, keys, path, got) => {
  const file = await storePath();
  const open = (): unknown => openTokenStore({ file, keys: keys as Uint8Array[] });
  expect(open).toThrow(ConfigError);
  expect(open).toThrow(`${path}: got ${got}, wanted`);
  expect(readdirSync(dirname(file))).toEqual([]);
});

test("a store shows no key where it is logged", async () => {
  const store = openStore(await storePath(), new Uint8Array(32).fill(0xab));
  expect(shown(store)).not.toMatch(/abab|171, /);
});
