import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { ConnectionRecord, TokenStore } from "../../host/auth/store/token-store.ts";
import { backfill, folderOf } from "../support/cli.ts";

const KEY = Buffer.alloc(32, 9);
const ENV = { TOKENS_KEY: KEY.toString("hex") };
const CONFIG = 'export default { tokens: { file: "tokens.db", key: { env: "TOKENS_KEY" } } };\n';
const ACCESS = "access-token-0123456789";
const REFRESH = "refresh-token-0123456789";
const CRASHED = "a process ended while it refreshed the token";
const CONNECTED_AT = Date.parse("2026-01-02T03:04:05Z");

let folder: string;

beforeEach(async () => {
  folder = await folderOf({ "backfill.config.ts": CONFIG });
});

function record({
  tokens,
  ...more
}: Omit<Partial<ConnectionRecord>, "tokens"> & { tokens?: object } = {}): ConnectionRecord {
  const now = Date.now();
  return {
    grant: randomUUID(),
    connectedAt: CONNECTED_AT,
    tokens: {
      accessToken: ACCESS,
      refreshToken: REFRESH,
      obtainedAt: now,
      expiresAt: now + 3_630_000,
      scope: "customers.read",
      ...tokens,
    },
    refresh: undefined,
    reauth: undefined,
    ...more,
  };
}

/** Stores records under connector `crm`, by connection, and keeps the store open while the work is done. */
async function stored<T>(
  records: (store: TokenStore) => Readonly<Record<string, ConnectionRecord>>,
  work: () => Promise<T>,
): Promise<T> {
  const store = openTokenStore({ file: join(folder, "tokens.db"), keys: [KEY] });
  try {
    for (const [connection, one] of Object.entries(records(store))) {
      await store.write({ connector: "crm", connection }, one, 0);
    }
    return await work();
  } finally {
    await store.close();
  }
}

/** One connection in each state that there is. */
function everyState(store: TokenStore): Record<string, ConnectionRecord> {
  const mark = { startedAt: Date.now(), sent: true };
  const tokens = { expiresAt: Date.now() - 1, refreshToken: undefined };
  return {
    "a-ready": record(),
    "b-refreshing": record({ refresh: { ...mark, owner: store.owner } }),
    "c-reauth": record({ reauth: { at: 1, reason: "the grant was revoked" } }),
    "d-crashed": record({ refresh: { ...mark, owner: randomUUID() } }),
    "e-crashed-before": record({ refresh: { ...mark, owner: randomUUID(), sent: false } }),
    "f-expired": record({ tokens }),
    "g-refreshable": record({ tokens: { expiresAt: Date.now() - 1 } }),
    "h-no-lifetime": record({ tokens: { expiresAt: undefined, scope: undefined, refreshToken: undefined } }),
  };
}

