import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const python = join(root, ".tools", "python", "bin", "python");

describe.skipIf(!existsSync(python))("the host in Python (skipped without its tools)", () => {
  test.each([
    ["passes its own tests", ["pytest", "--quiet"]],
    ["has the types that it says", ["mypy"]],
    ["keeps the rules of ruff", ["ruff", "check", "--quiet"]],
    ["has the format of ruff", ["ruff", "format", "--check", "--quiet"]],
  ])("%s", { timeout: 240_000 }, async (_rule, command) => {
    await promisify(execFile)(python, ["-m", ...command], { cwd: join(root, "examples", "embed-python") });
  });
});
