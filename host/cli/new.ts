import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { LANGUAGES, type Language } from "../compile/language.ts";
import { BackfillError, unwritable } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { print, printJson } from "./output.ts";

interface NewOptions {
  readonly language: Language;
  readonly json?: boolean;
}

/** What a folder, an npm package and a connector may all be called: the project's name is that of the three. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** npm leaves a file called .gitignore out of a package. */
const RENAMED: Readonly<Record<string, string>> = { _gitignore: ".gitignore" };

/** Adds `backfill new`. */
export function addNew(program: Command): void {
  program
    .command("new")
    .summary("make a project of hooks")
    .description(
      "Makes a folder with a connector of one hook, its configuration, a test, and the set-up of an editor. Sends nothing and installs nothing.",
    )
    .argument("<name>", "of the folder, the package and the connector", projectName)
    .addOption(
      new Option("--language <language>", "what the hook is written in").choices(LANGUAGES).default("typescript"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ backfill new my-hooks
  $ backfill new my-hooks --language assemblyscript`,
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      await makeProject(name, program.version() as string, command.optsWithGlobals<NewOptions>());
    });
}

function projectName(value: string): string {
  if (NAME.test(value)) return value;
  throw new InvalidArgumentError("Write lower-case letters, digits and hyphens, 1 to 63, the first a letter.");
}

async function makeProject(name: string, version: string, { language, json }: NewOptions): Promise<void> {
  await openFolder(name);
  const templates = ["common", language].map((folder) => join(packageRoot, "templates", folder));
  const placeholders = { "{{name}}": name, "{{version}}": version };
  const copied = await Promise.all(templates.map((template) => copyTemplate(template, name, placeholders)));
  const files = copied.flat().toSorted();
  if (json) await printJson({ folder: name, language, files });
  else await print(nextSteps(name));
}

/** Makes the folder, or takes an empty one. */
async function openFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return;
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  throw new BackfillError("BACKFILL_FOLDER_IN_USE", `${folder} has files in it: give another name, or empty it`);
}

/** Copies every file, with each placeholder replaced. Returns their paths in the new folder. */
async function copyTemplate(
  template: string,
  folder: string,
  placeholders: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const copied = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const to = join(relative(template, parentPath), RENAMED[name] ?? name);
      const text = await readFile(join(parentPath, name), "utf8");
      await write(
        join(folder, to),
        text.replaceAll(/\{\{\w+\}\}/g, (found) => placeholders[found] ?? found),
      );
      return to;
    });
  return Promise.all(copied);
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

function nextSteps(name: string): string {
  return `${name} is made. Next:
  cd ${name}
  npm install
  npm run serve
and in another terminal:
  curl -d '{"name":"Ada"}' -H 'content-type: application/json' http://127.0.0.1:8787/hooks/hello
`;
}
