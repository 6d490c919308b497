import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const docs = join(root, "docs");

/** A fenced code block of a page. */
export interface Block {
  /** The page and the line, for people. */
  readonly place: string;
  /** The language and what follows it, as in `ts hook`. */
  readonly mark: string;
  readonly code: string;
}

/** The text of a page in docs/. */
export function readPage(name: string): Promise<string> {
  return readFile(join(docs, name), "utf8");
}

/** The README and every page in docs/, by their paths. */
export async function pageNames(): Promise<readonly string[]> {
  const pages = (await readdir(docs)).filter((name) => name.endsWith(".md"));
  return ["README.md", ...pages.map((name) => `docs/${name}`)];
}

/** Every block of these pages. */
export async function readBlocks(): Promise<readonly Block[]> {
  const names = await pageNames();
  const pages = await Promise.all(names.map(async (name) => blocksOf(name, await readFile(join(root, name), "utf8"))));
  return pages.flat();
}

function blocksOf(name: string, page: string): readonly Block[] {
  return [...page.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ index, 1: mark = "", 2: code = "" }) => ({
    place: `${name}:${page.slice(0, index).split("\n").length}`,
    mark,
    code,
  }));
}

/** The rows of the table under these column heads, each as its cells. */
export function tableOf(page: string, ...heads: readonly string[]): readonly (readonly string[])[] {
  const start = page.indexOf(`\n| ${heads.join(" | ")} |\n`);
  if (start < 0) throw new Error(`no table ${heads.join(", ")}`);
  const [rows = ""] = page.slice(start + 1).split(/\n(?!\|)/);
  return rows
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What stands in a text as code. */
export function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
