import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hook, HookError } from "../../host/index.ts";
import { decode } from "../../host/runtime/decode.ts";
import { json, openScene, ORIGIN, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

// What is a hook's own in TypeScript: its endings, their places, its results, and what a build leaves in it.

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ secrets: { api_key: "sk_live_1" } });
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.logs.length = 0;
  scene.answer = json({ data: 1 });
});

async function load(source: string, files?: Readonly<Record<string, string>>): Promise<Hook> {
  return scene.runtime.load((await buildTypeScript(source, files)).component, { name: "hook" });
}

async function endOf(source: string, files?: Readonly<Record<string, string>>): Promise<HookError> {
  const hook = await load(source, files);
  return hook.run({}).then(
    (value) => {
      throw new Error(`it ended with ${JSON.stringify(value)}`);
    },
    (error: HookError) => error,
  );
}

describe("a component", () => {
  test("imports nothing but the interfaces of this package, and exports run", async () => {
    const { component } = await buildTypeScript("export function run() {}");
    const { imports, exports } = decode(component);
    expect(imports.toSorted()).toEqual(
      ["client", "clock", "log", "random", "secrets", "types"].map((name) => `backfill:http/${name}@0.1.0`),
    );
    expect(exports).toEqual(["run"]);
  });

  test("is the same bytes for the same source", async () => {
    const source = "const at = Date.now();\nexport function run() { return at + Math.random(); }";
    const [first, second] = await Promise.all([buildTypeScript(source), buildTypeScript(source)]);
    expect(Buffer.compare(first.component, second.component)).toBe(0);
  });
});

describe("a hook's modules", () => {
  test("run with each event, not with the build: time, randomness and secrets are the event's", async () => {
    const hook = await load(`import { Secrets } from "@backfill/http/hook";
      const seen = { now: Date.now(), random: Math.random(), secret: Secrets.get("api_key") };
      export function run() { return seen; }`);
    const before = Date.now();
    const [first, second] = (await Promise.all([hook.run(), hook.run()])) as { now: number; random: number }[];
    expect(first).toMatchObject({ secret: "sk_live_1" });
    expect(first?.now).toBeGreaterThanOrEqual(before);
    expect(first?.random).not.toBe(second?.random);
  });

  test("keep nothing of one event for the next", async () => {
    const hook = await load(`const seen = []; globalThis.count = 0;
      export function run(event) { seen.push(event); return [seen, ++globalThis.count, Array.prototype.extra ??= 1]; }`);
    expect(await hook.run("a")).toEqual([["a"], 1, 1]);
    expect(await hook.run("b")).toEqual([["b"], 1, 1]);
  });

  test("are strict", async () => {
    expect((await endOf("export function run() { undeclared = 1; }")).message).toContain("undeclared is not defined");
  });

  test("may be many files, JSON among them, and packages of plain JavaScript in either module format", async () => {
    const hook = await load(
      `import { twice } from "./lib/twice.ts"; import config from "./config.json"; import esm from "esm-package"; import cjs from "cjs-package";
       export function run(n: number) { return [twice(n), config.name, esm(n), cjs.plus(n)]; }`,
      {
        "lib/twice.ts": "export const twice = (n: number): number => n * 2;",
        "config.json": '{"name":"ada"}',
        "node_modules/esm-package/package.json": '{"type":"module","exports":"./index.js"}',
        "node_modules/esm-package/index.js": "export default (n) => -n;",
        "node_modules/cjs-package/package.json": '{"main":"index.js"}',
        "node_modules/cjs-package/index.js": "exports.plus = (n) => n + 1;",
      },
    );
    expect(await hook.run(4)).toEqual([8, "ada", -4, 5]);
  });
});

test("a run that is no function ends the hook: what a name stands for is known when its module has run", async () => {
  const { message } = await endOf("export const run = 5;");
  expect(message).toBe("a hook exports its handler as: export function run(event) { … }");
});

