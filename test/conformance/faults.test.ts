import { afterAll, beforeAll, expect, test } from "vitest";
import { FAULTS } from "./faults/faults.ts";
import { loadCases, type Case } from "./runner/case.ts";
import { loadGuests, loadHosts, type HostManifest } from "./runner/manifest.ts";
import { runHost } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

// The cases find bugs: each of these mistakes, made in the host on purpose, fails the case that is there for it. That
// the same cases pass without the fault is shown by hosts.test.ts.

const LOADER = "./test/conformance/faults/loader.ts";
/** `--import` has to stand before the program. */
const faulty = ({ command: [node = "", ...rest], ...host }: HostManifest): HostManifest => ({
  ...host,
  command: [node, "--import", LOADER, ...rest],
});

let stage: Stage;
let cases: readonly Case[];
beforeAll(async () => {
  stage = await Stage.open();
  cases = await loadCases();
});
afterAll(() => stage.close());

test("there are ten faults, each of its own kind", () => {
  expect(new Set(FAULTS.map(({ file, replace }) => file + replace)).size).toBe(10);
});

test.each(FAULTS)("a host that $title is caught", async ({ title, caughtBy }) => {
  const chosen = cases.filter(({ id }) => id === caughtBy);
  const host = faulty((await loadHosts())[0] as HostManifest);
  const [guest] = (await loadGuests()).filter(({ name }) => name === "as");
  if (guest === undefined) throw new Error("no guest");
  const expectations = { skip: {}, expectedFail: {} };
  const env = { CONFORMANCE_FAULT: title };
  const results = await runHost(chosen, { host, guest, expectations, stage, env });
  expect(results.map(({ status }) => status)).toEqual(["fail"]);
  // It fails for what it does, not because the adapter broke.
  expect(results[0]?.lines.join("\n")).not.toContain("main.ts: ");
});
