import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What is built in each language: "Making a request" of the documentation, and the guest of the conformance suite. */
export type Program = "example" | "conformance";

export const PROGRAMS: readonly Program[] = ["example", "conformance"];

/** A language that hooks are written in. */
export interface Language {
  readonly name: string;
  /** What has to be there: files, and programs by their names. */
  readonly needs: () => Promise<readonly string[]>;
  /** Builds a program, and returns the component. `folder` is its own for what comes in between. */
  readonly build: (program: Program, folder: string) => Promise<Uint8Array>;
}

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "..", "..");

/** Where tools are that npm does not have. */
export const tools: string = join(root, ".tools");

/** The absent ones of files and programs. */
export function absent(needs: readonly string[]): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return needs.filter((need) => ![need, ...folders.map((folder) => join(folder, need))].some(existsSync));
}

/** Runs a program from the root of the repository. Throws with what it wrote where it fails. */
export async function run(
  command: string,
  parameters: readonly string[],
  { folder = root, environment = {} }: { folder?: string; environment?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  try {
    const { stdout } = await execute(command, [...parameters], { cwd: folder, env, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${parameters.join(" ")} failed:\n${stdout ?? ""}${stderr ?? String(error)}`, {
      cause: error,
    });
  }
}
