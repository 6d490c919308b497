import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createHookRuntime, type Hook, type HookRuntimeOptions } from "../../host/index.ts";
import { buildTestHook } from "../support/probe.ts";
import { json, openScene, ORIGIN, type Scene } from "../support/scene.ts";

// A sealed secret over the real boundary: the value reaches the server it is bound to, and nothing else. The whole
// linear memory of every instance is searched for it.

const VALUE = 'sk_live_"51H8 é/+=&%zÿ';
const BOUND = `${ORIGIN}/v1/*`;

let scene: Scene;
let component: Uint8Array;
let hook: Hook;
const memories: WebAssembly.Memory[] = [];
const Instance = WebAssembly.Instance;

beforeAll(async () => {
  // The engine's own class, so that the test sees each memory there is.
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      for (const value of Object.values(this.exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
    }
  };
  component = await buildTestHook("sealed");
  scene = await openScene(options());
  hook = await scene.runtime.load(component, { name: "sealed" });
});
afterAll(async () => {
  WebAssembly.Instance = Instance;
  await scene.close();
});
beforeEach(() => {
  scene.requests.length = 0;
  scene.logs.length = 0;
  memories.length = 0;
  scene.answer = json({ ok: true });
});

function options(more: Partial<HookRuntimeOptions> = {}): HookRuntimeOptions {
  return {
    permissions: { http: [`${ORIGIN}/*`] },
    secrets: { api_key: { value: VALUE, for: [BOUND] } },
    // An instance that is used again is cleared before: nothing could be found in it.
    limits: { idleInstancesPerHook: 0 },
    ...more,
  };
}

/** No form of the value in any guest's memory, in the log, or in what the hook gave. */
function expectNowhere(outcome: unknown): void {
  const forms = [VALUE, encodeURIComponent(VALUE), Buffer.from(VALUE).toString("base64"), VALUE.slice(0, 12)];
  for (const form of forms) {
    for (const encoding of ["utf8", "utf16le", "latin1"] as const) {
      for (const memory of memories)
        expect(Buffer.from(memory.buffer).includes(Buffer.from(form, encoding))).toBe(false);
    }
    expect(JSON.stringify([outcome, scene.logs, scene.calls])).not.toContain(form);
  }
  expect(memories.length).toBeGreaterThan(0);
}

test("the hook is given an opaque text of the same type, another one for each event", async () => {
  const one = (await hook.run({ url: `${ORIGIN}/v1/a`, where: "" })) as { secret: string };
  const two = (await hook.run({ url: `${ORIGIN}/v1/a`, where: "" })) as { secret: string };
  expect(one.secret).toMatch(/^sealed_[0-9a-f]{40}$/);
  expect(two.secret).not.toBe(one.secret);
});

test.each<[string, (request: Scene["requests"][number]) => unknown]>([
  [
    "",
    ({ headers }) =>
      Buffer.from(headers.authorization ?? "", "latin1")
        .toString("latin1")
        .replace("Bearer ", ""),
  ],
  [
    "basic",
    ({ headers }) =>
      Buffer.from((headers.authorization ?? "").replace("Basic ", ""), "base64")
        .toString()
        .replace("key:", ""),
  ],
  ["header", ({ headers }) => headers["x-api-key"]],
  ["query", ({ target }) => new URL(target, ORIGIN).searchParams.get("key")],
  ["json", ({ body }) => (JSON.parse(body.toString()) as { key: string }).key],
  ["form", ({ body }) => new URLSearchParams(body.toString()).get("key")],
])("in place %j the server it is bound to gets the value, and the guest has it nowhere", async (where, read) => {
  // A bearer token has no spaces or quotes of its own, so its place is shown with a plain value.
  const value = where === "" ? "sk_live_51H8abcdefghij" : VALUE;
  const runtime = await scene.open(options({ secrets: { api_key: { value, for: [BOUND] } } }));
  const own = await runtime.load(component, { name: "own" });
  const outcome = await own.run({ url: `${ORIGIN}/v1/a`, where });
  expect(read(scene.requests.at(-1) as Scene["requests"][number])).toBe(value);
  expectNowhere(outcome);
});

test.each(["", "basic", "header", "query", "json", "form"])(
  "in place %j the value does not leave toward another destination",
  async (where) => {
    const outcome = await hook.run({ url: `${ORIGIN}/v2/a`, where });
    expect(outcome).toMatchObject({ code: "secret-not-allowed" });
    expect((outcome as { message: string }).message).toContain("api_key");
    expect(scene.requests).toEqual([]);
    expectNowhere(outcome);
  },
);

