// A measured process: it holds one peer, and does what it is asked.
import { readFileSync } from "node:fs";
import { PEER_INFO, type PeerName } from "../peers/list.ts";
import type { Call, Target } from "../peers/peer.ts";
import { countFresh, runBesideSpinner, runBlock, type Block, type BlockResult, type Neighbours } from "./load.ts";
import { peakOver, settledRss } from "./memory.ts";
import { answerParent } from "./messages.ts";

/** What a measured process can be asked for. */
export interface MeasuredOperations {
  readonly ready: () => Has;
  readonly block: (block: Block) => Promise<BlockResult>;
  readonly fresh: (milliseconds: number) => Promise<number>;
  readonly rss: () => Promise<number>;
  /** Starts so many calls that wait for the server. Resolves at once. */
  readonly hold: (count: number) => void;
  /** Resolves when the calls that waited are over. */
  readonly held: () => Promise<void>;
  /** The rise of memory while this one call is made. */
  readonly peak: (call: Call) => Promise<number>;
  readonly neighbours: (options: Parameters<typeof runBesideSpinner>[1]) => Promise<Neighbours>;
  /** How long one spinning event lasts with nothing beside it, in milliseconds. */
  readonly spin: () => Promise<number>;
}

/** What the peer has. */
export interface Has {
  readonly kept: boolean;
  readonly states: boolean;
}

const [, , targetFile = "", name = ""] = process.argv;
const module = await PEER_INFO[name as PeerName].load();
const peer = await module.open(JSON.parse(readFileSync(targetFile, "utf8")) as Target);
let waiting: readonly Promise<unknown>[] = [];

const operations: MeasuredOperations = {
  ready: () => ({ kept: peer.keep !== undefined, states: peer.fresh !== undefined }),
  block: (block) => runBlock(peer, block),
  fresh: (milliseconds) => countFresh(peer, milliseconds),
  rss: settledRss,
  hold(count) {
    waiting = Array.from({ length: count }, () => peer.call({ path: "/hold" }));
  },
  async held() {
    await Promise.all(waiting);
  },
  peak: (call) => peakOver(() => peer.call(call)),
  neighbours: (options) => runBesideSpinner(peer, options),
  async spin() {
    const started = performance.now();
    await peer.spin?.();
    return performance.now() - started;
  },
};
answerParent(operations);
