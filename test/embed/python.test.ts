import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

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

describe.each(["c", "go", "python", "rust"])("the documented example in %s", (language) => {
  const hook = join(root, ".tools", "guests", `${language}-example.wasm`);
  const isThere = existsSync(python) && existsSync(hook);

  test.runIf(isThere)(
    "runs in Wasmtime, under the allowlist (skipped without its tools)",
    async () => {
      const { stdout } = await promisify(execFile)(python, [join(root, "examples", "embed-python", "stripe.py"), hook]);
      const [allowed = "", denied = ""] = stdout.split("permissions https://api.example.com/*");
      expect(allowed).toMatch(/result .*cus_123.*cus_456/);
      expect(denied).toContain("not-allowed");
    },
    240_000,
  );
});
