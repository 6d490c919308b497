import { expect, test, describe } from "vitest";
import { memoryTokenStore } from "../../host/auth/store/memory-store.ts";
import type { ConnectionRecord, TokenStore } from "../../host/auth/store/token-store.ts";
import { startStoreProcess } from "./store-process.ts";
import { KEY, newKey, nobody, openStore, record, storeErrorOf, storePath } from "./store-values.ts";

const STORES: readonly (readonly [what: string, open: () => Promise<TokenStore>])[] = [
  ["the store in memory", async () => memoryTokenStore()],
  ["the store in a file", async () => openStore(await storePath(), newKey())],
];

const OTHER = { connector: "crm", connection: "globex" };

async function versionOf(writing: Promise<number | undefined>): Promise<number> {
  const version = await writing;
  if (version === undefined) throw new Error("another has written first");
  return version;
}

describe.each(STORES)("%s", (_, open) => {
  test("a connection that was never written is not there", async () => {
    expect(await (await open()).read(KEY)).toBeUndefined();
  });

  test.each<[string, ConnectionRecord]>([
    ["with tokens", record()],
    [
      "with a lifetime, and nothing but an access token",
      record({
        tokens: { accessToken: "a", refreshToken: undefined, obtainedAt: 1, expiresAt: 2, scope: undefined },
      }),
    ],
    ["without tokens", record({ tokens: undefined })],
    ["with a refresh under way", record({ refresh: { owner: nobody(), startedAt: 5, sent: true } })],
    ["that needs a person", record({ reauth: { at: 6, reason: "caf\xe9 \u{1f600} \u0000" } })],
    ["whose token is long", record({ grant: "g".repeat(100_000) })],
  ])("a record %s is read as it was written", async (_, written) => {
    const store = await open();
    const version = await versionOf(store.write(KEY, written, 0));
    expect(await store.read(KEY)).toStrictEqual({ record: written, version });
  });

  test("a write that names the stored version gives another version", async () => {
    const store = await open();
    const first = await versionOf(store.write(KEY, record(), 0));
    const second = await versionOf(store.write(KEY, record({ connectedAt: 2 }), first));
    expect(second).not.toBe(first);
    expect(await store.read(KEY)).toEqual({ record: record({ connectedAt: 2 }), version: second });
  });

  test("a write that names another version changes nothing", async () => {
    const store = await open();
    const first = await versionOf(store.write(KEY, record(), 0));
    const version = await versionOf(store.write(KEY, record(), first));
    for (const wrong of [0, first, version + 1, -1]) {
      expect(await store.write(KEY, record({ grant: "late" }), wrong)).toBeUndefined();
    }
    expect(await store.read(KEY)).toEqual({ record: record(), version });
  });

  test("a write that names a version of a connection that is not there makes none", async () => {
    const store = await open();
    expect(await store.write(KEY, record(), 1)).toBeUndefined();
    expect(await store.read(KEY)).toBeUndefined();
  });

  test("of writes that name the same version the first wins", async () => {
    const store = await open();
    const first = await versionOf(store.write(KEY, record(), 0));
    const writes = [1, 2, 3].map((connectedAt) => store.write(KEY, record({ connectedAt }), first));
    expect((await Promise.all(writes)).map((version) => version !== undefined)).toEqual([true, false, false]);
    expect((await store.read(KEY))?.record.connectedAt).toBe(1);
  });

  test("a connection that is made anew does not take a version from the one that was forgotten", async () => {
    const store = await open();
    const version = await versionOf(store.write(KEY, record(), 0));
    await store.delete(KEY);
    await versionOf(store.write(KEY, record({ grant: "grant-2" }), 0));
    expect(await store.write(KEY, record(), version)).toBeUndefined();
    expect((await store.read(KEY))?.record.grant).toBe("grant-2");
  });

  test("a written record is the store's own: what becomes of the caller's objects does not matter", async () => {
    const store = await open();
    const mine = { ...record() };
    await store.write(KEY, mine, 0);
    mine.grant = "changed";
    const read = (await store.read(KEY))?.record as { grant: string };
    expect(read.grant).toBe("grant-1");
    read.grant = "changed";
    const listed = (await store.list())[0]?.record as { grant: string };
    expect(listed.grant).toBe("grant-1");
    listed.grant = "changed";
    expect((await store.read(KEY))?.record.grant).toBe("grant-1");
  });

  test("connections are listed by connector, then by connection, in the order of their code units", async () => {
    const store = await open();
    const keys = [
      ["a", "Z"],
      ["a", "a"],
      ["a", "a\0"],
      ["a", "\u{1f600}"],
      ["a", "\uff5e"],
      ["b", ""],
    ].map(([connector = "", connection = ""]) => ({ connector, connection }));
    for (const key of keys.toReversed()) {
      await store.write(key, record({ grant: key.connection }), 0);
    }
    expect(await store.list()).toStrictEqual(keys.map((key) => ({ key, record: record({ grant: key.connection }) })));
  });

  test("names that differ in any character are other connections", async () => {
    const store = await open();
    const keys = [KEY, OTHER, { connector: "crm2", connection: "acme" }, { connector: "crm", connection: "ACME" }];
    for (const [connectedAt, key] of keys.entries()) await store.write(key, record({ connectedAt }), 0);
    for (const [connectedAt, key] of keys.entries()) {
      expect((await store.read(key))?.record.connectedAt).toBe(connectedAt);
    }
  });

  test("a name with half of a surrogate pair is refused", async () => {
    const store = await open();
    for (const key of [
      { connector: "crm", connection: "a\ud800" },
      { connector: "\udc00", connection: "acme" },
    ]) {
      expect((await storeErrorOf(() => store.write(key, record(), 0))).message).toContain("no Unicode text");
      await storeErrorOf(() => store.read(key));
      await storeErrorOf(() => store.delete(key));
    }
    expect(await store.list()).toEqual([]);
  });

  test("a forgotten connection is not there, and the others are", async () => {
    const store = await open();
    await store.write(KEY, record(), 0);
    await store.write(OTHER, record(), 0);
    expect(await store.delete(KEY)).toBe(true);
    expect(await store.delete(KEY)).toBe(false);
    expect(await store.read(KEY)).toBeUndefined();
    expect((await store.list()).map(({ key }) => key)).toEqual([OTHER]);
  });

  test("its own process is alive; one that nobody has the name of is not", async () => {
    const store = await open();
    expect(await store.isAlive(store.owner)).toBe(true);
    expect(await store.isAlive(nobody())).toBe(false);
    expect(await store.isAlive("")).toBe(false);
  });

  test("two stores have two names", async () => {
    expect((await open()).owner).not.toBe((await open()).owner);
  });

  test("a closed store refuses every call, and closes again", async () => {
    const store = await open();
    await store.write(KEY, record(), 0);
    await store.close();
    await store.close();
    for (const call of [
      () => store.read(KEY),
      () => store.write(KEY, record(), 0),
      () => store.isAlive(store.owner),
      () => store.list(),
      () => store.delete(KEY),
    ]) {
      expect((await storeErrorOf(call)).message).toContain("is closed");
    }
  });
});

