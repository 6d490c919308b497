import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type {
  ConnectionKey,
  ConnectionRecord,
  StoredConnection,
  TokenStore,
} from "../../host/auth/store/token-store.ts";
import type { StoreReply } from "./store-process.ts";

/** What a process does when it is told to, with the store that it opened last. */
export interface StoreCalls {
  /** Resolves with the owner's name. */
  open(file: string, ...keys: Uint8Array[]): Promise<string>;
  read(key: ConnectionKey): Promise<StoredConnection | undefined>;
  write(key: ConnectionKey, record: ConnectionRecord, expected: number): Promise<number | undefined>;
  isAlive(owner: string): Promise<boolean>;
  close(): Promise<void>;
  /** Adds one to `connectedAt` until that has succeeded so often, and resolves with the versions that it wrote. */
  count(key: ConnectionKey, record: ConnectionRecord, times: number): Promise<readonly number[]>;
  /** Kills the process as soon as `write` has returned its promise. */
  writeAndDie(key: ConnectionKey, record: ConnectionRecord, expected: number): Promise<void>;
}

let store: TokenStore;

const CALLS: StoreCalls = {
  async open(file, ...keys) {
    store = openTokenStore({ file, keys });
    return store.owner;
  },
  read: (key) => store.read(key),
  write: (key, record, expected) => store.write(key, record, expected),
  isAlive: (owner) => store.isAlive(owner),
  close: () => store.close(),
  async count(key, record, times) {
    const versions: number[] = [];
    while (versions.length < times) {
      const stored = await store.read(key);
      const next = { ...record, connectedAt: (stored?.record.connectedAt ?? 0) + 1 };
      const version = await store.write(key, next, stored?.version ?? 0);
      if (version !== undefined) versions.push(version);
    }
    return versions;
  },
  async writeAndDie(key, record, expected) {
    void store.write(key, record, expected);
    process.kill(process.pid, "SIGKILL");
  },
};

async function answer(name: keyof StoreCalls, args: never[]): Promise<StoreReply> {
  try {
    return { value: await (CALLS[name] as (...args: never[]) => Promise<unknown>)(...args) };
  } catch (error) {
    return { error: String(error) };
  }
}

process.on("message", async ([name, ...args]: [keyof StoreCalls, ...never[]]) => {
  process.send?.(await answer(name, args));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
