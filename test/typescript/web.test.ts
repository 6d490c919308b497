import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openScene, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

// The globals that JavaScript alone does not have, against those of this process.

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.logs.length = 0;
});

/** What `code`, the body of a hook, returns for an event. */
async function runner(code: string): Promise<(event?: unknown) => Promise<unknown>> {
  const { component } = await buildTypeScript(`import { Log } from "@backfill/http/hook";
    export function run(event: any): unknown { ${code} }`);
  const hook = await scene.runtime.load(component, { name: "hook" });
  return (event) => hook.run(event);
}

async function run(code: string, event?: unknown): Promise<unknown> {
  return (await runner(code))(event);
}

describe("globalThis", () => {
  test("has these beside the language's own, and nothing of the engine", async () => {
    const names = (await run("return Object.getOwnPropertyNames(globalThis);")) as string[];
    const functions =
      "globalThis undefined parseInt parseFloat isNaN isFinite escape unescape eval decodeURI decodeURIComponent encodeURI encodeURIComponent";
    const classes = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name));
    const language = new Set([...functions.split(" "), ...classes]);
    expect(names.filter((name) => !language.has(name)).toSorted()).toEqual([
      "InternalError",
      "atob",
      "btoa",
      "console",
      "crypto",
      "performance",
      "queueMicrotask",
      "setImmediate",
      "setInterval",
      "setTimeout",
    ]);
  });
});

describe("console", () => {
  test("writes to the log, each method at its level", async () => {
    await run(`console.debug("d"); console.trace("t"); console.log("l"); console.info("i"); console.warn("w"); console.error("e");
      console.assert(true, "no"); console.assert(false, "a");`);
    expect(scene.logs.map(({ level, message }) => [level, message])).toEqual([
      ["debug", "d"],
      ["debug", "t"],
      ["info", "l"],
      ["info", "i"],
      ["warn", "w"],
      ["error", "e"],
      ["error", "Assertion failed: a"],
    ]);
  });

  test.each([
    ['"a", 1, true, null, undefined, 2n', "a 1 true null undefined 2"],
    ['{ a: [1, "b"] }, [2]', '{"a":[1,"b"]} [2]'],
    ['"%s is %d of %j%%", "one", "2", { n: 3 }, "rest"', 'one is 2 of {"n":3}% rest'],
    ['"%s", Symbol("s")', "Symbol(s)"],
    ["function named() {}", "[function named]"],
    ["", ""],
  ])("writes %s as %j", async (values, message) => {
    await run(`console.log(${values});`);
    expect(scene.logs[0]?.message).toBe(message);
  });

  test("writes an error with its place and its stack", async () => {
    await run('\nconsole.error("failed:", new TypeError("bad"));');
    expect(scene.logs[0]?.message).toMatch(
      /^failed: TypeError: bad \(hook\.ts:3:\d+\)\n {4}at run \(hook\.ts:3:\d+\)$/,
    );
  });
});

describe("Log", () => {
  test("writes what JSON cannot hold as a text, and never throws", async () => {
    await run(`const circle: any = { name: "c" }; circle.self = circle; circle.list = [circle];
      const same = { x: 1 };
      Log.info("m", { n: 1n, f: function f() {}, s: Symbol("s"), u: undefined, circle, twice: [same, same], map: new Map([["k", 1]]), set: new Set([1]) });
      Log.info("n", { get bad() { throw new Error("getter"); } });
      Log.info({ toString() { throw new Error("no text"); } } as never);`);
    expect(scene.logs.map(({ fields }) => fields)).toEqual([
      {
        n: "1",
        f: expect.stringContaining("function f") as string,
        s: "Symbol(s)",
        circle: { name: "c", self: "[circular]", list: ["[circular]"] },
        twice: [{ x: 1 }, { x: 1 }],
        map: { k: 1 },
        set: [1],
      },
      { unwritable: "Error: getter" },
      undefined,
    ]);
  });

  test("writes an error among its fields with message, stack, cause and what it has of its own", async () => {
    await run(`const error: any = new Error("outer", { cause: new RangeError("inner") }); error.code = 7; error.again = error;
      Log.error("m", { error });`);
    expect(scene.logs[0]?.fields).toEqual({
      error: {
        name: "Error",
        message: "outer",
        stack: expect.stringMatching(/^ {4}at run \(hook\.ts:2:\d+\)$/) as string,
        code: 7,
        again: "[circular]",
        cause: { name: "RangeError", message: "RangeError: inner", stack: expect.any(String) as string },
      },
    });
  });
});

describe("TextEncoder and TextDecoder", () => {
  test("encode any text as this process does", async () => {
    const encode = await runner("return [...new TextEncoder().encode(event.text)];");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
        expect(await encode({ text })).toEqual([...new TextEncoder().encode(text)]);
      }),
      { numRuns: 60 },
    );
    expect(await run('return [...new TextEncoder().encode("a\\ud800")];')).toEqual([0x61, 0xef, 0xbf, 0xbd]);
  });

  test("decode any bytes as this process does, whole and in pieces", async () => {
    const decode = await runner(`const bytes = Uint8Array.from(event.bytes);
      const pieces = new TextDecoder("utf-8", event.options);
      return [new TextDecoder("UTF8", event.options).decode(bytes), pieces.decode(bytes.subarray(0, event.at), { stream: true }) + pieces.decode(bytes.subarray(event.at))];`);
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0xef, 0xbb, 0xbf, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0x80, 0xc2, 0xe0, 0xf4),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 24 }), fc.nat(24), fc.boolean(), async (bytes, at, ignoreBOM) => {
        const text = new TextDecoder("utf-8", { ignoreBOM }).decode(Uint8Array.from(bytes));
        expect(await decode({ bytes, at, options: { ignoreBOM } })).toEqual([text, text]);
      }),
      { numRuns: 150 },
    );
  });

  test("a fatal decoder throws a TypeError at bad bytes, and another charset is a RangeError", async () => {
    const name = "catch (error: any) { return error.name; }";
    expect(await run(`try { new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.of(0xff)); } ${name}`)).toBe(
      "TypeError",
    );
    expect(await run(`try { new TextDecoder("utf-16"); } ${name}`)).toBe("RangeError");
  });

  test("encodeInto fills what there is room for", async () => {
    expect(
      await run(
        'const into = new Uint8Array(5); return [new TextEncoder().encodeInto("aé\u{1F600}b", into), [...into]];',
      ),
    ).toEqual([{ read: 2, written: 3 }, [0x61, 0xc3, 0xa9, 0, 0]]);
  });
});