test("of writers in several processes exactly one wins each version, and none is lost", async () => {
  const file = await storePath();
  const key = newKey();
  const processes = await Promise.all([1, 2, 3, 4].map(() => startStoreProcess()));
  await Promise.all(processes.map((writer) => writer.open(file, key)));
  const versions = (await Promise.all(processes.map((writer) => writer.count(KEY, record(), 10)))).flat();
  expect(new Set(versions).size).toBe(40);
  expect(await openStore(file, key).read(KEY)).toEqual({
    record: record({ connectedAt: 40 }),
    version: Math.max(...versions),
  });
});

test("processes that open a store at the same time share one", async () => {
  const file = await storePath();
  const key = newKey();
  const processes = await Promise.all([1, 2, 3, 4].map(() => startStoreProcess()));
  const opened = processes.map(async (writer, index) => {
    await writer.open(file, key);
    await writer.write({ connector: "crm", connection: `${index}` }, record(), 0);
  });
  await Promise.all(opened);
  expect(await openStore(file, key).list()).toHaveLength(4);
});

test("what was written is there for others before the promise of the write has resolved", async () => {
  const file = await storePath();
  const key = newKey();
  const [writer, reader] = [openStore(file, key), openStore(file, key)];
  const writing = writer.write(KEY, record(), 0);
  const reading = reader.read(KEY);
  expect(await reading).toEqual({ record: record(), version: await writing });
});

test("what was written survives a process that is killed as soon as the write has returned", async () => {
  const file = await storePath();
  const key = newKey();
  const writer = await startStoreProcess();
  await writer.open(file, key);
  await expect(writer.writeAndDie(KEY, record(), 0)).rejects.toThrow("the process ended");
  expect((await openStore(file, key).read(KEY))?.record).toEqual(record());
});
