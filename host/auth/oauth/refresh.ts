import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { HttpFailure, TokenStoreError, type FailureCode } from "../../errors.ts";
import { isNew, lives } from "./lifetime.ts";
import type { BeforeSend, TokenOutcome, TokenRefusal } from "./token-endpoint.ts";
import type { ConnectionKey, ConnectionRecord, StoredConnection, Tokens, TokenStore } from "../store/token-store.ts";

/** The grants that tokens are renewed by (RFC 6749, sections 6 and 4.4). */
export type RenewalGrant = "refresh_token" | "client_credentials";

/** Asks the token endpoint. Never rejects for what the network or the server does. */
export interface TokenSource {
  refresh(refreshToken: string, beforeSend: BeforeSend): Promise<TokenOutcome>;
  clientCredentials(beforeSend: BeforeSend): Promise<TokenOutcome>;
}

type Suffice = (tokens: Tokens, connectedAt: number) => boolean;

/** What a {@link Refresher} is made with. */
export interface RefresherOptions {
  readonly connector: string;
  readonly grant: RenewalGrant;
  readonly store: TokenStore;
  readonly source: TokenSource;
}

/** Milliseconds between two looks at a refresh of another process. */
const POLL = 20;
/** Milliseconds after which a refresh of another process that still runs is not waited for any longer. */
const PATIENCE = 90_000;
/** Milliseconds for which the token endpoint is left alone after it gave no token. */
const PAUSE = 1000;

const CRASHED =
  "a process ended while it refreshed the token, between the request and the receipt of the answer, so that the refresh token may have been used up";

/** How a refresh ended, as the store has to be told. */
interface Ending {
  readonly record: ConnectionRecord;
  readonly expected: number;
  /** Whether it holds new tokens, which then win over what others took this process for. */
  readonly received: boolean;
}

/**
 * Renews the tokens of a connector's connections, one refresh at a time each: the callers of this process share it, and
 * the store's mark keeps other processes out. New tokens are stored before anybody is given them.
 *
 * A refresh outlives the calls that wait for it: its answer is kept whoever gave up.
 */
export class Refresher {
  readonly #options: RefresherOptions;
  readonly #running: Map<string, Promise<Tokens>> = new Map();
  /** What the store has not taken yet. */
  readonly #unsaved: Map<string, Ending> = new Map();
  readonly #paused: Map<string, { readonly until: number; readonly failure: HttpFailure }> = new Map();
  #closed = false;

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /**
   * Tokens that live for `minimum` milliseconds more, refreshed where they have to be. Where they cannot be refreshed
   * now, the old ones while they live.
   *
   * @throws HttpFailure as {@link refresh} does.
   */
  async tokens(connection: string, minimum: number): Promise<Tokens> {
    const asked = Date.now();
    const tokens = await this.current(connection);
    if (tokens !== undefined && lives(tokens, minimum)) return tokens;
    try {
      const suffice = (other: Tokens, connectedAt: number): boolean =>
        lives(other, other.obtainedAt >= asked || isNew(other, connectedAt) ? 1 : minimum);
      return await this.refresh(connection, suffice);
    } catch (error) {
      const passing = error instanceof HttpFailure && error.code !== "reauth-needed";
      if (passing && tokens !== undefined && lives(tokens, 1)) return tokens;
      throw error;
    }
  }

