import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { expect, test } from "vitest";
import { startStoreProcess } from "./store-process.ts";
import { newKey, nobody, openStore, storeErrorOf, storePath } from "./store-values.ts";

const KEY = newKey();

/** The owners whose files stand beside a store. */
function ownerFiles(file: string): string[] {
  const prefix = `${basename(file)}-owner-`;
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length));
}

test("a process is alive while it runs, and dead when it was killed", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const other = await startStoreProcess();
  const owner = await other.open(file, KEY);
  expect(await store.isAlive(owner)).toBe(true);
  expect(await other.isAlive(store.owner)).toBe(true);
  await other.kill();
  expect(await store.isAlive(owner)).toBe(false);
  expect(await store.isAlive(owner)).toBe(false);
});

test("a process that closed its store is dead, though it runs", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const other = await startStoreProcess();
  const owner = await other.open(file, KEY);
  await other.close();
  expect(await store.isAlive(owner)).toBe(false);
});

test("a process that opens its store again has another name, and the one before is dead", async () => {
  const file = await storePath();
  const other = await startStoreProcess();
  const before = await other.open(file, KEY);
  await other.close();
  const after = await other.open(file, KEY);
  expect(after).not.toBe(before);
  expect([await other.isAlive(before), await other.isAlive(after)]).toEqual([false, true]);
});

test("two stores of one process are both alive, to each other and to other processes, until each is closed", async () => {
  const file = await storePath();
  const [first, second] = [openStore(file, KEY), openStore(file, KEY)];
  const other = await startStoreProcess();
  await other.open(file, KEY);
  for (let round = 0; round < 2; round++) {
    expect([await first.isAlive(second.owner), await second.isAlive(first.owner)]).toEqual([true, true]);
    expect([await other.isAlive(first.owner), await other.isAlive(second.owner)]).toEqual([true, true]);
  }
  await first.close();
  expect(await second.isAlive(first.owner)).toBe(false);
  expect([await other.isAlive(first.owner), await other.isAlive(second.owner)]).toEqual([false, true]);
});

test("a thread's store is alive until the thread ends", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const thread = new Worker(new URL("store-thread.ts", import.meta.url), { workerData: { file, key: KEY } });
  const [owner] = (await once(thread, "message")) as [string];
  expect(await store.isAlive(owner)).toBe(true);
  await thread.terminate();
  expect(await store.isAlive(owner)).toBe(false);
  const other = await startStoreProcess();
  await other.open(file, KEY);
  expect(await other.isAlive(store.owner)).toBe(true);
});

test("processes that ask about a dead one at the same time all learn that it is dead", async () => {
  const file = await storePath();
  const others = await Promise.all([1, 2, 3].map(() => startStoreProcess()));
  await Promise.all(others.map((other) => other.open(file, KEY)));
  for (let round = 0; round < 3; round++) {
    const victim = await startStoreProcess();
    const owner = await victim.open(file, KEY);
    await victim.kill();
    expect(await Promise.all(others.map((other) => other.isAlive(owner)))).toEqual([false, false, false]);
  }
});

test("a store that is opened over a symbolic link knows the owners of those that are not", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const link = await storePath();
  symlinkSync(file, link);
  const linked = openStore(link, KEY);
  expect([await store.isAlive(linked.owner), await linked.isAlive(store.owner)]).toEqual([true, true]);
});

test("nothing of an owner is left beside the store when it was closed, or found dead, or when another is opened", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const killed = async (): Promise<string> => {
    const victim = await startStoreProcess();
    const owner = await victim.open(file, KEY);
    await victim.kill();
    return owner;
  };
  const [first, second] = [await killed(), await killed()];
  expect(ownerFiles(file)).not.toContain(first);
  expect(ownerFiles(file).toSorted()).toEqual([store.owner, second].toSorted());
  expect(await store.isAlive(second)).toBe(false);
  expect(ownerFiles(file)).toEqual([store.owner]);
  const third = await killed();
  const opened = openStore(file, KEY);
  expect(ownerFiles(file)).not.toContain(third);
  await opened.close();
  await store.close();
  expect(readdirSync(dirname(file))).toEqual([basename(file)]);
});

test("a process knows that it lives itself, also where its file was taken away", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  rmSync(`${file}-owner-${store.owner}`);
  expect(await store.isAlive(store.owner)).toBe(true);
});

test.runIf(process.platform === "linux")("a process that asks often holds no more files open than before", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const other = await startStoreProcess();
  const owner = await other.open(file, KEY);
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 50; round++) expect(await store.isAlive(owner)).toBe(true);
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});

test("an owner's file is for its user alone", async () => {
  const file = await storePath();
  const { owner } = openStore(file, KEY);
  expect(statSync(`${file}-owner-${owner}`).mode & 0o777).toBe(0o600);
});

test("a name that is no owner's reaches no file", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const precious = join(dirname(file), "precious");
  for (const name of [`${basename(file)}-owner-`, `${basename(file)}-owner-x`, "precious"]) {
    writeFileSync(join(dirname(file), name), "");
  }
  for (const owner of ["", "x", "/../precious", `x/../../${basename(precious)}`, `${nobody()}/../precious`]) {
    expect(await store.isAlive(owner)).toBe(false);
  }
  openStore(file, KEY);
  expect(existsSync(precious)).toBe(true);
  expect(ownerFiles(file)).toEqual(expect.arrayContaining(["", "x"]));
});

test("an owner whose file cannot be read is not taken for dead", async () => {
  const file = await storePath();
  const store = openStore(file, KEY);
  const owner = nobody();
  const path = `${file}-owner-${owner}`;
  writeFileSync(path, "what stands here is no lock");
  const { message } = await storeErrorOf(() => store.isAlive(owner));
  expect(message).toContain(path);
  expect(message).toContain("delete it");
  openStore(file, KEY);
  expect(readFileSync(path, "utf8")).toBe("what stands here is no lock");
});
