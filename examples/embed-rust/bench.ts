// Native Wasmtime beside the TypeScript host: the same hook, the same event, the same server, by turns.
//
//   npm run build && bash scripts/conformance-tools.sh rust && node examples/embed-rust/bench.ts [SECONDS] [ROUNDS]
import { execFile, fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BlockResult } from "../../bench/process/load.ts";
import type { MeasuredOperations } from "../../bench/process/measured.ts";
import { Asker, type Operations } from "../../bench/process/messages.ts";
import type { ServerOperations } from "../../bench/process/server.ts";
import { median } from "../../bench/statistics.ts";
import { buildHook } from "../../host/compile/index.ts";
import { createAuthority } from "../../test/support/tls.ts";

/** What one block of one host came to; times in microseconds. */
interface Figures {
  readonly eventsPerSecond: number;
  readonly medianLatency: number;
  readonly p99Latency: number;
  readonly cpuPerEvent: number;
}

const HOST = "api.example.com";
const ADDRESS = "93.184.216.34";
const CALLS_IN_FLIGHT = [1, 16, 64];
const PATHS = ["/200", "/100000"];

const NOTHING: Figures = { eventsPerSecond: NaN, medianLatency: NaN, p99Latency: NaN, cpuPerEvent: NaN };
const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
const seconds = Number(process.argv[2] ?? 4);
const rounds = Number(process.argv[3] ?? 5);

const folder = await mkdtemp(join(tmpdir(), "backfill-bench-"));
const processes: Asker<never>[] = [];
try {
  await measure();
} finally {
  for (const one of processes) await one.end();
  await rm(folder, { recursive: true });
}

async function measure(): Promise<void> {
  const authority = await createAuthority();
  const server = start<ServerOperations>("server.ts", []);
  const { cert, key } = await authority.issue([HOST]);
  const port = await server.ask("listen", { cert, key });

  const hook = join(folder, "backfill.wasm");
  await writeFile(hook, (await buildHook(join(root, "bench", "hooks", "call.ts"))).component);
  const target = join(folder, "target.json");
  const packageUrl = new URL("dist/index.js", `file://${root}/`).href;
  await writeFile(target, JSON.stringify({ origin: `https://${HOST}`, port, ca: authority.ca, folder, packageUrl }));
  const config = join(folder, "config.json");
  const permissions = [`https://${HOST}/*`];
  const dial = { [`${ADDRESS}:443`]: `127.0.0.1:${port}` };
  await writeFile(config, JSON.stringify({ permissions, ca: authority.ca, dns: { [HOST]: [ADDRESS] }, dial }));

  const typescript = start<MeasuredOperations>("measured.ts", [target, "backfill"]);
  console.log("| | TypeScript host | Wasmtime from Rust | ratio |\n| --- | ---: | ---: | ---: |");
  for (const path of PATHS) {
    for (const inFlight of CALLS_IN_FLIGHT) {
      const found = await byTurns(
        () => ofTypeScript(typescript, path, inFlight),
        () => ofRust(hook, config, { url: `https://${HOST}${path}` }, inFlight),
      );
      print(`GET of ${path.slice(1)} bytes, ${inFlight} in flight`, found);
    }
  }
  const none = await byTurns(
    async () => ({ ...NOTHING, eventsPerSecond: await typescript.ask("fresh", seconds * 1000) }),
    () => ofRust(hook, config, {}, 1),
  );
  row("an event without a call, one at a time: events/s", none, "eventsPerSecond");
}

type Found = readonly [typescript: readonly Figures[], rust: readonly Figures[]];

/** A B B A, B A A B, …: whatever drifts on the machine falls on both. */
async function byTurns(typescript: () => Promise<Figures>, rust: () => Promise<Figures>): Promise<Found> {
  const found: [Figures[], Figures[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [0, 1, 1, 0] : [1, 0, 0, 1];
    for (const which of order) {
      if (which === 0) found[0].push(await typescript());
      else found[1].push(await rust());
    }
  }
  return found;
}

async function ofTypeScript(peer: Asker<MeasuredOperations>, path: string, inFlight: number): Promise<Figures> {
  const block = { call: { path }, inFlight, milliseconds: seconds * 1000, warmMilliseconds: 1000, isKept: false };
  const { callsPerSecond, cpuPerCall, medianLatency, p99Latency }: BlockResult = await peer.ask("block", block);
  return { eventsPerSecond: callsPerSecond, cpuPerEvent: cpuPerCall, medianLatency, p99Latency };
}

async function ofRust(hook: string, config: string, event: unknown, threads: number): Promise<Figures> {
  const http = join(root, "dist", "http.wasm");
  const program = join(root, ".tools", "rust", "release", "backfill-embed");
  const parameters = ["bench", hook, http, config, JSON.stringify(event), String(threads), String(seconds)];
  const { stdout } = await run(program, parameters);
  return JSON.parse(stdout) as Figures;
}

function print(title: string, found: Found): void {
  row(`${title}: events/s`, found, "eventsPerSecond");
  row(`${title}: median, µs`, found, "medianLatency");
  row(`${title}: 99th percentile, µs`, found, "p99Latency");
  row(`${title}: CPU of the process, µs an event`, found, "cpuPerEvent");
}

function row(title: string, found: Found, figure: keyof Figures): void {
  const [typescript, rust] = found.map((all) => all.map((one) => one[figure]));
  const [left, right] = [median(typescript ?? []), median(rust ?? [])];
  console.log(`| ${title} | ${shown(typescript ?? [])} | ${shown(rust ?? [])} | ${(right / left).toFixed(2)} |`);
}

/** The median, and from where to where the blocks went. */
function shown(values: readonly number[]): string {
  const text = (value: number): string => Math.round(value).toLocaleString("en");
  return `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

function start<T extends Operations<T>>(file: string, parameters: readonly string[]): Asker<T> {
  const child = fork(join(root, "bench", "process", file), parameters, { execArgv: ["--expose-gc"] });
  const asker = new Asker<T>(child, file);
  processes.push(asker as unknown as Asker<never>);
  return asker;
}
