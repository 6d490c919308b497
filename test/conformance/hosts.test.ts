import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCases } from "./runner/case.ts";
import { loadExpectations, loadGuests, loadHosts, type HostManifest } from "./runner/manifest.ts";
import { deviations } from "./runner/report.ts";
import { runHost } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

// The host of this package, always; the others are run by npm run conformance, where their tools are.

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test("the TypeScript host does in every case what is expected of it", { timeout: 240_000 }, async () => {
  const host = (await loadHosts()).find(({ name }) => name === "typescript") as HostManifest;
  const guest = (await loadGuests()).find(({ name }) => name === "as");
  if (guest === undefined) throw new Error("no guest");
  const run = { host, guest, expectations: await loadExpectations(host.name), stage };
  const results = await runHost(await loadCases(), run);
  const ran = { host: host.title, guest: guest.title, results };
  expect(deviations([ran]).map(({ test: { id }, lines }) => [id, ...lines])).toEqual([]);
  // What is skipped proves nothing.
  expect(results.filter(({ status }) => status !== "pass").map(({ test: { id } }) => id)).toEqual([]);
});