test.each(["path", "text"])("in place %j, where no value can be put in, nothing leaves", async (where) => {
  const runtime = await scene.open(
    options({ secrets: { api_key: { value: "sk_live_51H8abcdefghij", for: [BOUND] } } }),
  );
  const outcome = await (await runtime.load(component, { name: "own" })).run({ url: `${ORIGIN}/v1/a`, where });
  expect(outcome).toMatchObject({ code: "secret-not-allowed" });
  expect(scene.requests.filter(({ target }) => target !== "/v1/a")).toEqual([]);
});

test("a value that the server sends back does not reach the guest, in header, body or encodings", async () => {
  scene.answer = (response, request) => {
    const key = request.headers["x-api-key"] as string;
    response.setHeader("x-echo", key);
    json({ plain: key, percent: encodeURIComponent(key), base64: Buffer.from(`a${key}`).toString("base64") })(
      response,
      request,
    );
  };
  const outcome = (await hook.run({ url: `${ORIGIN}/v1/a`, where: "header" })) as { body: Record<string, string> };
  expect(outcome.body["plain"]).toMatch(/^\*+$/);
  expectNowhere(outcome);
});

test("scrubbing is turned off by the operator alone", async () => {
  scene.answer = (response, request) => json({ echo: request.headers["x-api-key"] })(response, request);
  const runtime = await scene.open(options({ secrets: { api_key: { value: VALUE, for: [BOUND], scrub: false } } }));
  const outcome = await (
    await runtime.load(component, { name: "own" })
  ).run({ url: `${ORIGIN}/v1/a`, where: "header" });
  expect((outcome as { body: { echo: string } }).body.echo).toBe(VALUE);
});

test("a secret that is not bound is the real value", async () => {
  const runtime = await scene.open(options({ secrets: { api_key: { value: VALUE } } }));
  const outcome = await (
    await runtime.load(component, { name: "own" })
  ).run({ url: `${ORIGIN}/v1/a`, where: "header" });
  expect((outcome as { secret: string }).secret).toBe(VALUE);
  // The search that finds nothing elsewhere finds it here.
  expect(memories.some((memory) => Buffer.from(memory.buffer).includes(Buffer.from(VALUE, "utf16le")))).toBe(true);
});

test("a secret comes from the environment, a file or a function", async () => {
  const file = join(tmpdir(), `backfill-secret-${process.pid}`);
  await writeFile(file, "from a file, with 16 bytes\n");
  process.env["BACKFILL_TEST_SECRET"] = "from the environment";
  for (const [declared, value] of [
    [{ file }, "from a file, with 16 bytes"],
    [{ env: "BACKFILL_TEST_SECRET" }, "from the environment"],
    [{ value: async () => "from a function" }, "from a function"],
  ] as const) {
    const runtime = await scene.open(options({ secrets: { api_key: declared } }));
    const outcome = await (
      await runtime.load(component, { name: "own" })
    ).run({ url: `${ORIGIN}/v1/a`, where: "header" });
    expect((outcome as { secret: string }).secret).toBe(value);
  }
});

test.each<[string, NonNullable<HookRuntimeOptions["secrets"]>, RegExp]>([
  [
    "a value under 16 bytes",
    { key: { value: "fifteen bytes..", for: [BOUND] } },
    /^secrets\.key: .*15 bytes.*16 or more/,
  ],
  ["no source", { key: {} as { value: string } }, /^secrets\.key: got no source, wanted one of value, env, file$/],
  ["two sources", { key: { env: "A", file: "b" } as { env: string } }, /^secrets\.key: got env and file/],
  [
    "an unknown key",
    { key: { env: "A", form: [] } as { env: string } },
    /^secrets\.key\.form: got an unknown key.*did you mean secrets\.key\.for\?/,
  ],
  ["an entry that is refused", { key: { value: VALUE, for: ["http://a.com/*"] } }, /^secrets\.key\.for\[0\]/],
  ["a file that is not there", { key: { file: "/nowhere/secret" } }, /^secrets\.key\.file: .*ENOENT/],
])("%s is refused when the configuration loads, without the value", async (_, secrets, message) => {
  const error: unknown = await createHookRuntime({ secrets }).catch((thrown: unknown) => thrown);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain(VALUE);
});
