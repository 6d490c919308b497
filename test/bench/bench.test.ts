import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Figures, whole } from "../../bench/figures.ts";
import { missingPackages, PEER_INFO, PEERS } from "../../bench/peers/list.ts";
import { median, quantile } from "../../bench/statistics.ts";
import { judge } from "../../bench/verdict.ts";

const COMMAND = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
/** It takes ten seconds, and several times that on a machine under load. */
const LONGEST_MS = 120_000;

function bench(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8", timeout: LONGEST_MS });
}

test(
  "every row runs, for every peer that is installed, and the others are skipped by name",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "backfill-bench-"));
    const raw = join(folder, "raw.json");
    try {
      const { status, stdout, stderr } = bench("--smoke", "--json", raw);
      expect(status, stderr).toBe(0);
      const { figures } = JSON.parse(readFileSync(raw, "utf8")) as { figures: Record<string, Record<string, unknown>> };
      for (const peer of PEERS) {
        const isInstalled = missingPackages(peer).length === 0;
        if (!isInstalled) expect(stdout).toContain(`Skipped: ${PEER_INFO[peer].title}`);
        for (const key of ["calls-4", "received-1024-2", "sent-1024-2", "start", "copies-down", "copies-up"]) {
          expect(Object.keys(figures[key] ?? {}).includes(peer), `${key} of ${peer}`).toBe(isInstalled);
        }
      }
      for (const key of ["instances", "waiting-4", "size-guest", "size-installed"]) {
        expect(figures[key]).toHaveProperty("backfill");
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  LONGEST_MS,
);

test.each([
  ["--nonsense", "--smoke, --only, --json, --help"],
  ["--only=nobody", "undici, null, backfill"],
  ["extra", "--smoke, --only, --json, --help"],
])("%s is not understood: exit code 2, with what is known", (argument, known) => {
  const { status, stdout, stderr } = bench(argument);
  expect(status).toBe(2);
  expect(stderr).toContain(known);
  expect(stdout).toBe("");
});

test("--help names every peer and measures nothing", () => {
  const { status, stdout, stderr } = bench("--help");
  expect(status).toBe(0);
  expect(stderr).toBe("");
  for (const peer of PEERS) expect(stdout).toContain(`\n  ${peer} `);
});

test("a target is met at its bound, not met beyond it, and not measured where a figure is missing", () => {
  const verdictFor = (values: readonly (number | undefined)[]): boolean | undefined => {
    const figures = new Figures();
    [1, 16, 64, 256].forEach((level, i) => {
      const share = values[i];
      if (share !== undefined) {
        figures.set({ key: `calls-${level}`, title: "", write: whole }, "backfill", { value: 1, share });
      }
    });
    return judge(figures, [])[0]?.isMet;
  };
  expect(verdictFor([0.9, 0.9, 0.9, 0.9])).toBe(true);
  expect(verdictFor([0.9, 0.9, 0.899, 0.9])).toBe(false);
  expect(verdictFor([0.9, 0.9, 0.9, undefined])).toBeUndefined();
});

test("medians and quantiles are those of the sorted values", () => {
  expect(median([9, 1, 10])).toBe(9);
  expect(median([10, 2, 1, 9])).toBe(5.5);
  expect(quantile([5, 4, 3, 2, 1], 0.5)).toBe(3);
  expect(quantile([10, 9, 100], 0.99)).toBe(100);
});
