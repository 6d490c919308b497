import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CALLS = 300;
/** It takes two seconds, and several times that on a machine under load. */
const LONGEST_MS = 28_000;
const COMMAND = fileURLToPath(new URL("soak.ts", import.meta.url));

test("whatever servers do, every call ends as it may, and sockets, descriptors, handles and memory are given back", () => {
  // A process of its own, for what is measured is the process.
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "--calls", `${CALLS}`], {
    encoding: "utf8",
    timeout: LONGEST_MS,
  });
  expect(stderr).toBe("");
  expect(stdout).toContain(`${CALLS} of ${CALLS} calls ended`);
  expect(stdout).toMatch(/every rule holds\n$/);
  expect(status).toBe(0);
});