describe("a result", () => {
  test.each<[string, unknown]>([
    ["undefined", null],
    ["null", null],
    ["() => {}", null],
    ['"text"', "text"],
    ["{ a: [1, true, undefined], b: undefined }", { a: [1, true, null] }],
    ["new Date(0)", "1970-01-01T00:00:00.000Z"],
  ])("of %s is %j", async (expression, value) => {
    expect(await (await load(`export function run() { return ${expression}; }`)).run()).toEqual(value);
  });

  test("of a promise ends the hook, with what to write", async () => {
    const error = await endOf("export async function run() { return 1; }");
    expect(error).toMatchObject({ code: "BACKFILL_HOOK_TRAPPED" });
    expect(error.message).toMatch(/^run returned a promise; a hook is synchronous: .* leave out async and await/);
  });

  test.each([
    ["1n", /cannot be written as JSON/],
    ["(() => { const a = {}; a.a = a; return a; })()", /cannot be written as JSON/],
  ])("of %s ends the hook, with why", async (expression, message) => {
    expect((await endOf(`export function run() { return ${expression}; }`)).message).toMatch(message);
  });
});

describe("an uncaught error", () => {
  test("gives its message and its place in the source", async () => {
    const error = await endOf(`
      interface Event { readonly id: number }
      // A line that leaves no code.
      export function run(event: Event) {
        throw new Error("out of stock");
      }`);
    expect(error.code).toBe("BACKFILL_HOOK_TRAPPED");
    expect(error.message).toBe("out of stock (hook.ts:5:19)");
  });

  test("gives the calls that led to it as its stack, each at its place", async () => {
    const error = await endOf(
      `import { check } from "./lib/check.ts";
const inner = () => check(1);
export function run() {
  return inner();
}`,
      { "lib/check.ts": "\n\nexport function check(n: number): never {\n  throw new RangeError(`no ${n}`);\n}\n" },
    );
    expect(error.message).toMatch(/^RangeError: no 1 \(lib\/check\.ts:4:\d+\)$/);
    const [first, ...calls] = error.stack?.split("\n") ?? [];
    expect(first).toBe(`HookError: ${error.message}`);
    expect(calls.map((line) => line.replace(/:\d+\)$/, ")"))).toEqual([
      "    at check (lib/check.ts:4)",
      "    at inner (hook.ts:2)",
      "    at run (hook.ts:4)",
    ]);
  });

  test("of the engine names its kind", async () => {
    const { message } = await endOf("export function run(event) {\n  return event.customer.id;\n}");
    expect(message).toMatch(/^TypeError: .+ \(hook\.ts:2:\d+\)$/);
  });

  test("in a package gives the place in the hook's own files in its message", async () => {
    const error = await endOf('import fail from "fails";\nexport function run() {\n  fail();\n}', {
      "node_modules/fails/package.json": '{"main":"index.js"}',
      "node_modules/fails/index.js": 'module.exports = () => { throw new Error("within"); };',
    });
    expect(error.message).toMatch(/^within \(hook\.ts:3:\d+\)$/);
    expect(error.stack).toContain("node_modules/fails/index.js:1");
  });

  test("at the top of a module has its place too", async () => {
    const error = await endOf('export function run() {}\nthrow new Error("at once");');
    expect(error.message).toMatch(/^at once \(hook\.ts:2:\d+\)$/);
  });

  test("tells its causes", async () => {
    const error = await endOf(`export function run() {
  try { JSON.parse("{"); } catch (cause) { throw new Error("no order", { cause }); }
}`);
    expect(error.stack).toMatch(/\[cause\]: SyntaxError: .+/);
  });

  test("is in the log at level critical, with its stack", async () => {
    const { message } = await endOf('export function run() { throw new Error("gone"); }');
    expect(scene.logs).toEqual([
      {
        level: "critical",
        message,
        fields: { stack: expect.stringMatching(/^ {4}at run \(hook\.ts:1:\d+\)$/) as string },
      },
    ]);
  });

  test.each([
    ['"a text"', "a text"],
    ["{ code: 7 }", 'object was thrown: {"code":7}'],
    ["undefined", "undefined was thrown: undefined"],
    ["7n", "bigint was thrown: 7"],
  ])("that is no Error but %s says so", async (expression, message) => {
    expect((await endOf(`export function run() { throw ${expression}; }`)).message).toBe(message);
  });

  test.each([
    ["fetch('https://x.example.com/')", /fetch is not defined.*Http, from @backfill\/http\/hook/],
    ["process.env.KEY", /process is not defined.*Secrets\.get/],
    ["setTimeout(() => {}, 10)", /^setTimeout does not exist in a hook.*Clock\.sleep\(milliseconds\)/],
  ])("of %s says what to use", async (expression, message) => {
    expect((await endOf(`export function run() { ${expression}; }`)).message).toMatch(message);
  });

  test("of a call without a response names call, URL without its query, cause and place", async () => {
    const { message } = await endOf(`import { Http } from "@backfill/http/hook";
export function run() {
  return Http.get("https://elsewhere.example.com/v1?key=hidden").body;
}`);
    expect(message).toMatch(
      /^Http\.get https:\/\/elsewhere\.example\.com\/v1 failed: not-allowed \(policy\): .+ \(hook\.ts:3:\d+\)$/,
    );
    expect(message).not.toContain("hidden");
  });
});

