import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const bin = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "bin.js");

/** What a run of the command left. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of the command is given beside its arguments. */
export interface CliOptions {
  /** Its stdin. Default: empty. */
  readonly input?: string | Uint8Array;
  /** Where it runs. Default: a folder of its own, which is empty. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command in a process of its own. */
export async function backfill(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const cwd = options.folder ?? (await folderOf({}));
  const env = { PATH: process.env["PATH"], ...options.env };
  const child = spawn(process.execPath, [bin, ...args], { cwd, env });
  child.stdin.on("error", () => {
    // A command that does not read its stdin closes it.
  });
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve)),
  ]);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A new folder with these files, which goes when the suite ends. */
export async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "backfill-cli-"));
  folders.push(folder);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

/** The JSON values on the lines of a text that ends in a line break. */
export function jsonLines(text: string): unknown[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}
