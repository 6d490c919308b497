import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const MODULE = pathToFileURL(resolve(import.meta.dirname, "../../host/cli/signals.ts")).href;
/** Says what it is told, and does not give way to its events from the first signal until its parent has sent the second. */
const PROGRAM = `
import { readSync, writeSync } from "node:fs";
import { stopSignals } from ${JSON.stringify(MODULE)};
const signals = stopSignals();
const alive = setInterval(() => {}, 1000);
writeSync(1, "ready\\n");
await signals.first;
writeSync(1, "first\\n");
readSync(0, new Uint8Array(1));
await signals.second;
writeSync(1, "second\\n");
signals.release();
process.kill(process.pid, "SIGTERM");
`;

test("a second signal is heard however soon it comes, and one after the release ends the process", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM]);
  const ended = new Promise((done) => child.once("close", (code, signal) => done({ code, signal })));
  const errors = text(child.stderr);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
    if (piece === "ready\n") child.kill("SIGTERM");
    if (piece !== "first\n") return;
    child.kill("SIGTERM");
    child.stdin.end("x");
  });
  expect([await ended, said, await errors]).toEqual([{ code: null, signal: "SIGTERM" }, "ready\nfirst\nsecond\n", ""]);
});
