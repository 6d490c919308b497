import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHook } from "../../host/compile/hook.ts";
import { languageOf } from "../../host/compile/language.ts";
import { checkConfig } from "../../host/config/check.ts";
import { checkConnector } from "../../host/config/check-connector.ts";
import { createHookRuntime, type CallRecord } from "../../host/index.ts";
import { openServer, type Server } from "../cli/server.ts";
import { backfill, type CliResult } from "../support/cli.ts";
import { type Block, pageNames, readBlocks } from "./blocks.ts";
import { checkTypes, faultsOf } from "./types.ts";

// A block of the README or of a page in docs/ is marked with what it is, and each kind is proven in its own way. A block
// of another kind would be proven by nobody, and is refused.

const HOOKS: readonly string[] = ["ts hook", "ts typescript", "ts route"];
const CONFIGS: readonly string[] = ["ts config", "ts store", "ts member"];
const CONNECTORS: readonly string[] = ["ts connector"];
const PROGRAMS: readonly string[] = ["ts program", "ts program embed", "ts embed", "ts statements"];
/** Those of docs/testing.md are run by its own test. */
const TESTS: readonly string[] = ["ts test", "ts replay"];
/** Those of docs/embedding.md are run by the conformance suite's own test. */
const EMBEDDING: readonly string[] = ["py adapter", "text wire"];
const OTHERS: readonly string[] = [...TESTS, "sh", "text denial", "json problem", "yaml deployment", ...EMBEDDING];
const MODULES: readonly string[] = [...HOOKS, ...CONFIGS, ...CONNECTORS, ...PROGRAMS];

/** What makes a module of a block that is none. */
const FRAMES: Readonly<Record<string, (code: string) => string>> = {
  "ts member": (code) => `import { defineConfig } from "@backfill/http";
export default defineConfig({
${code.trimEnd().replace(/,?$/, ",")}
});
`,
  "ts statements": (code) => `import type { ConnectorConfig, HookRuntime } from "@backfill/http";
export async function statements(runtime: HookRuntime, connector: ConnectorConfig, event: unknown): Promise<void> {
${code}}
`,
};

const root = join(import.meta.dirname, "..", "..");
let blocks: readonly Block[];
let folder: string;
let program: ts.Program;
/** The blocks that are modules, by their files. */
const modules = new Map<string, Block>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-docs-"));
  blocks = await readBlocks();
  for (const block of blocks) {
    if (!MODULES.includes(block.mark)) continue;
    const text = FRAMES[block.mark]?.(block.code) ?? block.code;
    const file = join(folder, `${modules.size}-${block.place.replace(/\W/g, "-")}.mts`);
    modules.set(file, block);
    await writeFile(file, text);
    if (HOOKS.includes(block.mark)) await writeFile(file.replace(".mts", ".ts"), text);
  }
  program = checkTypes(typedFiles());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** AssemblyScript has a compiler of its own. */
function typedFiles(): readonly string[] {
  return [...modules].flatMap(([file, { code }]) => (code.includes("@backfill/http/assembly") ? [] : [file]));
}

/** The blocks of these kinds, each with its file. There is one of each kind at the least. */
function marked(kinds: readonly string[]): readonly (readonly [file: string, block: Block])[] {
  const found = [...modules].filter(([, { mark }]) => kinds.includes(mark));
  expect(new Set(found.map(([, { mark }]) => mark))).toEqual(new Set(kinds));
  return found;
}

/** The only block of its kind. */
function only(mark: string): string {
  const found = blocks.filter((block) => block.mark === mark);
  expect(found, mark).toHaveLength(1);
  return found[0]?.code ?? "";
}

test("every block is of a kind that is proven here", () => {
  const kinds = [...MODULES, ...OTHERS];
  expect(blocks.filter(({ mark }) => !kinds.includes(mark)).map(({ place, mark }) => `${place} ${mark}`)).toEqual([]);
});

test("every link to a heading leads to one", async () => {
  const slugs = new Map<string, ReadonlySet<string>>();
  const links: [from: string, to: string, heading: string][] = [];
  for (const name of await pageNames()) {
    const page = (await readFile(join(root, name), "utf8")).replace(/^```[^]*?^```$/gm, "");
    slugs.set(name, new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slugOf(heading))));
    for (const [, file = "", heading = ""] of page.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
      links.push([name, file === "" ? name : join(dirname(name), file), heading]);
    }
  }
  expect(links.filter(([, to, heading]) => slugs.get(to)?.has(heading) !== true)).toEqual([]);
});

