import fc from "fast-check";
import { expect, test } from "vitest";
import { Refresher, type RenewalGrant } from "../../host/auth/oauth/refresh.ts";
import type { TokenOutcome } from "../../host/auth/oauth/token-endpoint.ts";
import type { ConnectionRecord, StoredConnection, Tokens, TokenStore } from "../../host/auth/store/token-store.ts";
import { HttpFailure, TokenStoreError } from "../../host/errors.ts";

const HOUR = 3_600_000;
const KEY = { connector: "crm", connection: "default" };

/** One row that several processes share. */
class SharedRow {
  stored: StoredConnection | undefined;
  readonly dead: Set<string> = new Set();
  failing = 0;

  constructor(record: ConnectionRecord | undefined) {
    this.stored = record && { record, version: 1 };
  }

  /** The store as one process sees it. What a dead process asks is never answered. */
  view(owner: string, pause: () => Promise<void> = () => Promise.resolve()): TokenStore {
    const operation = async <T>(work: () => T): Promise<T> => {
      await pause();
      if (this.dead.has(owner)) return new Promise<never>(() => {});
      if (this.failing > 0) {
        this.failing -= 1;
        throw new TokenStoreError("the disk is full");
      }
      return work();
    };
    return {
      owner,
      read: () => operation(() => this.stored),
      write: (_key, record, expected) =>
        operation(() => {
          if ((this.stored?.version ?? 0) !== expected) return undefined;
          this.stored = { record, version: expected + 1 };
          return this.stored.version;
        }),
      isAlive: (other) => operation(() => !this.dead.has(other)),
      list: () => operation(() => []),
      delete: () => operation(() => true),
      close: () => Promise.resolve(),
    };
  }
}

function tokens(n: number, left = HOUR): Tokens {
  return {
    accessToken: `access-token-number-${n}`,
    refreshToken: `refresh-token-number-${n}`,
    obtainedAt: Date.now(),
    expiresAt: Date.now() + left,
    scope: undefined,
  };
}

function record(more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    grant: "grant-1",
    connectedAt: 1,
    tokens: { ...tokens(0, -1), obtainedAt: 1 },
    refresh: undefined,
    reauth: undefined,
    ...more,
  };
}

/** An authorization server that rotates refresh tokens and takes each one once. */
class Rotation {
  readonly sent: string[] = [];
  current = 0;
  outcome: TokenOutcome | undefined;

  async refresh(refreshToken: string, beforeSend: () => Promise<void>): Promise<TokenOutcome> {
    await beforeSend();
    this.sent.push(refreshToken);
    if (this.outcome !== undefined) return this.outcome;
    if (refreshToken !== `refresh-token-number-${this.current}`) return refusal("invalid-grant");
    this.current += 1;
    return { tokens: tokens(this.current), refusal: undefined };
  }

  async clientCredentials(beforeSend: () => Promise<void>): Promise<TokenOutcome> {
    await beforeSend();
    this.sent.push("client credentials");
    if (this.outcome !== undefined) return this.outcome;
    this.current += 1;
    return { tokens: { ...tokens(this.current), refreshToken: undefined }, refusal: undefined };
  }
}

function refusal(kind: "invalid-grant" | "unavailable" | "misconfigured", retryAfter?: number): TokenOutcome {
  return { tokens: undefined, refusal: { kind, message: "the server said so", detail: kind, retryAfter } };
}

function refresher(row: SharedRow, source: Rotation, owner = "one", grant: RenewalGrant = "refresh_token"): Refresher {
  return new Refresher({ connector: KEY.connector, grant, store: row.view(owner), source });
}

const fresh = ({ expiresAt = Infinity }: Tokens): boolean => expiresAt > Date.now();

async function codeOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => "tokens",
    (error: unknown) => error,
  );
  return outcome instanceof HttpFailure ? outcome.code : String(outcome);
}

test("many callers in one process share one refresh", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const one = refresher(row, source);
  const given = await Promise.all(Array.from({ length: 16 }, () => one.refresh("default", fresh)));
  expect(new Set(given.map(({ accessToken }) => accessToken))).toEqual(new Set(["access-token-number-1"]));
  expect(source.sent).toEqual(["refresh-token-number-0"]);
});

test("new tokens are stored before anybody is given them", async () => {
  const row = new SharedRow(record());
  const { accessToken } = await refresher(row, new Rotation()).refresh("default", fresh);
  expect(row.stored?.record).toMatchObject({ tokens: { accessToken }, refresh: undefined, reauth: undefined });
});

