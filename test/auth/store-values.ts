import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { ConnectionKey, ConnectionRecord, TokenStore } from "../../host/auth/store/token-store.ts";
import { TokenStoreError } from "../../host/errors.ts";

export const KEY: ConnectionKey = { connector: "crm", connection: "acme" };
export const ACCESS_TOKEN = "plain-access-token-0123456789";
export const REFRESH_TOKEN = "plain-refresh-token-0123456789";

/** A record with tokens, unless it says otherwise. */
export function record(changes: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    grant: "grant-1",
    connectedAt: 1,
    tokens: {
      accessToken: ACCESS_TOKEN,
      refreshToken: REFRESH_TOKEN,
      obtainedAt: 2,
      expiresAt: undefined,
      scope: "read write",
    },
    refresh: undefined,
    reauth: undefined,
    ...changes,
  };
}

export function newKey(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** The path of a store that is not there yet, in a folder that goes with the test. */
export async function storePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "tokens.db");
}

/** An open store, which is closed with the test. */
export function openStore(file: string, ...keys: Uint8Array[]): TokenStore {
  const store = openTokenStore({ file, keys });
  onTestFinished(() => store.close());
  return store;
}

/** Runs SQL on a store's file, as somebody could who may write to it. `flip(bytes, index)` changes a bit. */
export function runSql(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.function("flip", (bytes, index) =>
    (bytes as Uint8Array).with(Number(index), ((bytes as Uint8Array)[Number(index)] ?? 0) ^ 1),
  );
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** What a store refuses with. */
export async function storeErrorOf(run: () => unknown): Promise<TokenStoreError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TokenStoreError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Another name of no process. */
export function nobody(): string {
  return randomUUID();
}
