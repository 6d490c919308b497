import { parseArgs } from "node:util";
import { Random } from "../soak/random.ts";
import { proveKills } from "./kill-proof.ts";

// node test/fleet/kill.ts [--kills 200] [--seed 1]

const { values } = parseArgs({ options: { kills: { type: "string" }, seed: { type: "string" } } });
const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? 1);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  throw new Error("--kills and --seed are whole numbers, --kills from 1");
}

const STEPS = 2 ** 20;
const random = new Random(seed);
console.log(`${kills} kills with SIGKILL while two processes refresh, --seed ${seed}`);
const report = await proveKills(
  kills,
  () => random.below(STEPS) / STEPS,
  (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${kills}${done === kills ? "\n" : ""}`);
  },
);
console.log(`${report.refreshes} refreshes at the server
${report.sentTwice} refresh tokens sent twice
${report.refused} refreshes refused by the server
${report.lost} tokens lost that a process had been given
${report.windows} connections ended as reauth-needed, ${report.unsent} of them with nothing at the server yet
${report.other.length} other failures${report.other.map((line) => `\n  ${line}`).join("")}`);
const holds = report.sentTwice + report.refused + report.lost + report.other.length === 0;
console.log(holds ? "every rule holds" : "a rule is broken");
process.exitCode = holds ? 0 : 1;
