import { spawn } from "node:child_process";
import { join } from "node:path";
import { type Bench, environment } from "../bench.ts";
import { type Measure, whole } from "../figures.ts";
import type { PeerName } from "../peers/list.ts";
import { median } from "../statistics.ts";

const START: Measure = {
  key: "start",
  title: "cold start, ms from the start of the process to its first response",
  write: whole,
};

/** Cold starts, and that of a Node that does nothing. */
export async function runStart(bench: Bench): Promise<void> {
  const { plan, figures, target, targetFile } = bench;
  const peers = ["undici", ...bench.peers] as const;
  const times = new Map<PeerName | "empty", number[]>();
  // The first start of each reads its files from the disk.
  for (let round = -1; round < plan.starts; round++) {
    bench.progress(`start: ${round + 1} of ${plan.starts}`);
    for (const peer of ["empty", ...peers] as const) {
      const script = join(target.folder, "start.js");
      const args = peer === "empty" ? ["-e", "process.stdout.write('x')"] : [script, targetFile, peer];
      const time = await timeStart(args, environment(target.folder));
      if (round >= 0 || plan.starts === 1) times.set(peer, [...(times.get(peer) ?? []), time]);
    }
  }
  for (const peer of peers) figures.set(START, peer, { value: median(times.get(peer) ?? []) });
  figures.note(`A Node that does nothing starts in ${whole(median(times.get("empty") ?? []))} ms.`);
}

function timeStart(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let time: number | undefined;
    child.stdout.once("data", () => {
      time = performance.now() - started;
      child.kill("SIGKILL");
    });
    child.once("error", reject);
    child.once("exit", () => {
      if (time === undefined) reject(new Error(`no response from ${args.join(" ")}`));
      else resolve(time);
    });
  });
}
