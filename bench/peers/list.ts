import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PeerModule } from "./peer.ts";

/** Who is measured, in the order of the columns. */
export const PEERS = [
  "undici",
  "null",
  "backfill",
  "backfill-typescript",
  "jco",
  "extism",
  "wasi-http",
  "worker",
] as const;
export type PeerName = (typeof PEERS)[number];

/** The peers that are Backfill Http itself. */
export const OWN: readonly PeerName[] = ["backfill", "backfill-typescript"];
/** The peers that are neither undici nor Backfill Http. */
export const OTHERS: readonly PeerName[] = ["jco", "extism", "wasi-http", "worker"];

export interface PeerInfo {
  /** Heads its column. */
  readonly title: string;
  /** What it is, in a sentence. */
  readonly what: string;
  /** Packages of bench/package.json that it needs. */
  readonly needs: readonly string[];
  readonly load: () => Promise<PeerModule>;
  /** The most calls in flight it is asked for. */
  readonly most: number;
}

const EXTISM = "@extism/extism";
const COMPONENTIZE = "@bytecodealliance/componentize-js";
const SHIM = "@bytecodealliance/preview2-shim";

export const PEER_INFO: Readonly<Record<PeerName, PeerInfo>> = {
  undici: {
    title: "undici alone",
    what: "`Pool.request` and `body.text()`, with no rule and no sandbox: the limit",
    needs: [],
    load: () => import("./undici.ts"),
    most: 1000,
  },
  null: {
    title: "undici again",
    what: "the null test: the same against itself, in two processes. What it differs by is the noise of this run",
    needs: [],
    load: () => import("./undici.ts"),
    most: 1000,
  },
  backfill: {
    title: "**Backfill Http**",
    what: "a hook in AssemblyScript, one `Http.get` an event, a fresh instance each, every rule, deadline and cap on",
    needs: [],
    load: () => import("./backfill.ts"),
    most: 1000,
  },
  "backfill-typescript": {
    title: "Backfill Http, TypeScript",
    what: "the same with a hook in TypeScript, which brings its engine",
    needs: [],
    load: () => import("./backfill-typescript.ts"),
    most: 1000,
  },
  jco: {
    title: "jco's JSPI glue",
    what: "the same AssemblyScript component as jco transpiles it, on undici. No rules",
    needs: [],
    load: () => import("./jco.ts"),
    most: 1000,
  },
  extism: {
    title: "Extism",
    what: "its JavaScript SDK on the main thread, a plug-in in AssemblyScript, its own HTTP and list of hosts; it has no deadline there",
    needs: [EXTISM],
    load: () => import("./extism.ts"),
    most: 1000,
  },
  "wasi-http": {
    title: "wasi:http",
    what: "a StarlingMonkey guest that fetches, through jco's WASI for Node. No rules; each call blocks the thread",
    needs: [COMPONENTIZE, SHIM],
    load: () => import("./wasi-http.ts"),
    most: 256,
  },
  worker: {
    title: "worker and `Atomics.wait`",
    what: "a thread for each call in flight, kept for the next; a fresh instance each. No rules",
    needs: [],
    load: () => import("./worker.ts"),
    most: 256,
  },
};

/** What one runs to have every peer. */
export const INSTALL_COMMAND = "npm ci --prefix bench";

const MODULES = join(import.meta.dirname, "..", "node_modules");

/** The packages that the peer needs and that are not installed. Those that others brought count not: their versions may differ. */
export function missingPackages(peer: PeerName): readonly string[] {
  return PEER_INFO[peer].needs.filter((name) => !existsSync(join(MODULES, name, "package.json")));
}
