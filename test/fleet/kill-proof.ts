import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";
import type { TokenStore } from "../../host/auth/store/token-store.ts";
import { type ConnectorScene, CONNECTOR, openConnectorScene } from "../support/connector-scene.ts";
import { fingerprint } from "../support/fingerprint.ts";
import type { RefresherStart } from "./refresher.ts";

/** What came of killing processes while they refreshed. */
export interface KillReport {
  readonly kills: number;
  /** Refreshes that the server performed. */
  readonly refreshes: number;
  /** Refresh tokens that the server was sent more than once. */
  readonly sentTwice: number;
  /** Refreshes that the server refused: what was sent was not what it had given last. */
  readonly refused: number;
  /** Tokens that a process had been given and the store had lost. */
  readonly lost: number;
  /** Connections that ended as reauth-needed: killed after the server had rotated, before the answer was stored. */
  readonly windows: number;
  /** Those of which the server had seen nothing: killed between the mark in the store and the first byte. */
  readonly unsent: number;
  /** Lines other than a token or reauth-needed. */
  readonly other: readonly string[];
}

const KEY = { connector: CONNECTOR.name, connection: "default" };
const PROCESSES = 2;
/** Processes started ahead of their turn. */
const STANDBY = 3;
/** Nothing takes as long, but a hang. */
const HANG = 60_000;
/** Milliseconds: several refreshes. */
const LONGEST_LIFE = 60;

/**
 * Lets two processes refresh one connection as fast as they can, and kills one of them at a random moment, so often.
 *
 * @param random - Between 0 and 1.
 * @throws Error where no process gets on any more.
 */
export async function proveKills(
  kills: number,
  random: () => number,
  progress: (done: number) => void = () => {},
): Promise<KillReport> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-kill-"));
  const scene = await openConnectorScene();
  const key = randomBytes(32);
  const file = join(folder, "tokens.db");
  const store = openTokenStore({ file, keys: [key] });
  const proof = new Proof(scene, store, { file, key, connector: CONNECTOR, development: scene.development });
  try {
    return await proof.run(kills, random, progress);
  } finally {
    await proof.end();
    await store.close();
    await scene.close();
    await rm(folder, { recursive: true });
  }
}

class Proof {
  readonly #scene: ConnectorScene;
  readonly #store: TokenStore;
  readonly #start: RefresherStart;
  readonly #running: Set<Refresher> = new Set();
  readonly #given: Set<string> = new Set();
  readonly #other: string[] = [];
  #standby: readonly Promise<Refresher>[] = [];
  #windows = 0;
  #unsent = 0;
  #lost = 0;
  #connecting: Promise<void> = Promise.resolve();

  constructor(scene: ConnectorScene, store: TokenStore, start: RefresherStart) {
    this.#scene = scene;
    this.#store = store;
    this.#start = start;
  }

  async run(kills: number, random: () => number, progress: (done: number) => void): Promise<KillReport> {
    await this.#scene.connect({ store: this.#store, left: -1 });
    for (let i = 0; i < PROCESSES; i++) await this.#replace();
    for (let done = 0; done < kills; done++) {
      // All have begun, so that a kill meets refreshing and not the start of a process.
      await Promise.all([...this.#running].map((refresher) => this.#next(refresher)));
      await setTimeout(random() * LONGEST_LIFE);
      const victims = [...this.#running];
      const victim = victims[Math.floor(random() * victims.length)] as Refresher;
      this.#running.delete(victim);
      await victim.kill();
      await this.#replace();
      progress(done + 1);
    }
    await Promise.all([...this.#running].map((refresher) => this.#next(refresher)));
    await this.end();
    await this.#connecting;
    return this.#report(kills);
  }

  async end(): Promise<void> {
    const standby = await Promise.all(this.#standby);
    this.#standby = [];
    await Promise.all([...this.#running, ...standby].map((one) => one.kill()));
    this.#running.clear();
  }

  /** Puts the process in that has waited longest for its turn, and starts another one to wait. */
  async #replace(): Promise<void> {
    const [first = startRefresher(), ...others] = this.#standby;
    this.#standby = [...others, ...Array.from({ length: STANDBY - others.length }, startRefresher)];
    const next = await first;
    next.begin(this.#start, (line) => this.#heard(line));
    this.#running.add(next);
  }

  /** Waits until a process has said something more. */
  async #next(refresher: Refresher): Promise<void> {
    const hang = new AbortController();
    const outcome = await Promise.race([
      refresher.next(),
      setTimeout(HANG, "hang", { signal: hang.signal }).catch(() => undefined),
    ]);
    hang.abort();
    if (outcome === "hang") throw new Error(`a process said nothing for ${HANG} ms: ${this.#other.join(", ")}`);
  }

  #heard(line: string): void {
    if (line.startsWith("token ")) this.#given.add(line.slice("token ".length));
    else if (line === "reauth-needed") this.#connecting = this.#connecting.then(() => this.#reconnect());
    else this.#other.push(line);
  }

  /** As a person would, where that is needed; and counts it once. */
  async #reconnect(): Promise<void> {
    const stored = await this.#store.read(KEY);
    if (stored?.record.reauth === undefined) return;
    const sent = fingerprint(stored.record.tokens?.refreshToken ?? "");
    const request = this.#scene.server.tokenRequests.find(({ refreshToken }) => refreshToken === sent);
    this.#windows += 1;
    if (request === undefined) this.#unsent += 1;
    else if (this.#given.has(request.accessToken ?? "")) this.#lost += 1;
    await this.#scene.connect({ store: this.#store, left: -1 });
  }

  #report(kills: number): KillReport {
    const { tokenRequests } = this.#scene.server;
    const sent = tokenRequests.map(({ refreshToken }) => refreshToken);
    return {
      kills,
      refreshes: tokenRequests.filter(({ rotated }) => rotated).length,
      sentTwice: sent.length - new Set(sent).size,
      refused: tokenRequests.filter(({ status }) => status !== undefined && status !== 200).length,
      lost: this.#lost,
      windows: this.#windows,
      unsent: this.#unsent,
      other: this.#other,
    };
  }
}

/** A process of `refresher.ts`. */
class Refresher {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #waiting: (() => void)[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, "exit");
  }

  begin(start: RefresherStart, heard: (line: string) => void): void {
    if (this.#child.stdout === null) throw new Error("no stdout");
    createInterface(this.#child.stdout).on("line", (line) => {
      heard(line);
      for (const resolve of this.#waiting) resolve();
      this.#waiting = [];
    });
    this.#child.send(start);
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

async function startRefresher(): Promise<Refresher> {
  const child = fork(new URL("refresher.ts", import.meta.url), {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  await once(child, "message");
  return new Refresher(child);
}
