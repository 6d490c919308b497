import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../host/package-root.ts";
import { createAuthority } from "../test/support/tls.ts";
import type { Bench, Measured } from "./bench.ts";
import { buildAll } from "./build.ts";
import { Figures } from "./figures.ts";
import type { JsonRow } from "./json-rows.ts";
import { helpText, type Options, readOptions, UsageError } from "./options.ts";
import { missingPackages, type PeerName } from "./peers/list.ts";
import type { Target } from "./peers/peer.ts";
import { FULL, SMOKE } from "./plan.ts";
import { Asker } from "./process/messages.ts";
import type { ServerOperations } from "./process/server.ts";
import { report, skipped } from "./report.ts";
import { runBodies } from "./rows/bodies.ts";
import { runCalls } from "./rows/calls.ts";
import { runCopies } from "./rows/copies.ts";
import { runInstances } from "./rows/instances.ts";
import { runJson } from "./rows/json.ts";
import type { RowName } from "./rows/list.ts";
import { runSizes } from "./rows/sizes.ts";
import { runSpin } from "./rows/spin.ts";
import { runStart } from "./rows/start.ts";
import { runWaiting } from "./rows/waiting.ts";
import { judge, noise } from "./verdict.ts";

const ROWS: Readonly<Record<Exclude<RowName, "json">, (bench: Bench) => Promise<void>>> = {
  calls: runCalls,
  bodies: runBodies,
  start: runStart,
  instances: runInstances,
  waiting: runWaiting,
  copies: runCopies,
  spin: runSpin,
  sizes: runSizes,
};

try {
  const options = readOptions(process.argv.slice(2));
  if (options.wantsHelp) console.log(helpText());
  else await main(options);
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  }
}

async function main(options: Options): Promise<void> {
  const started = performance.now();
  const figures = new Figures();
  const installed = options.peers.filter((peer) => missingPackages(peer).length === 0);
  for (const peer of options.peers) if (!installed.includes(peer)) figures.note(skipped(peer));
  // In this folder, so that what is built finds the packages it imports.
  const folder = await mkdtemp(join(import.meta.dirname, ".build-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
  const json = await measure(folder, options, installed, figures);
  const run = { peers: shown(installed), isSmoke: options.isSmoke, undiciVersion: await undiciVersion() };
  const seconds = (performance.now() - started) / 1000;
  const spread = noise(figures);
  if (spread !== undefined) figures.notes.unshift(spread);
  const verdicts = options.isSmoke ? [] : judge(figures, json);
  console.log(report({ ...run, seconds }, figures, json, verdicts));
  if (options.json !== undefined) {
    const raw = { node: process.version, seconds, figures, json, verdicts, notes: figures.notes };
    await writeFile(options.json, `${JSON.stringify(raw, null, 2)}\n`);
  }
}

async function measure(
  folder: string,
  { isSmoke, rows }: Options,
  peers: readonly PeerName[],
  figures: Figures,
): Promise<readonly JsonRow[]> {
  progress("building");
  await buildAll(folder, peers, !isSmoke);
  const authority = await createAuthority();
  await writeFile(join(folder, "ca.pem"), authority.ca);
  const child = fork(join(folder, "server.js"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const server = new Asker<ServerOperations>(child, "the server");
  const keptProcesses = new Map<PeerName, Measured>();
  try {
    const port = await server.ask("listen", await authority.issue(["localhost", "api.example.com"]));
    const target: Target = {
      origin: `https://localhost:${port}`,
      port,
      ca: authority.ca,
      folder,
      packageUrl: pathToFileURL(join(packageRoot, "dist", "index.js")).href,
    };
    const targetFile = join(folder, "target.json");
    await writeFile(targetFile, JSON.stringify(target));
    const plan = isSmoke ? SMOKE : FULL;
    const others = peers.filter((peer) => peer !== "undici");
    const kept = isSmoke ? keptProcesses : undefined;
    const bench: Bench = { plan, isSmoke, peers: others, target, targetFile, server, figures, kept, progress };
    let json: readonly JsonRow[] = [];
    for (const row of rows) {
      if (row === "json") json = await runJson(bench);
      else await ROWS[row](bench);
    }
    return json;
  } finally {
    for (const process of [...keptProcesses.values(), server]) await process.end();
  }
}

function shown(installed: readonly PeerName[]): readonly PeerName[] {
  return ["undici", ...installed.filter((peer) => peer !== "undici")];
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function undiciVersion(): Promise<string> {
  const manifest = await readFile(join(packageRoot, "node_modules", "undici", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