describe("randomness", () => {
  test.each(["Math.random()", "crypto.randomUUID()", "[...crypto.getRandomValues(new Uint8Array(8))].join()"])(
    "of %s differs between events and within one",
    async (expression) => {
      const values = await runner(`return [${expression}, ${expression}];`);
      const seen = (await Promise.all([values(), values(), values()])).flat();
      expect(new Set(seen).size).toBe(6);
    },
  );

  test("of Math.random fills the numbers from 0 to 1, the last and none past it", async () => {
    const numbers = (await run("return Array.from({ length: 2000 }, () => Math.random());")) as number[];
    expect(new Set(numbers).size).toBe(2000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(Math.abs(numbers.reduce((sum, n) => sum + n, 0) / 2000 - 0.5)).toBeLessThan(0.05);
  });

  test("of crypto keeps the form of a UUID, the view that it fills, and the web's limits", async () => {
    expect(await run("return crypto.randomUUID();")).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    expect(
      await run(`const all = new Uint32Array(4); const view = all.subarray(1, 3);
      return [crypto.getRandomValues(view) === view, all[0], all[3]];`),
    ).toEqual([true, 0, 0]);
    const name = "catch (error: any) { return error.name; }";
    expect(await run(`try { crypto.getRandomValues(new Float64Array(1) as never); } ${name}`)).toBe("TypeError");
    expect(await run(`try { crypto.getRandomValues(new Uint8Array(65_537)); } ${name}`)).toBe("RangeError");
  });
});

test.each(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"])(
  "%s says what to use in its place",
  async (name) => {
    expect(
      await run(`try { (globalThis as any).${name}(() => {}, 1); } catch (error: any) { return error.message; }`),
    ).toBe(`${name} does not exist in a hook, which is synchronous; to wait, use Clock.sleep(milliseconds)`);
  },
);

interface UrlVector {
  readonly input: string;
  readonly base: string | null;
  readonly href?: string;
  readonly failure?: boolean;
}

describe("URL and URLSearchParams", () => {
  test("are in a hook that names them, and make no other larger", async () => {
    const [plain, url] = await Promise.all([
      buildTypeScript("export function run() { return 1; }"),
      buildTypeScript("export function run() { return new URL('https://a.example.com/').host; }"),
    ]);
    expect(url.component.length - plain.component.length).toBeGreaterThan(100_000);
    expect(await (await scene.runtime.load(url.component, { name: "hook" })).run()).toBe("a.example.com");
  });

  test("build, read and change as this process's do", async () => {
    const code = `const url = new URL("../b?x=1&x=2#f", "https://user@API.example.com:8443/a/c/");
      url.searchParams.append("y", "é &"); url.pathname += "/d e"; url.port = "443"; url.hash = "";
      return [url.href, url.host, url.origin, [...url.searchParams], new URLSearchParams([["a", "b c"]]).toString(), URL.canParse("x:"), JSON.stringify({ url })];`;
    // oxlint-disable-next-line no-new-func
    expect(await run(code)).toEqual(new Function(code)());
  });

  test("an error of theirs has the hook's place", async () => {
    const { component } = await buildTypeScript('export function run() {\n  return new URL("no url");\n}');
    await expect((await scene.runtime.load(component, { name: "hook" })).run()).rejects.toThrow(
      /^TypeError: Invalid URL: no url \(hook\.ts:2:\d+\)$/,
    );
  });

  const file = new URL("../../../shared/vectors/wpt-url/urltestdata.json", import.meta.url);
  const vectors = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as (UrlVector | string)[]).filter((one) => typeof one !== "string")
    : [];

  // Refused here: a name that is not ASCII, in any spelling. Accepted: an A-label that stands for no name.
  const isUnicodeName = ({ input, base }: UrlVector): boolean => /[^ -~]|%[89a-f]|xn--/i.test(`${input}${base ?? ""}`);
  // The parser reads a character past U+FFFF in a user name twice. No URL with a user name leaves.
  const hasAstralUser = ({ input }: UrlVector): boolean => /[\u{10000}-\u{10ffff}].*@/u.test(input);

  test.skipIf(vectors.length === 0)(
    "parse the vectors of the web platform tests (skipped where ../shared/vectors has none)",
    async () => {
      const cases = vectors.map(({ input, base }) => ({ input: input.toWellFormed(), base }));
      const code = `return event.map(({ input, base }) => {
        try { return new URL(input, base ?? undefined).href; } catch { return null; }
      });`;
      const hrefs = (await run(code, cases)) as (string | null)[];
      const wrong = vectors.filter((vector, i) => (vector.failure === true ? null : vector.href) !== hrefs[i]);
      expect(wrong.filter((vector) => !isUnicodeName(vector) && !hasAstralUser(vector))).toEqual([]);
      expect(wrong.length).toBeLessThan(vectors.length / 10);
    },
  );
});