test("the mark says that the refresh token was sent before it leaves, and not earlier", async () => {
  const row = new SharedRow(record());
  const seen: (boolean | undefined)[] = [];
  const source = new Rotation();
  const { refresh } = source;
  source.refresh = async (refreshToken, beforeSend) => {
    seen.push(row.stored?.record.refresh?.sent);
    const outcome = await refresh.call(source, refreshToken, async () => {
      await beforeSend();
      seen.push(row.stored?.record.refresh?.sent);
    });
    return outcome;
  };
  await refresher(row, source).refresh("default", fresh);
  expect(seen).toEqual([false, true]);
});

test("a refresh that a dead process had sent is reauth-needed, and nothing is sent again", async () => {
  const row = new SharedRow(record({ refresh: { owner: "gone", startedAt: 1, sent: true } }));
  row.dead.add("gone");
  const source = new Rotation();
  const one = refresher(row, source);
  expect(await codeOf(one.refresh("default", fresh))).toBe("reauth-needed");
  expect(await codeOf(one.refresh("default", fresh))).toBe("reauth-needed");
  expect(source.sent).toEqual([]);
  expect(row.stored?.record).toMatchObject({
    refresh: undefined,
    reauth: { reason: expect.stringContaining("ended") },
  });
});

test("a refresh that a dead process had not sent yet is taken over", async () => {
  const row = new SharedRow(record({ refresh: { owner: "gone", startedAt: 1, sent: false } }));
  row.dead.add("gone");
  expect((await refresher(row, new Rotation()).refresh("default", fresh)).accessToken).toBe("access-token-number-1");
});

test("client credentials that a dead process had asked for are asked for again", async () => {
  const row = new SharedRow(record({ refresh: { owner: "gone", startedAt: 1, sent: true } }));
  row.dead.add("gone");
  const one = refresher(row, new Rotation(), "one", "client_credentials");
  expect((await one.refresh("default", fresh)).accessToken).toBe("access-token-number-1");
});

test("client credentials need no connection to begin with", async () => {
  const row = new SharedRow(undefined);
  const one = refresher(row, new Rotation(), "one", "client_credentials");
  expect(await one.current("default")).toBeUndefined();
  expect((await one.refresh("default", fresh)).accessToken).toBe("access-token-number-1");
  expect((await one.current("default"))?.accessToken).toBe("access-token-number-1");
});

test("a connection that does not exist is auth-unavailable", async () => {
  const one = refresher(new SharedRow(undefined), new Rotation());
  expect(await codeOf(one.current("default"))).toBe("auth-unavailable");
  expect(await codeOf(one.refresh("default", fresh))).toBe("auth-unavailable");
});

test("invalid_grant is reauth-needed for good, and the server is not asked again", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  source.outcome = refusal("invalid-grant");
  const one = refresher(row, source);
  expect(await codeOf(one.refresh("default", fresh))).toBe("reauth-needed");
  expect(await codeOf(refresher(row, source, "two").refresh("default", fresh))).toBe("reauth-needed");
  expect(source.sent.length).toBe(1);
});

test.each([
  ["unavailable", "refresh-unavailable"],
  ["misconfigured", "auth-unavailable"],
] as const)("%s is %s, clears the mark and leaves the server alone for a while", async (kind, code) => {
  const row = new SharedRow(record());
  const source = new Rotation();
  source.outcome = refusal(kind);
  const one = refresher(row, source);
  expect(await codeOf(one.refresh("default", fresh))).toBe(code);
  expect(await codeOf(one.refresh("default", fresh))).toBe(code);
  expect(source.sent.length).toBe(1);
  expect(row.stored?.record).toMatchObject({ refresh: undefined, reauth: undefined });

  source.outcome = undefined;
  const later = refresher(row, source, "two");
  expect((await later.refresh("default", fresh)).accessToken).toBe("access-token-number-1");
});

test("tokens that the store did not take are kept and stored before anything else", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const { refresh } = source;
  source.refresh = async (...parameters) => {
    const outcome = await refresh.apply(source, parameters);
    row.failing = 2;
    return outcome;
  };
  const one = refresher(row, source);
  expect(await codeOf(one.refresh("default", fresh))).toBe("refresh-unavailable");
  expect(await codeOf(one.refresh("default", fresh))).toBe("refresh-unavailable");
  expect((await one.refresh("default", fresh)).accessToken).toBe("access-token-number-1");
  expect(row.stored?.record.tokens?.refreshToken).toBe("refresh-token-number-1");
  expect(source.sent.length).toBe(1);
});

test("a fault of the host while it refreshes leaves no mark that keeps others waiting", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const { refresh } = source;
  source.refresh = () => Promise.reject(new TypeError("a fault"));
  const one = refresher(row, source);
  expect(await codeOf(one.refresh("default", fresh))).toBe("other");
  source.refresh = refresh;
  expect((await one.refresh("default", fresh)).accessToken).toBe("access-token-number-1");
});

