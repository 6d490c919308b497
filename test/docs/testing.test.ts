import { execFile } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openServer } from "../cli/server.ts";
import { backfill, folderOf } from "../support/cli.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

test("the examples of docs/testing.md run as they are printed", async () => {
  const text = await readFile(join(root, "docs", "testing.md"), "utf8");
  const block = (mark: string): string => {
    const [, code] = new RegExp(`\`\`\`ts ${mark}\n([^]*?)\`\`\``).exec(text) ?? [];
    if (code === undefined) throw new Error(`docs/testing.md has no block ${mark}`);
    return code;
  };
  const server = await openServer((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[{"name":"Grace"}]}'),
  );
  const folder = await folderOf({
    "hook.ts": block("hook"),
    "hook.test.mts": block("test"),
    "replay.mts": block("replay"),
    "backfill.config.ts":
      'export default { permissions: { http: ["https://api.example.com/v1/*"] }, secrets: { api_key: "sk_test_of_nobody" } };',
    "ca.pem": server.ca,
  });
  await mkdir(join(folder, "node_modules", "@backfill"), { recursive: true });
  await symlink(root, join(folder, "node_modules", "@backfill", "http"));

  // A test runner in a test runner's process would tell its parent, not stdout.
  const env = { PATH: process.env["PATH"] };
  const sending = ["--resolve", `api.example.com:443:127.0.0.1:${server.port}`, "--cacert", "ca.pem"];
  const [tested, recorded] = await Promise.all([
    run(process.execPath, ["--test", "--test-reporter=tap", "hook.test.mts"], { cwd: folder, env }),
    backfill(["call", "hook.ts", "--event", '{"page":"2"}', "--record", "calls.har", ...sending], { folder }),
  ]);
  await server.close();
  expect(tested.stdout).toContain("# pass 2");
  expect(recorded).toMatchObject({ code: 0, stdout: '[{"name":"Grace"}]\n' });
  expect((await run(process.execPath, ["replay.mts"], { cwd: folder, env })).stdout).toContain("Grace");
}, 60_000);
