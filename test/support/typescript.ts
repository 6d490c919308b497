import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildHook, type BuiltHook } from "../../host/compile/hook.ts";

/** Builds a hook in TypeScript from texts: `hook.ts`, and other files beside it by their paths. */
export async function buildTypeScript(
  source: string,
  files: Readonly<Record<string, string>> = {},
): Promise<BuiltHook> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-hook-"));
  try {
    for (const [path, text] of Object.entries({ ...files, "hook.ts": source })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await buildHook(join(folder, "hook.ts"), { language: "typescript" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
