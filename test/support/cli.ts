import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
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

/** A command under way. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves with the first match in its stderr. Rejects where it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of its stdout. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<CliResult>;
}

/** Runs the built command in a process of its own. */
export async function backfill(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  return (await startBackfill(args, options)).ended;
}

/** Starts the built command in a process of its own, for what has to be done while it runs. */
export async function startBackfill(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const cwd = options.folder ?? (await folderOf({}));
  const env = { PATH: process.env["PATH"], ...options.env };
  const child = spawn(process.execPath, [bin, ...args], { cwd, env });
  child.stdin.on("error", () => {
    // A command that does not read its stdin closes it.
  });
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
  const found = (stream: Readable, text: () => string, pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text());
        if (match !== null) resolve(match);
      };
      stream.on("data", look);
      look();
      ended.then(() => reject(new Error(`it ended without ${pattern.source}: ${stdout}${stderr}`)), reject);
    });
  return {
    child,
    ended,
    said: (pattern) => found(child.stderr, () => stderr, pattern),
    printed: (pattern) => found(child.stdout, () => stdout, pattern),
  };
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