describe("connections", () => {
  test("--json gives each with its state, and never a token", async () => {
    const { code, stdout, stderr } = await stored(everyState, () =>
      backfill(["connections", "--json"], { folder, env: ENV }),
    );
    const listed = JSON.parse(stdout) as Record<string, unknown>[];
    expect(listed.map(({ connection, state, reason }) => [connection, state, reason])).toEqual([
      ["a-ready", "ready", null],
      ["b-refreshing", "refreshing", null],
      ["c-reauth", "reauth-needed", "the grant was revoked"],
      ["d-crashed", "reauth-needed", CRASHED],
      ["e-crashed-before", "ready", null],
      ["f-expired", "expired", null],
      ["g-refreshable", "ready", null],
      ["h-no-lifetime", "ready", null],
    ]);
    expect(listed[0]).toEqual({
      connector: "crm",
      connection: "a-ready",
      state: "ready",
      reason: null,
      expiresAt: expect.stringMatching(/Z$/) as string,
      scope: "customers.read",
      refreshable: true,
      connectedAt: "2026-01-02T03:04:05.000Z",
    });
    expect(listed.at(-1)).toMatchObject({ expiresAt: null, scope: null, refreshable: false });
    for (const token of [ACCESS, REFRESH, ENV.TOKENS_KEY]) expect(stdout + stderr).not.toContain(token);
    expect(code).toBe(0);
  });

  test("without --json it is a table, which holds no token either", async () => {
    const { code, stdout, stderr } = await stored(everyState, () => backfill(["connections"], { folder, env: ENV }));
    const at = "2026-01-02T03:04:05.000Z";
    expect(stdout.split("\n").map((row) => row.split(/ {2,}/))).toEqual([
      ["CONNECTOR", "CONNECTION", "EXPIRES IN", "REFRESHABLE", "CONNECTED AT", "SCOPE", "STATE"],
      ["crm", "a-ready", "60 min", "yes", at, "customers.read", "ready"],
      ["crm", "b-refreshing", "60 min", "yes", at, "customers.read", "refreshing"],
      ["crm", "c-reauth", "60 min", "yes", at, "customers.read", "reauth needed: the grant was revoked"],
      ["crm", "d-crashed", "60 min", "yes", at, "customers.read", `reauth needed: ${CRASHED}`],
      ["crm", "e-crashed-before", "60 min", "yes", at, "customers.read", "ready"],
      ["crm", "f-expired", "run out", "no", at, "customers.read", "expired"],
      ["crm", "g-refreshable", "run out", "yes", at, "customers.read", "ready"],
      ["crm", "h-no-lifetime", "-", "no", at, "-", "ready"],
      [""],
    ]);
    for (const token of [ACCESS, REFRESH, ENV.TOKENS_KEY]) expect(stdout + stderr).not.toContain(token);
    expect(code).toBe(0);
  });

  test("what a server put into a scope or a reason forges no row", async () => {
    const forged = record({
      tokens: { scope: "a\u001b[2J\ncrm  forged  ready" },
      reauth: { at: 1, reason: "b\r\nc\u2028d" },
    });
    const { stdout } = await stored(
      () => ({ one: forged }),
      () => backfill(["connections"], { folder, env: ENV }),
    );
    expect(stdout.split("\n")).toHaveLength(3);
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  test("where there is none, that is said, and --json gives an empty array", async () => {
    const { code, stdout, stderr } = await backfill(["connections"], { folder, env: ENV });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("There is no connection yet");
    expect((await backfill(["connections", "--json"], { folder, env: ENV })).stdout).toBe("[]\n");
  });

  test("a configuration without a store, and a key that is another, are failures", async () => {
    const without = await folderOf({ "backfill.config.ts": "export default {};\n" });
    const none = await backfill(["connections"], { folder: without });
    expect(none.stderr).toContain("error: tokens: got nothing, wanted where connections are kept.");
    await stored(everyState, async () => {});
    const other = await backfill(["connections"], { folder, env: { TOKENS_KEY: "0".repeat(64) } });
    expect(other.stderr).toMatch(/^error: The token store .*tokens\.db holds 8 connections under a key/);
    expect([none.code, other.code]).toEqual([1, 1]);
  });
});

describe("disconnect", () => {
  test("deletes that connection and no other", async () => {
    await stored(
      () => ({ default: record(), other: record() }),
      async () => {},
    );
    const deleted = await backfill(["disconnect", "crm"], { folder, env: ENV });
    expect(deleted).toMatchObject({ code: 0, stdout: 'crm, connection "default": deleted\n' });
    const { stdout } = await backfill(["connections", "--json"], { folder, env: ENV });
    expect(JSON.parse(stdout)).toMatchObject([{ connection: "other" }]);
    const json = await backfill(["disconnect", "crm", "--connection", "other", "--json"], { folder, env: ENV });
    expect(JSON.parse(json.stdout)).toEqual({ connector: "crm", connection: "other" });
  });

  test("a connection that is not there is a failure that names it", async () => {
    const { code, stderr } = await backfill(["disconnect", "crm", "--connection", "none"], { folder, env: ENV });
    expect(stderr).toContain('error: crm, connection "none": there is no such connection');
    expect(code).toBe(1);
  });
});
