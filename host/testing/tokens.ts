import { memoryTokenStore } from "../auth/store/memory-store.ts";
import type { ConnectionRecord, TokenStore } from "../auth/store/token-store.ts";

/** The token that connectors use where nothing is sent. It opens nothing. */
const STAND_IN = "stand-in-access-token";

const DAY = 24 * 60 * 60 * 1000;

/** A store in which every connection is there, with a token that lives. Nothing in it is real. */
export function standInTokens(): TokenStore {
  const store = memoryTokenStore();
  return {
    owner: store.owner,
    async read(key) {
      await store.write(key, standIn(), 0);
      return store.read(key);
    },
    write: (key, record, expected) => store.write(key, record, expected),
    isAlive: (owner) => store.isAlive(owner),
    list: () => store.list(),
    delete: (key) => store.delete(key),
    close: () => store.close(),
  };
}

function standIn(): ConnectionRecord {
  const now = Date.now();
  return {
    grant: "stand-in",
    connectedAt: now,
    tokens: {
      accessToken: STAND_IN,
      refreshToken: undefined,
      obtainedAt: now,
      expiresAt: now + 365 * DAY,
      scope: undefined,
    },
    refresh: undefined,
    reauth: undefined,
  };
}
