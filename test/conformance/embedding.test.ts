import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCases } from "./runner/case.ts";
import { loadGuests, root } from "./runner/manifest.ts";
import { runHost } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

// docs/embedding.md leads to a first passing case: its adapter, as it stands there, and its example of the wire form.

const PYTHON = join(root, ".tools", "python", "bin", "python");
const page = (): Promise<string> => readFile(join(root, "docs", "embedding.md"), "utf8");

async function block(mark: string): Promise<string> {
  const [, code] = (await page()).split(`\`\`\`${mark}\n`);
  return code?.split("```")[0] ?? "";
}

let folder: string;
let stage: Stage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-adapter-"));
  stage = await Stage.open();
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

test.skipIf(!existsSync(PYTHON))(
  "the page's adapter passes the case that the page names, and fails others",
  async () => {
    const file = join(folder, "adapter.py");
    await writeFile(file, await block("py adapter"));
    const ids = ["boundary/must/no-calls", "boundary/must/method-get"];
    const cases = (await loadCases()).filter(({ id }) => ids.includes(id));
    const [guest] = await loadGuests();
    if (guest === undefined) throw new Error("no guest");
    const host = { name: "adapter", title: "Adapter", command: [PYTHON, file], needs: [], tools: "" };
    const results = await runHost(cases, { host, guest, expectations: { skip: {}, expectedFail: {} }, stage });
    expect(results.map(({ test: { id }, status }) => [id, status])).toEqual([
      ["boundary/must/method-get", "fail"],
      ["boundary/must/no-calls", "pass"],
    ]);
  },
);

test("the page's example of the wire form is what the case compares", async () => {
  const wire = (await loadCases()).find(({ id }) => id === "boundary/should/wire-post")?.expect?.wire?.["api"]?.[0];
  expect((await block("text wire")).trimEnd().replaceAll("\n", "\r\n")).toBe(wire?.bytes);
});
