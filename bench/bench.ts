import { fork } from "node:child_process";
import { join } from "node:path";
import type { Figures } from "./figures.ts";
import { PEER_INFO, type PeerName } from "./peers/list.ts";
import type { Target } from "./peers/peer.ts";
import type { Plan } from "./plan.ts";
import type { MeasuredOperations } from "./process/measured.ts";
import { Asker } from "./process/messages.ts";
import type { ServerOperations } from "./process/server.ts";

export type Measured = Asker<MeasuredOperations>;
export type Server = Asker<ServerOperations>;

/** What a row is given. */
export interface Bench {
  readonly plan: Plan;
  readonly isSmoke: boolean;
  /** Those to measure, without undici. */
  readonly peers: readonly PeerName[];
  readonly target: Target;
  readonly targetFile: string;
  readonly server: Server;
  readonly figures: Figures;
  /** Processes that are kept for the next row: in a smoke run, where starting them takes the most time. */
  readonly kept: Map<PeerName, Measured> | undefined;
  /** Tells a person who waits. */
  readonly progress: (text: string) => void;
}

/** The environment of every measured process: they all trust the same authorities. */
export function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), NODE_NO_WARNINGS: "1" };
}

/** Does this for one peer after the other. One that fails is told of, makes the run fail, and does not end it. */
export async function eachPeer(
  { figures }: Bench,
  row: string,
  peers: readonly PeerName[],
  work: (peer: PeerName) => Promise<unknown>,
): Promise<void> {
  for (const peer of peers) {
    try {
      await work(peer);
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(`${(error as Error).stack}\n`);
      const [line] = String(error).split("\n");
      figures.note(`Failed: ${PEER_INFO[peer].title} in ${row}: ${line}.`);
    }
  }
}

/** Starts a process of its own with this peer, runs the work, and ends it. */
export async function withPeer<T>(
  bench: Bench,
  peer: PeerName,
  work: (process: Measured) => Promise<T>,
  file: string = bench.targetFile,
): Promise<T> {
  const kept = file === bench.targetFile ? bench.kept : undefined;
  const measured = kept?.get(peer) ?? (await startPeer(bench.target.folder, peer, file));
  kept?.set(peer, measured);
  try {
    return await work(measured);
  } finally {
    if (kept === undefined) await measured.end();
  }
}

async function startPeer(folder: string, peer: PeerName, file: string): Promise<Measured> {
  const child = fork(join(folder, "measured.js"), [file, peer], {
    execArgv: ["--expose-gc"],
    env: environment(folder),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const measured: Measured = new Asker<MeasuredOperations>(child, peer);
  await measured.ask("ready", undefined);
  return measured;
}