/** As GitHub makes it. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

test("every block in TypeScript has the types that it uses", () => {
  expect(faultsOf(program, typedFiles())).toEqual([]);
});

test("every hook is built, in both languages", { timeout: 120_000 }, async () => {
  const languages = new Set<string>();
  for (const [file, { place }] of marked(HOOKS)) {
    const source = file.replace(".mts", ".ts");
    const { language, warnings } = await buildHook(source, { optimize: false });
    expect(warnings, place).toEqual([]);
    expect(language).toBe(languageOf(await readFile(source, "utf8"), place));
    languages.add(language);
  }
  expect([...languages].toSorted()).toEqual(["assemblyscript", "typescript"]);
});

test("every configuration and every manifest is one", async () => {
  const valueOf = async (file: string): Promise<unknown> => {
    const text = (await readFile(file, "utf8")).replace(
      /^import .*$/m,
      "const defineConfig = (given) => given, defineConnector = defineConfig;",
    );
    const script = file.replace(".mts", ".value.mjs");
    await writeFile(script, text);
    return ((await import(script)) as { readonly default: unknown }).default;
  };
  for (const [file, { place }] of marked(CONFIGS)) {
    expect(checkConfig(await valueOf(file), place), place).toBeDefined();
  }
  for (const [file, { place }] of marked(CONNECTORS)) {
    expect(checkConnector(await valueOf(file), place), place).toBeDefined();
  }
});

test("every command is one, with options that it has", { timeout: 120_000 }, async () => {
  const words = new Set(["backfill", "bash", "npm", "npx", "curl", "openssl", "python3", "wac", "wasmtime", "wkg"]);
  const helps = new Map<string, CliResult>();
  for (const { place, code } of blocks.filter(({ mark }) => mark === "sh")) {
    for (const line of code.trim().split("\n")) {
      const [name = "", command = "", ...rest] = line
        .replace(/^(\w+="[^"]*" )+/, "")
        .replace(/ +#.*$/, "")
        .split(" ");
      expect(words, `${place}: ${line}`).toContain(name);
      if (name !== "backfill") continue;
      const help = helps.get(command) ?? (await backfill([command, "--help"]));
      helps.set(command, help);
      expect(help, `${place}: ${line}`).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toMatch(new RegExp(`^Usage: backfill ${command}\\b`));
      for (const option of rest.filter((word) => word.startsWith("--"))) {
        expect(help.stdout, `${place}: ${line}`).toMatch(new RegExp(`^ +${option}\\b`, "m"));
      }
    }
  }
});

describe("the pages' first hook", () => {
  let api: Server;
  beforeAll(async () => {
    api = await openServer((response) => {
      response.writeHead(200, { "content-type": "application/json" }).end('{"name":"Ada"}');
    });
  });
  afterAll(() => api.close());

  /** Runs a hook's source under the configuration of the page. */
  async function run(source: string): Promise<{ readonly result: unknown; readonly calls: readonly CallRecord[] }> {
    const calls: CallRecord[] = [];
    const file = join(folder, "hook.ts");
    await writeFile(file, source);
    const runtime = await createHookRuntime({
      permissions: { http: ["https://api.example.com/v1/*"] },
      secrets: { api_key: "k" },
      development: { resolve: [`api.example.com:443:127.0.0.1:${api.port}`], ca: api.ca },
      onCall: (call) => calls.push(call),
    });
    try {
      const { component } = await buildHook(file, { optimize: false });
      const result = await (await runtime.load(component)).run({ customer: "cus_1" }).catch((error: unknown) => error);
      return { result, calls };
    } finally {
      await runtime.close();
    }
  }

  const hooks = (): readonly string[] =>
    blocks.filter(({ mark, place }) => mark === "ts hook" && place.includes("getting-started")).map(({ code }) => code);

  test("gives the customer's name, in both languages", async () => {
    expect(hooks()).toHaveLength(2);
    for (const code of hooks()) {
      expect(await run(code)).toMatchObject({ result: "Ada", calls: [{ path: "/v1/customers/cus_1", status: 200 }] });
    }
  });

  test("is denied with the words that the page shows", async () => {
    const [code = ""] = hooks();
    const { result } = await run(code.replace("/v1/", "/v2/"));
    expect(`error: ${(result as Error).message}\n`).toBe(only("text denial"));
  });
});

test("the program that embeds the host runs as it is printed", async () => {
  const api = await openServer((response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"name":"Ada"}');
  });
  const source = blocks.find(({ mark, place }) => mark === "ts hook" && place.includes("getting-started"))?.code ?? "";
  const file = join(folder, "hook.ts");
  await writeFile(file, source);
  const { component } = await buildHook(file);
  const said: unknown[][] = [];
  // The only changes: the module, the hook's bytes, the environment, and that api.example.com is the server of this test.
  const text = only("ts program embed")
    .replace(/^import .*$/m, "")
    .replace('"hook.wasm"', "component")
    .replace("createHookRuntime({", "createHookRuntime({ development,");
  const parameters = ["createHookRuntime", "HookError", "component", "development", "console", "process"];
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...given: unknown[]) => Promise<void>;
  const main = new AsyncFunction(...parameters, text);
  process.env["API_KEY"] = "k";
  const index = await import("../../host/index.ts");
  const development = { resolve: [`api.example.com:443:127.0.0.1:${api.port}`], ca: api.ca };
  const say = (...words: unknown[]): number => said.push(words);
  await main(index.createHookRuntime, index.HookError, component, development, { log: say, error: say }, { once() {} });
  expect(said).toEqual([["hook", "https://api.example.com", 200], ["Ada"]]);
  delete process.env["API_KEY"];
  await api.close();
});
