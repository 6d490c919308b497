import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, Hook } from "../../host/index.ts";
import type { ClientOptions } from "../../host/index.ts";
import { HttpFailure } from "../../host/index.ts";
import { buildTestHook, loadProbe, probe } from "../support/probe.ts";
import { body, openScene, ORIGIN, type Scene } from "../support/scene.ts";

// Documents as bodies of a JSON type, from a real server through both ways into the guest library: a hook that
// carries it, and the Http component; and through that into a hook in TypeScript.

const suite = join(import.meta.dirname, "..", "..", "..", "shared", "vectors", "JSONTestSuite", "test_parsing");
const names = existsSync(suite) ? readdirSync(suite).filter((name) => name.endsWith(".json")) : [];

let scene: Scene;
let hook: Hook;
let typescript: Hook;
let client: Client;

beforeAll(async () => {
  scene = await openScene({ limits: { callsPerEvent: 1 } });
  hook = await loadProbe(scene.runtime, await buildTestHook("probe"));
  typescript = await loadProbe(scene.runtime, await buildTestHook("typescript/probe"));
  client = await scene.runtime.client();
});
afterAll(() => scene.close());

const OPTIONS: ClientOptions = {
  headers: [],
  body: undefined,
  authorization: undefined,
  timeout: undefined,
  responseType: "auto",
};

/** What each way makes of a document: the value, or undefined where it is the raw string. */
async function readBoth(document: Buffer): Promise<unknown[]> {
  scene.answer = body(document, "application/json");
  const report = await probe(hook, { url: `${ORIGIN}/document` });
  const response = await client.call("GET", `${ORIGIN}/document`, undefined, OPTIONS);
  if (response instanceof HttpFailure) throw response;
  const fromClient = response.body;
  if (fromClient.kind === "bytes") throw new Error("the body is bytes");
  expect(report.text).toBe(fromClient.text);
  const parsed: unknown = fromClient.kind === "json" ? JSON.parse(fromClient.text) : fromClient.text;
  const { body: inTypeScript } = await probe(typescript, { url: `${ORIGIN}/document` });
  // As text: a hook's result is JSON, which has no negative zero.
  expect(JSON.stringify(inTypeScript)).toBe(JSON.stringify(parsed));
  return [report.kind === "json" ? report.body : undefined, fromClient.kind === "json" ? parsed : undefined];
}

const refused = [undefined, undefined];

describe.skipIf(names.length === 0)("JSONTestSuite (skipped where ../shared/vectors has none)", () => {
  test.each(names.filter((name) => name.startsWith("y_")))("%s is JSON, as JSON.parse reads it", async (name) => {
    const document = readFileSync(join(suite, name));
    const value: unknown = JSON.parse(document.toString());
    expect(await readBoth(document)).toEqual([value, value]);
  });

  test.each(names.filter((name) => name.startsWith("n_")))("%s is the raw string", async (name) => {
    expect(await readBoth(readFileSync(join(suite, name)))).toEqual(refused);
  });

  test.each(names.filter((name) => name.startsWith("i_")))(
    "%s is one or the other, the same both ways",
    async (name) => {
      const [fromHook, fromClient] = await readBoth(readFileSync(join(suite, name)));
      expect(fromHook).toEqual(fromClient);
    },
  );
});

describe("documents of our own", () => {
  const accepted = [
    '{"a":[1,-0.5e-3,true,false,null,"\\u00e9\\ud83d\\ude00"]}',
    " [ ] ",
    '"\\"\\\\\\/"',
    "0",
    '{"a":1,"a":2}',
  ];
  test.each(accepted)("%s is JSON, as JSON.parse reads it", async (text) => {
    const value: unknown = JSON.parse(text);
    expect(await readBoth(Buffer.from(text))).toEqual([value, value]);
  });

  const broken = ["{'a':1}", "[1,]", "01", "1.", "+1", "NaN", '"\t"', "[1]x", "{a:1}", '"\\x"', "tru", "\u00a0[]"];
  test.each(broken)("%j is the raw string", async (text) => {
    expect(await readBoth(Buffer.from(text))).toEqual(refused);
  });

  test.each([
    ["100 000 arrays that are never closed", "[".repeat(100_000)],
    ["100 000 nested arrays", "[".repeat(100_000) + "]".repeat(100_000)],
    ["100 000 nested objects", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)],
  ])("%s are the raw string, and nothing traps", async (_, text) => {
    expect(await readBoth(Buffer.from(text))).toEqual(refused);
  });

  test("bad UTF-8 inside a string is the raw string", async () => {
    expect(await readBoth(Buffer.from([0x22, 0xff, 0x22]))).toEqual(refused);
  });

  test("a byte order mark before JSON is dropped", async () => {
    expect(await readBoth(Buffer.from("\uFEFF[1]"))).toEqual([[1], [1]]);
  });
});