describe("a hook that uses up what it has", () => {
  test.each([
    ["its stack", "BACKFILL_HOOK_STACK", "const f = (n: number): number => f(n + 1) + 1; f(0);"],
    ["its stack in a pattern", "BACKFILL_HOOK_MEMORY", '/(?:a|b)*c/.test("ab".repeat(4_000_000));'],
    ["its stack in JSON", "BACKFILL_HOOK_STACK", 'JSON.parse("[".repeat(200_000));'],
    ["its memory in bytes", "BACKFILL_HOOK_MEMORY", "const kept = []; for (;;) kept.push(new Uint8Array(1 << 20));"],
    ["its memory in small objects", "BACKFILL_HOOK_MEMORY", "const kept = []; for (;;) kept.push({ a: [1] });"],
    ["its memory in one text", "BACKFILL_HOOK_TRAPPED", 'let text = "0123456789"; for (;;) text += text;'],
  ])("%s ends with %s, and the next event is untouched", async (_, code, source) => {
    const runtime = await scene.open({ limits: { memoryBytes: 64 * 1024 * 1024 } });
    const { component } = await buildTypeScript(
      `export function run(event: unknown) { if (event) { ${source} } return 1; }`,
    );
    const hook = await runtime.load(component, { name: "hook" });
    await expect(hook.run(true)).rejects.toMatchObject({ code });
    expect(await hook.run(false)).toBe(1);
  });

  test("its memory may catch that and go on", async () => {
    const runtime = await scene.open({ limits: { memoryBytes: 16 * 1024 * 1024 } });
    const { component } = await buildTypeScript(`export function run() {
      try { return new Uint8Array(1 << 26).length; } catch { return "caught"; } }`);
    expect(await (await runtime.load(component, { name: "hook" })).run()).toBe("caught");
  });
});

describe("time", () => {
  test("moves within an event, in Date and in Clock", async () => {
    const hook = await load(`import { Clock } from "@backfill/http/hook";
      export function run() {
        const before = [Date.now(), Clock.now(), new Date().getTime(), performance.now()];
        Clock.sleep(30);
        return [Date.now(), Clock.now(), new Date().getTime(), performance.now()].map((at, i) => at - before[i]);
      }`);
    for (const passed of (await hook.run()) as number[]) expect(passed).toBeGreaterThanOrEqual(29);
  });

  test("is the host's, in UTC", async () => {
    const hook = await load(
      "export function run() { return [new Date().toISOString(), new Date(0).getTimezoneOffset()]; }",
    );
    const before = Date.now();
    const [now, offset] = (await hook.run()) as [string, number];
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(now)).toBeLessThanOrEqual(Date.now());
    expect(offset).toBe(0);
  });

  test.each(["-1", "NaN", '"5"'])("Clock.sleep(%s) is a RangeError", async (milliseconds) => {
    const error = await endOf(
      `import { Clock } from "@backfill/http/hook"; export function run() { Clock.sleep(${milliseconds}); }`,
    );
    expect(error.message).toMatch(/^RangeError: Clock\.sleep\(/);
  });
});

test("a call in a hook may be made many times, each with its own response", async () => {
  scene.answer = (response, request) => json(request.target)(response, request);
  const hook = await load(`import { Http } from "@backfill/http/hook";
    export function run() { return Array.from({ length: 20 }, (_, i) => Http.get("${ORIGIN}/v1/" + i).body); }`);
  expect(await hook.run()).toEqual(Array.from({ length: 20 }, (_, i) => `/v1/${i}`));
});
