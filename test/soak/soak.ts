import { parseArgs } from "node:util";
import type { Resources } from "./resources.ts";
import type { SoakReport } from "./run.ts";
import { soak } from "./run.ts";

// node test/soak/soak.ts [--calls 10000] [--seed 1]

const DEFAULT_CALLS = 10_000;
const DEFAULT_SEED = 1;
const MOST_SHOWN = 20;
/** Asked before anything is measured, for the answer opens the terminal. */
const IS_WATCHED: boolean = process.stderr.isTTY;

function readOptions(): { calls: number; seed: number } {
  const { values } = parseArgs({ options: { calls: { type: "string" }, seed: { type: "string" } } });
  return {
    calls: wholeNumber("--calls", values.calls ?? `${DEFAULT_CALLS}`),
    seed: wholeNumber("--seed", values.seed ?? `${DEFAULT_SEED}`),
  };
}

function wholeNumber(option: string, text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option} is ${JSON.stringify(text)}; give a whole number`);
}

/** One line that is written over, for a person; none where the output is kept. */
function showProgress(ended: number, calls: number): void {
  if (!IS_WATCHED || (ended % 100 > 0 && ended < calls)) return;
  process.stderr.write(`\r${ended} of ${calls} calls${ended === calls ? "\n" : ""}`);
}

function print({ ends, before, after, broken }: SoakReport, calls: number): void {
  const lines = [`${"outcome".padEnd(20)} ${"phase".padEnd(10)} calls`];
  for (const [label, count] of [...ends].toSorted()) {
    const [outcome = "", phase = ""] = label.split(" ");
    lines.push(`${outcome.padEnd(20)} ${phase.padEnd(10)} ${String(count).padStart(5)}`);
  }
  const ended = [...ends.values()].reduce((sum, count) => sum + count, 0);
  lines.push("", `${ended} of ${calls} calls ended`, `before: ${describe(before)}`, `after:  ${describe(after)}`, "");
  for (const rule of broken.slice(0, MOST_SHOWN)) lines.push(`broken: ${rule}`);
  lines.push(broken.length === 0 ? "every rule holds" : `${broken.length} rules broken`);
  console.log(lines.join("\n"));
}

function describe({ descriptors, active, heap, external }: Resources): string {
  const handles = Object.entries(active).map(([kind, count]) => `${count} ${kind}`);
  return `${descriptors ?? "?"} descriptors; ${handles.join(", ") || "no handles"}; heap ${heap}, external ${external} bytes`;
}

const { calls, seed } = readOptions();
console.log(`soak of ${calls} calls, --seed ${seed}`);
const report = await soak({ calls, seed, onProgress: (ended) => showProgress(ended, calls) });
print(report, calls);
process.exitCode = report.broken.length === 0 ? 0 : 1;
