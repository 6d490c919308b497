import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConnectionRecord } from "../../host/auth/store/token-store.ts";
import { checkConfig } from "../../host/config/check.ts";
import type { TokensOptions } from "../../host/config/config.ts";
import { openTokens } from "../../host/config/tokens.ts";
import { ConfigError, TokenStoreError } from "../../host/errors.ts";
import { folderOf } from "../support/cli.ts";

const run = promisify(execFile);
const OLD = Buffer.alloc(32, 1).toString("base64");
const NEW = Buffer.alloc(32, 2).toString("hex");
const KEY = { connector: "crm", connection: "default" };
const RECORD: ConnectionRecord = {
  grant: "first",
  connectedAt: 1,
  tokens: undefined,
  refresh: undefined,
  reauth: undefined,
};

afterEach(() => vi.unstubAllEnvs());

describe("the tokens of a configuration", () => {
  test.each<[tokens: TokensOptions]>([
    [{ file: "tokens.db", key: { env: "TOKENS_KEY" } }],
    [{ file: "tokens.db", key: { file: "key" }, previousKeys: [] }],
    [{ file: "tokens.db", key: { value: NEW }, previousKeys: [{ value: OLD }, { env: "OLDER" }] }],
  ])("accepts %j", (tokens) => {
    expect(checkConfig({ tokens })).toEqual({ tokens });
  });

  test.each<[tokens: unknown, path: string, message: string]>([
    ["tokens.db", "tokens", "got a string, wanted an object, as in { file"],
    [{}, "tokens.file", 'got undefined, wanted a path, as in "tokens.db"'],
    [{ file: "", key: { env: "A" } }, "tokens.file", 'wanted a path, as in "tokens.db"'],
    [{ file: "a" }, "tokens.key", 'got undefined, wanted a source, as in { env: "TOKENS_KEY" }'],
    [{ file: "a", key: NEW }, "tokens.key", "got a string, wanted a source"],
    [{ file: "a", key: {} }, "tokens.key", "got no source, wanted one of value, env, file"],
    [{ file: "a", key: { env: 1 } }, "tokens.key.env", "got a number, wanted a string"],
    [
      { file: "a", key: { env: "A" }, previousKey: [] },
      "tokens.previousKey",
      "got an unknown key, wanted one of file, key, previousKeys; did you mean tokens.previousKeys?",
    ],
    [
      { file: "a", key: { env: "A" }, previousKeys: { env: "B" } },
      "tokens.previousKeys",
      "got an object, wanted an array",
    ],
    [{ file: "a", key: { env: "A" }, previousKeys: [OLD] }, "tokens.previousKeys[0]", "got a string, wanted a source"],
  ])("refuses %j at %s", (tokens, path, message) => {
    let thrown: unknown;
    try {
      checkConfig({ tokens });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).path).toBe(path);
    expect((thrown as ConfigError).message).toContain(message);
    for (const key of [OLD, NEW]) expect((thrown as ConfigError).message).not.toContain(key);
  });
});

describe("openTokens", () => {
  test("a configuration that names no store has none", async () => {
    expect(await openTokens({})).toBeUndefined();
  });

  test("opens the file under the key, from wherever that comes", async () => {
    const folder = await folderOf({ key: `${NEW}\n` });
    const file = join(folder, "tokens.db");
    vi.stubEnv("TOKENS_KEY", NEW);
    for (const key of [{ env: "TOKENS_KEY" }, { file: join(folder, "key") }, { value: async () => NEW }]) {
      const store = await openTokens({ tokens: { file, key } });
      const version = (await store?.read(KEY))?.version ?? 0;
      expect(await store?.write(KEY, RECORD, version)).toBeGreaterThan(0);
      await store?.close();
    }
  });

  test("previous keys decrypt, and the key is the one that encrypts", async () => {
    const file = join(await folderOf({}), "tokens.db");
    const open = (key: string, ...previous: string[]): ReturnType<typeof openTokens> =>
      openTokens({ tokens: { file, key: { value: key }, previousKeys: previous.map((value) => ({ value })) } });
    const before = await open(OLD);
    await before?.write(KEY, RECORD, 0);
    await before?.close();
    await expect(open(NEW)).rejects.toThrow(TokenStoreError);
    await (await open(NEW, OLD))?.close();
    const after = await open(NEW);
    expect((await after?.read(KEY))?.record).toEqual(RECORD);
    await after?.close();
  });

  test.each<[tokens: TokensOptions, message: string]>([
    [
      { file: "a", key: { env: "BACKFILL_NOT_SET" } },
      "tokens.key.env: got a variable that is not set, wanted 32 bytes",
    ],
    [{ file: "a", key: { value: undefined } }, "tokens.key: got no value, wanted 32 bytes in base64 or hex"],
    [{ file: "a", key: { value: OLD.slice(4) } }, "tokens.key: got text that is no key, wanted 32 bytes"],
    [{ file: "a", key: { value: ` ${OLD}` } }, "make a key with: openssl rand -base64 32"],
    [
      { file: "a", key: { value: NEW }, previousKeys: [{ value: OLD }, { value: "short" }] },
      "tokens.previousKeys[1]: got text that is no key",
    ],
    [{ file: "a", key: { file: "none" } }, "tokens.key.file: got none (ENOENT)"],
  ])("refuses %j without the key", async (tokens, message) => {
    const opened = openTokens({ tokens });
    await expect(opened).rejects.toThrow(ConfigError);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow(new RegExp(`^(?!.*(${OLD.slice(4, 20)}|${NEW}|short))`));
  });
});

test("a program that keeps no tokens loads no SQLite", async () => {
  const folder = await folderOf({});
  const entry = new URL("../../dist/index.js", import.meta.url).href;
  const main = join(folder, "main.mjs");
  await writeFile(
    main,
    `import { createHookRuntime } from ${JSON.stringify(entry)};
const sqlite = () => process.moduleLoadList.some((name) => name.endsWith(" sqlite"));
await (await createHookRuntime({ permissions: { http: [] } })).close();
const before = sqlite();
await import("node:sqlite");
console.log(before, sqlite());
`,
  );
  const { stdout } = await run(process.execPath, [main]);
  expect(stdout).toBe("false true\n");
});
