import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { CompileError } from "../../host/compile/diagnostic.ts";
import { BundleError, putInEngine } from "../../host/compile/engine.ts";
import { buildHook } from "../../host/compile/hook.ts";
import { LIBRARY_EXPORTS } from "../../host/compile/hook-modules.ts";
import { languageOf } from "../../host/compile/language.ts";
import { folderOf } from "../support/cli.ts";
import { buildTypeScript } from "../support/typescript.ts";

const root = join(import.meta.dirname, "..", "..");

async function errorsOf(source: string, files?: Readonly<Record<string, string>>): Promise<string[]> {
  const error: unknown = await buildTypeScript(source, files).catch((thrown: unknown) => thrown);
  if (!(error instanceof CompileError)) throw new Error(`it is no CompileError: ${String(error)}`);
  return error.message.split("\n").map((line) => line.replace(/^\S*\/(?=\S+\.ts)/, ""));
}

describe("a hook that does not compile", () => {
  test("gives file, line and column of a fault in its syntax, counted in characters", async () => {
    expect(await errorsOf('export function run() {\n  const é = "é"; const = 5;\n}')).toEqual([
      'hook.ts:2:24: Expected identifier but found "=" (ESBUILD)',
    ]);
  });

  test("gives the file that is at fault, and every fault that is found", async () => {
    const source =
      'import "./a.ts"; import "./b.ts"; import { none } from "./none.ts";\nexport function run() { return none; }';
    expect((await errorsOf(source, { "a.ts": "\n\nlet 1;", "b.ts": "x y" })).toSorted()).toEqual([
      expect.stringMatching(/^a\.ts:3:5: .+ \(ESBUILD\)$/) as string,
      expect.stringMatching(/^b\.ts:1:3: .+ \(ESBUILD\)$/) as string,
      expect.stringMatching(/^hook\.ts:1:\d+: Could not resolve "\.\/none\.ts" \(ESBUILD\)$/) as string,
    ]);
  });

  test.each(["export function go() {}", "const run = 1;", ""])(
    "without run, as %j, says what to export",
    async (source) => {
      expect(await errorsOf(source)).toEqual([
        "hook.ts: a hook exports its handler as: export function run(event) { … } (HANDLER)",
      ]);
    },
  );

  test.each([
    ["/proc/self/environ", 'import text from "/proc/self/environ" with { type: "text" };'],
    ["a file above the project", 'import text from "../../../../../../etc/hostname" with { type: "text" };'],
    ["a link out of the project", 'import text from "./link.json";'],
  ])("or names %s is refused: a build reads the hook's project alone", async (_, line) => {
    const folder = await folderOf({
      "package.json": "{}",
      "hook.ts": `${line}\nexport function run() { return text; }`,
    });
    await symlink("/etc/hostname", join(folder, "link.json"));
    const error: unknown = await buildHook(join(folder, "hook.ts"), { language: "typescript" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain("the file is outside the hook's project");
  });

  test("with an await at the top of a module says so", async () => {
    expect((await errorsOf("export const x = await 1;\nexport function run() {}"))[0]).toMatch(
      /^hook\.ts:1:\d+: Top-level await/,
    );
  });

  test.each([
    ["node:fs", /^hook\.ts:1:\d+: node:fs is a module of Node, which does not exist in a sandbox \(IMPORT\)$/],
    ["fs/promises", /: fs\/promises is a module of Node/],
    ["node:crypto", /; use Crypto or Random from @backfill\/http\/hook \(IMPORT\)$/],
    ["https", /; use Http from @backfill\/http\/hook \(IMPORT\)$/],
    ["@backfill/http", /: @backfill\/http is the host's library; a hook uses @backfill\/http\/hook \(IMPORT\)$/],
    ["@backfill/http/assembly", /: @backfill\/http\/assembly is for hooks in AssemblyScript/],
    ["no-such-package", /: Could not resolve "no-such-package" \(ESBUILD\)$/],
    ["backfill:http/client@0.1.0", /: Could not resolve "backfill:http\/client@0\.1\.0" \(ESBUILD\)$/],
  ])("that imports %s says what is wrong", async (name, message) => {
    const [line, ...more] = await errorsOf(`import * as it from "${name}";\nexport function run() { return it; }`);
    expect(line).toMatch(message);
    expect(more).toEqual([]);
  });

  test("that imports what the library does not have says so", async () => {
    expect(
      await errorsOf('import { Htpp } from "@backfill/http/hook";\nexport function run() { return Htpp; }'),
    ).toEqual(['hook.ts:1:10: No matching export in @backfill/http/hook for import "Htpp" (ESBUILD)']);
  });

  test("because the engine knows less of the language than the bundler says why", async () => {
    await expect(putInEngine("(() => { return 1 +; })", "")).rejects.toThrow(BundleError);
    await expect(putInEngine("(() => { return 1 +; })", "")).rejects.toThrow(/SyntaxError/);
  });
});

test("a package of the name of one of Node's modules is taken where it is installed", async () => {
  const files = {
    "node_modules/events/package.json": '{"main":"i.js"}',
    "node_modules/events/i.js": "module.exports = 1;",
  };
  await expect(
    buildTypeScript('import e from "events";\nexport function run() { return e; }', files),
  ).resolves.toBeDefined();
});

test("the library has the names that a hook can import from it, inside a hook and out", async () => {
  const exportsOf = async (file: string): Promise<string[]> => {
    const { metafile } = await build({
      entryPoints: [join(root, "sdk", "typescript", file)],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      external: ["backfill:*"],
    });
    return Object.values(metafile.outputs).flatMap((output) => output.exports);
  };
  expect((await exportsOf("index.ts")).toSorted()).toEqual(LIBRARY_EXPORTS);
  expect((await exportsOf("outside.ts")).toSorted()).toEqual(LIBRARY_EXPORTS);
});

test("the library imported outside a hook says where it belongs", async () => {
  const file = join(root, "dist", "hook.js");
  await expect(import(file)).rejects.toThrow(/is there in a hook alone: build the file with `backfill build`/);
});

describe("the language of a hook", () => {
  test.each([
    ['import { Http } from "@backfill/http/hook";', "typescript"],
    ["import {\n  Http, // the client\n  Log\n} from '@backfill/http/hook'", "typescript"],
    ['import type { HttpResponse } from "@backfill/http/hook";', "typescript"],
    ['import "@backfill/http/hook"', "typescript"],
    ['export { run } from "./x"; import { Http } from "@backfill/http/assembly";', "assemblyscript"],
    ['import { Json } from "@backfill/http/assembly/json";', "assemblyscript"],
    [
      '// import "@backfill/http/assembly"\n/* import "@backfill/http/assembly" */ import "@backfill/http/hook";',
      "typescript",
    ],
    ['const text = `import "@backfill/http/assembly"`; import "@backfill/http/hook";', "typescript"],
    ['const text = \'import "@backfill/http/assembly"\'; import "@backfill/http/hook";', "typescript"],
    ['const all = "https://api.example.com/*";\nimport "@backfill/http/hook"; /* end */', "typescript"],
  ])("of %j is %s", (source, language) => {
    expect(languageOf(source, "hook.ts")).toBe(language);
  });

  test.each([
    [
      "export function run() {}",
      /imports neither @backfill\/http\/hook \(TypeScript\) nor @backfill\/http\/assembly \(AssemblyScript\).*--language/,
    ],
    [
      'import "@backfill/http/hook"; import "@backfill/http/assembly";',
      /imports both @backfill\/http\/hook \(TypeScript\) and @backfill/,
    ],
    ['import "@backfill/http/hooks";', /imports neither/],
    ['import { hook } from "x"; const b = "@backfill/http/hook";', /imports neither/],
  ])("of %j is not known", (source, message) => {
    expect(() => languageOf(source, "hook.ts")).toThrow(message);
    expect(() => languageOf(source, "hook.ts")).toThrow(CompileError);
  });

  test("may be given, whatever is imported", async () => {
    const folder = await folderOf({ "hook.ts": "export function run(event: string): string { return event; }" });
    const file = join(folder, "hook.ts");
    await expect(buildHook(file)).rejects.toThrow(CompileError);
    expect((await buildHook(file, { language: "typescript" })).language).toBe("typescript");
    expect((await buildHook(file, { language: "assemblyscript" })).language).toBe("assemblyscript");
  });
});

test("the source map holds the hook's files and no text of them", async () => {
  const { component } = await buildTypeScript(
    'import "./lib.ts";\nexport function run() { return "not in the map"; }',
    { "lib.ts": "export {};\nglobalThis.x = 1;" },
  );
  const text = Buffer.from(component).toString("latin1");
  expect(text).toContain('"sources":[null,"lib.ts","hook.ts"]');
  expect(text).not.toContain("sourcesContent");
  expect(text).not.toContain((await readFile(join(root, "package.json"), "utf8")).slice(0, 40));
});