  /**
   * The tokens as they are stored; undefined where a client that needs no person has none yet.
   *
   * @throws HttpFailure `auth-unavailable` where the connection does not exist, `refresh-unavailable` where the store
   * cannot be read.
   */
  async current(connection: string): Promise<Tokens | undefined> {
    try {
      return (await this.#read(connection)).record.tokens;
    } catch (error) {
      throw this.#failureOf(connection, error);
    }
  }

  /**
   * New tokens, or those of another's refresh that `suffice`.
   *
   * @param suffice - Also told when the connection was made.
   * @throws HttpFailure `auth-unavailable`, `reauth-needed`, `refresh-unavailable`; `cancelled` once it is closed.
   */
  refresh(connection: string, suffice: Suffice): Promise<Tokens> {
    let running = this.#running.get(connection);
    if (running === undefined) {
      // Nobody would wait for its answer.
      if (this.#closed) return Promise.reject(this.#stopped(connection));
      running = this.#refresh(connection, suffice)
        .catch((error: unknown) => {
          throw this.#failureOf(connection, error);
        })
        .finally(() => this.#running.delete(connection));
      this.#running.set(connection, running);
    }
    return running;
  }

  /** Resolves when no refresh of this process is under way any more, and what the store had not taken was given to it again. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running.values());
    await Promise.allSettled([...this.#unsaved.keys()].map((connection) => this.#save(connection)));
  }

  async #refresh(connection: string, suffice: Suffice): Promise<Tokens> {
    const { store } = this.#options;
    const patience = performance.now() + PATIENCE;
    for (;;) {
      await this.#save(connection);
      const stored = await this.#read(connection);
      const { tokens, refresh, reauth, connectedAt } = stored.record;
      if (tokens !== undefined && suffice(tokens, connectedAt)) return tokens;
      if (reauth !== undefined) throw this.#failure(connection, "reauth-needed", reauth.reason);
      if (refresh !== undefined && (await store.isAlive(refresh.owner))) {
        if (this.#closed) throw this.#stopped(connection);
        if (performance.now() > patience) {
          throw this.#failure(connection, "refresh-unavailable", "another process has been at it for too long");
        }
        await setTimeout(POLL);
        continue;
      }
      const renewed = await this.#take(connection, stored);
      if (renewed !== undefined) return renewed;
    }
  }

  /** Refreshes, for nobody else does. Undefined where the record has changed meanwhile: then all is looked at again. */
  async #take(connection: string, { record, version }: StoredConnection): Promise<Tokens | undefined> {
    const { grant, store } = this.#options;
    const key = this.#key(connection);
    const { tokens } = record;
    if (grant === "refresh_token") {
      if (record.refresh?.sent === true) {
        const reauth = { at: Date.now(), reason: CRASHED };
        await store.write(key, { ...record, refresh: undefined, reauth }, version);
        return undefined;
      }
      if (tokens?.refreshToken === undefined) {
        if (tokens !== undefined && lives(tokens, 1)) return tokens;
        throw this.#failure(connection, "reauth-needed", "its token has run out, and there is no refresh token");
      }
    }
    const paused = this.#paused.get(connection);
    if (paused !== undefined && performance.now() < paused.until) throw paused.failure;

    const mark = { owner: store.owner, startedAt: Date.now(), sent: false };
    const marked = await store.write(key, { ...record, refresh: mark }, version);
    if (marked === undefined) return undefined;
    let current: number | undefined = marked;
    const beforeSend = async (): Promise<void> => {
      current = await store.write(key, { ...record, refresh: { ...mark, sent: true } }, marked);
      if (current === undefined) throw new Error("the connection was changed meanwhile");
    };
    let outcome: TokenOutcome;
    try {
      outcome = await this.#ask(tokens, beforeSend);
    } catch (error) {
      // A mark of a process that lives would keep everybody waiting.
      const cleared = { ...record, refresh: undefined };
      this.#unsaved.set(connection, { record: cleared, expected: current ?? marked, received: false });
      throw error;
    }
    return current === undefined ? undefined : this.#settle(connection, record, current, outcome);
  }

  #ask(tokens: Tokens | undefined, beforeSend: BeforeSend): Promise<TokenOutcome> {
    const { grant, source } = this.#options;
    return grant === "refresh_token" && tokens?.refreshToken !== undefined
      ? source.refresh(tokens.refreshToken, beforeSend)
      : source.clientCredentials(beforeSend);
  }

  /** Undefined where the tokens belong to nobody any more. */
  async #settle(
    connection: string,
    before: ConnectionRecord,
    expected: number,
    { tokens, refusal }: TokenOutcome,
  ): Promise<Tokens | undefined> {
    const refused = refusal?.kind === "invalid-grant" ? { at: Date.now(), reason: refusal.message } : undefined;
    const record = { ...before, tokens: tokens ?? before.tokens, refresh: undefined, reauth: refused };
    this.#unsaved.set(connection, { record, expected, received: tokens !== undefined });
    const saved = await this.#save(connection);
    if (refusal !== undefined) throw this.#refused(connection, refusal);
    this.#paused.delete(connection);
    return saved ? tokens : undefined;
  }

  /** Tells the store how the last refresh ended, where it has not taken that yet. False where it was overtaken. */
  async #save(connection: string): Promise<boolean> {
    const ending = this.#unsaved.get(connection);
    if (ending === undefined) return true;
    const { store } = this.#options;
    const key = this.#key(connection);
    let { expected } = ending;
    let saved = (await store.write(key, ending.record, expected)) !== undefined;
    while (!saved) {
      const now = await store.read(key);
      // A person has connected again, or disconnected.
      if (now?.record.grant !== ending.record.grant || !ending.received) break;
      expected = now.version;
      saved = (await store.write(key, ending.record, expected)) !== undefined;
    }
    this.#unsaved.delete(connection);
    return saved;
  }

  async #read(connection: string): Promise<StoredConnection> {
    const { grant, store } = this.#options;
    const stored = await store.read(this.#key(connection));
    if (stored !== undefined) return stored;
    if (grant === "refresh_token") {
      throw this.#failure(connection, "auth-unavailable", "it does not exist yet; run backfill connect");
    }
    const record = {
      grant: randomUUID(),
      connectedAt: Date.now(),
      tokens: undefined,
      refresh: undefined,
      reauth: undefined,
    };
    return { record, version: 0 };
  }

  #refused(connection: string, { kind, message, detail, retryAfter = 0 }: TokenRefusal): HttpFailure {
    if (kind === "invalid-grant") return this.#failure(connection, "reauth-needed", message, detail);
    const code = kind === "unavailable" ? "refresh-unavailable" : "auth-unavailable";
    const failure = this.#failure(connection, code, message, detail);
    this.#paused.set(connection, { until: performance.now() + Math.max(PAUSE, retryAfter), failure });
    return failure;
  }

  #stopped(connection: string): HttpFailure {
    return this.#failure(connection, "cancelled", "the host stops");
  }

  #failureOf(connection: string, error: unknown): HttpFailure {
    if (error instanceof HttpFailure) return error;
    if (error instanceof TokenStoreError) {
      return this.#failure(connection, "refresh-unavailable", "the token store cannot be used", error.code, error);
    }
    return this.#failure(connection, "other", "a fault of this host; its operator can see the cause", undefined, error);
  }

  #failure(connection: string, code: FailureCode, why: string, detail?: string, cause?: unknown): HttpFailure {
    const name = `Connection ${JSON.stringify(connection)} of connector ${this.#options.connector}`;
    const what = WHAT.get(code) ?? "has no token";
    return new HttpFailure({ code, phase: "auth", message: `${name} ${what}: ${why}.`, detail, cause });
  }

  #key(connection: string): ConnectionKey {
    return { connector: this.#options.connector, connection };
  }
}

const WHAT: ReadonlyMap<FailureCode, string> = new Map([
  ["reauth-needed", "needs a person to connect again"],
  ["refresh-unavailable", "could not be refreshed now"],
]);