test("a process that was taken for dead and gets its answer after all has the last word", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const { refresh } = source;
  source.refresh = async (...parameters) => {
    const outcome = await refresh.apply(source, parameters);
    row.stored = {
      record: record({ reauth: { at: 1, reason: "taken for dead" } }),
      version: (row.stored?.version ?? 0) + 1,
    };
    return outcome;
  };
  expect((await refresher(row, source).refresh("default", fresh)).accessToken).toBe("access-token-number-1");
  expect(row.stored?.record).toMatchObject({ reauth: undefined, tokens: { accessToken: "access-token-number-1" } });
});

test("a person who connects again while a refresh is under way has the last word", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const { refresh } = source;
  const connected = record({ grant: "grant-2", tokens: tokens(50) });
  source.refresh = async (...parameters) => {
    const outcome = await refresh.apply(source, parameters);
    row.stored = { record: connected, version: (row.stored?.version ?? 0) + 1 };
    return outcome;
  };
  expect((await refresher(row, source).refresh("default", fresh)).accessToken).toBe("access-token-number-50");
  expect(row.stored?.record).toEqual(connected);
});

test("a connection that is removed while a refresh is under way stays removed", async () => {
  const row = new SharedRow(record());
  const source = new Rotation();
  const { refresh } = source;
  source.refresh = async (...parameters) => {
    const outcome = await refresh.apply(source, parameters);
    row.stored = undefined;
    return outcome;
  };
  expect(await codeOf(refresher(row, source).refresh("default", fresh))).toBe("auth-unavailable");
  expect(row.stored).toBeUndefined();
});

test("close waits for the answer of a refresh that nobody waits for", async () => {
  const row = new SharedRow(record());
  const one = refresher(row, new Rotation());
  void one.refresh("default", fresh);
  await one.close();
  expect(row.stored?.record.tokens?.accessToken).toBe("access-token-number-1");
});

test("close does not wait for a refresh of another process", async () => {
  const row = new SharedRow(record({ refresh: { owner: "slow", startedAt: 1, sent: true } }));
  const one = refresher(row, new Rotation());
  const waiting = codeOf(one.refresh("default", fresh));
  await one.close();
  expect(await waiting).toBe("cancelled");
});

test("however processes interleave and die: no refresh token is sent twice, no stored token is lost, nobody hangs", async () => {
  const steps = fc.array(fc.nat(5), { minLength: 30, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat(40), { maxLength: 3 }), async (pauses, deaths) => {
      const row = new SharedRow(record());
      const source = new Rotation();
      let step = 0;
      let acknowledged = 0;
      const pause = async (owner: string): Promise<void> => {
        step += 1;
        if (deaths.includes(step) && row.dead.size < 3) row.dead.add(owner);
        for (let i = pauses[step % pauses.length] ?? 0; i > 0; i -= 1) await Promise.resolve();
        if (row.dead.has(owner)) await new Promise<never>(() => {});
      };
      const processes = ["a", "b", "c", "d"].map(async (owner) => {
        const slow: Pick<Rotation, "refresh" | "clientCredentials"> = {
          refresh: async (refreshToken, beforeSend) => {
            await pause(owner);
            const outcome = await source.refresh(refreshToken, async () => {
              await beforeSend();
              await pause(owner);
            });
            await pause(owner);
            return outcome;
          },
          clientCredentials: source.clientCredentials,
        };
        const one = new Refresher({
          connector: KEY.connector,
          grant: "refresh_token",
          store: row.view(owner, () => pause(owner)),
          source: slow,
        });
        const { accessToken } = await one.refresh("default", fresh);
        acknowledged = Math.max(acknowledged, Number(accessToken.slice("access-token-number-".length)));
      });
      const ends = processes.map((work) =>
        work.then(
          () => "tokens",
          (error: unknown) => (error as HttpFailure).code,
        ),
      );
      const living = (): Promise<string>[] => ends.filter((_, i) => !row.dead.has("abcd"[i] ?? ""));
      // Who dies never ends, so what is waited for shrinks while it is waited for.
      while ((await Promise.race([Promise.all(living()), tick()])) === undefined);
      const outcomes = await Promise.all(living());

      expect(new Set(source.sent).size).toBe(source.sent.length);
      expect(
        Number(row.stored?.record.tokens?.accessToken.slice("access-token-number-".length)),
      ).toBeGreaterThanOrEqual(acknowledged);
      if (row.dead.size === 0) expect([outcomes, source.sent.length]).toEqual([Array(4).fill("tokens"), 1]);
      for (const outcome of outcomes) expect(["tokens", "reauth-needed"]).toContain(outcome);
      if (outcomes.includes("reauth-needed")) expect(source.sent.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 150 },
  );
});

function tick(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), 5));
}
