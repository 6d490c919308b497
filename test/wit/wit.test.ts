import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RESPONSE_TYPES } from "../../host/abi/client.ts";
import { LOG_LEVELS } from "../../host/abi/platform.ts";
import { FAILURE_CODES, PHASES } from "../../host/errors.ts";
import { METHODS } from "../../host/message.ts";

// The order of an enum is its encoding: the guest, the host and the WIT package must agree on it. jco reads the
// package as any binding generator would, which also shows that its pinned dependencies still work together.

const root = join(import.meta.dirname, "..", "..");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-wit-"));
  const jco = join(root, "node_modules", "@bytecodealliance", "jco", "dist", "jco.js");
  for (const world of ["http", "linked-hook"]) {
    await promisify(execFile)(process.execPath, [jco, "types", join(root, "wit"), "-n", world, "-o", folder]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function enumOf(interfaceName: string, type: string): Promise<string[]> {
  const text = await readFile(join(folder, "interfaces", `backfill-http-${interfaceName}.d.ts`), "utf8");
  const [, cases] = new RegExp(`export type ${type} = ([^;]+);`).exec(text) ?? [];
  return [...(cases ?? "").matchAll(/'([^']+)'/g)].map(([, name]) => name as string);
}

test.each<[string, string, readonly string[]]>([
  ["types", "FailureCode", FAILURE_CODES],
  ["types", "Phase", PHASES],
  ["types", "Method", METHODS.map((name) => name.toLowerCase())],
  ["client", "ResponseType", RESPONSE_TYPES],
  ["log", "Level", LOG_LEVELS],
])("the host has the cases of %s.%s in the order of the contract", async (interfaceName, type, cases) => {
  expect(await enumOf(interfaceName, type)).toEqual(cases);
});

test.each<[string, readonly string[]]>([
  ["FAILURE_CODES", FAILURE_CODES],
  ["PHASES", PHASES],
])("the guest library has the cases of %s in the order of the contract", async (list, cases) => {
  const text = await readFile(join(root, "assembly", "failure.ts"), "utf8");
  const [, items] = new RegExp(`${list}: StaticArray<string> = \\[([^\\]]+)\\]`).exec(text) ?? [];
  const named = (items ?? "").replace("INVALID_REQUEST", '"invalid-request"').replace("VALIDATE", '"validate"');
  expect([...named.matchAll(/"([^"]+)"/g)].map(([, name]) => name)).toEqual(cases);
});
