/** Whose grant it is: a connector's connection. */
export interface ConnectionKey {
  /** The connector's name, as its manifest spells it. */
  readonly connector: string;
  /** Which of the connector's connections: a customer's account. */
  readonly connection: string;
}

/** What the token endpoint gave. */
export interface Tokens {
  readonly accessToken: string;
  /** Undefined where there is none, as with client credentials. */
  readonly refreshToken: string | undefined;
  /** Milliseconds since the epoch, taken before the request for it left. */
  readonly obtainedAt: number;
  /** Milliseconds since the epoch; undefined where the server named no lifetime. */
  readonly expiresAt: number | undefined;
  /** As the server granted them. */
  readonly scope: string | undefined;
}

/** A refresh that a process has begun. */
export interface RefreshMark {
  /** {@link TokenStore.owner} of that process. */
  readonly owner: string;
  readonly startedAt: number;
  /** Whether the refresh token may have left. Written before its first byte does. */
  readonly sent: boolean;
}

/** All that is kept of one connection. */
export interface ConnectionRecord {
  /** Which grant it is: another one each time a person connects. */
  readonly grant: string;
  readonly connectedAt: number;
  /** Undefined before the first token of a client that needs no person. */
  readonly tokens: Tokens | undefined;
  readonly refresh: RefreshMark | undefined;
  /** Why a person has to connect again; undefined where nobody has to. */
  readonly reauth: { readonly at: number; readonly reason: string } | undefined;
}

/** A record, and the version that a write has to name. */
export interface StoredConnection {
  readonly record: ConnectionRecord;
  readonly version: number;
}

/** A connection and what is kept of it. */
export interface ListedConnection {
  readonly key: ConnectionKey;
  readonly record: ConnectionRecord;
}

/**
 * Where connections are kept: the one piece of state that outlives a process, and that processes share. It compares
 * and sets, and knows nothing of OAuth. A store in another database implements this.
 *
 * Every method rejects with a `TokenStoreError` where the store cannot be used.
 */
export interface TokenStore {
  /** What this process is called in {@link RefreshMark.owner}. No other process, nor this one after a restart, has the name. */
  readonly owner: string;

  /** Undefined where there is no such connection. */
  read(key: ConnectionKey): Promise<StoredConnection | undefined>;

  /**
   * Writes where the stored version is still `expected`, 0 for no connection yet. What was written survives a crash
   * from the moment the promise resolves.
   *
   * @returns the new version, or undefined where another has written first: nothing was changed.
   */
  write(key: ConnectionKey, record: ConnectionRecord, expected: number): Promise<number | undefined>;

  /** Whether the process of that name still runs: false only where it certainly does not. */
  isAlive(owner: string): Promise<boolean>;

  /** By connector, then by connection. */
  list(): Promise<readonly ListedConnection[]>;

  /** Forgets a connection. Returns whether there was one. */
  delete(key: ConnectionKey): Promise<boolean>;

  /** Ends this process's share of the store. */
  close(): Promise<void>;
}
