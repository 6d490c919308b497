import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { GuestMemory, type Realloc } from "../../../host/abi/memory.ts";
import { liftResult } from "../../../host/abi/run.ts";
import { buildHttpComponent } from "../../../host/compile/http-component.ts";
import { RESTORE, SAVE } from "../../../host/runtime/code/names.ts";
import { prepareModule } from "../../../host/runtime/code/prepare.ts";
import { decode, type DecodedComponent } from "../../../host/runtime/decode.ts";
import { entryOf, link } from "../../../host/runtime/link.ts";
import { fixtureBinary } from "../../support/assemblyscript.ts";
import { buildTypeScript } from "../../support/typescript.ts";
import { Counter, type Exports, instantiate, raw } from "./prepared.ts";

// What compilers make: the same with and without preparing.

const MEMORY_BYTES = 256 * 65_536;

describe("an AssemblyScript guest", () => {
  let plain: Exports;
  let prepared: Exports;
  const counter = new Counter();
  const imports = {
    env: {
      abort: (): void => {
        throw new Error("abort");
      },
    },
  };
  beforeAll(async () => {
    const binary = await fixtureBinary("test/guest/fixtures/json.ts");
    plain = raw(binary, imports);
    prepared = instantiate(prepareModule(binary, { memoryBytes: MEMORY_BYTES }), { imports, counter });
    for (const exports of [plain, prepared]) exports["_initialize"]?.();
  });

  function rewritten(exports: Exports, json: string): unknown {
    const bytes = Buffer.from(json);
    exports["reset"]?.();
    const room = exports["room"]?.(bytes.length) as number;
    new Uint8Array(exports.memory.buffer).set(bytes, room);
    const value = exports["parseUtf8"]?.(0, bytes.length) as number;
    if (value < 0) return undefined;
    exports["stringify"]?.(value);
    const start = exports["blockAddress"]?.() as number;
    return Buffer.from(exports.memory.buffer, start, exports["blockLength"]?.() as number).toString("utf16le");
  }

  test("reads and writes JSON as before, and leaves the same memory", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        expect(rewritten(prepared, json)).toBe(rewritten(plain, json));
      }),
      { numRuns: 200 },
    );
    expect(Buffer.compare(Buffer.from(prepared.memory.buffer), Buffer.from(plain.memory.buffer))).toBe(0);
  });

  test("uses more fuel for a longer document", () => {
    const used = (length: number): number => {
      const before = counter.used;
      rewritten(prepared, JSON.stringify(Array.from({ length }, (_, i) => ({ i }))));
      return counter.used - before;
    };
    used(1000);
    expect(used(2000)).toBeGreaterThan(1.5 * used(1000));
  });

  test("is set back by its globals and the bytes of its memory", () => {
    prepared[SAVE]?.();
    const image = new Uint8Array(prepared.memory.buffer.slice(0));
    const first = rewritten(prepared, '{"a":[1,2,{"b":"text"}]}');
    const after = Buffer.from(prepared.memory.buffer.slice(0));
    prepared[RESTORE]?.();
    new Uint8Array(prepared.memory.buffer).set(image);
    expect(rewritten(prepared, '{"a":[1,2,{"b":"text"}]}')).toBe(first);
    expect(Buffer.compare(Buffer.from(prepared.memory.buffer), after)).toBe(0);
  });
});

test("the Http component keeps its one core instance, and can be set back", async () => {
  const decoded = decode(await buildHttpComponent());
  const prepared = decoded.modules.map((module) => prepareModule(module, { memoryBytes: MEMORY_BYTES }));
  const plan = link(
    decoded,
    prepared.map((core) => ({ ...core, module: new WebAssembly.Module(core.code) })),
  );
  expect(plan.steps.length).toBe(1);
  expect(prepared[0]).toMatchObject({ metered: true, saves: true, notRestorable: undefined });
});

test("the engine of hooks in TypeScript is prepared whole", async () => {
  const file = new URL("../../../dist/typescript-engine.wasm", import.meta.url);
  for (const module of decode(await readFile(file)).modules) {
    const { code, notRestorable } = prepareModule(module, { memoryBytes: MEMORY_BYTES });
    expect(WebAssembly.validate(code)).toBe(true);
    expect(notRestorable).toBeUndefined();
  }
});

describe("a hook in TypeScript", () => {
  let decoded: DecodedComponent;
  beforeAll(async () => {
    const source = `
      const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));
      export function run(event: { what: string; n: number }): unknown {
        if (event.what === "fib") return fib(event.n);
        if (event.what === "sort") return Array.from({ length: event.n }, (_, i) => (i * 7919) % 1009).sort((a, b) => a - b);
        if (event.what === "text") return "aé𝄞".repeat(event.n).replace(/a(.)/gu, "$1-").split("-").length;
        if (event.what === "numbers") return [1 / 3, Math.sin(event.n), 2 ** 0.5, Number("1e21"), (0.1).toFixed(20)];
        if (event.what === "map") return [...new Map(Array.from({ length: event.n }, (_, i) => ["k" + (i % 7), i]))];
        const deep = (n: number): number => (n === 0 ? 0 : 1 + deep(n - 1));
        return deep(event.n);
      }`;
    decoded = decode((await buildTypeScript(source)).component);
  });

  function hook(prepares: boolean, counter: Counter): (event: unknown) => string {
    const modules = decoded.modules.map((bytes) =>
      prepares
        ? prepareModule(bytes, { memoryBytes: MEMORY_BYTES })
        : {
            code: bytes,
            segments: [],
            memories: 0,
            writesImported: false,
            metered: false,
            saves: false,
            notRestorable: undefined,
          },
    );
    const plan = link(
      decoded,
      modules.map((core) => ({ ...core, module: new WebAssembly.Module(core.code) })),
    );
    const [step] = plan.steps;
    const { encoding } = entryOf(decoded, "run").boundary;
    const imports: WebAssembly.Imports = {};
    for (const { module, name } of step?.imports ?? []) (imports[module] ??= {})[name] = () => 0n;
    const main = modules.toSorted((a, b) => b.code.length - a.code.length)[0];
    if (main === undefined) throw new Error("the hook has no module");
    const exports = instantiate(main, { imports, counter });
    for (const { name } of plan.initialisers) exports[name]?.();
    return (event) => {
      const memory = new GuestMemory(exports.memory, exports["cabi_realloc"] as Realloc, encoding);
      const result = exports["run"]?.(...memory.lowerString(JSON.stringify(event))) as number;
      const answer = liftResult(memory, result, MEMORY_BYTES);
      exports["cabi_post_run"]?.(result);
      return answer;
    };
  }

  test("runs its scripts as before", () => {
    const counter = new Counter();
    const [plain, prepared] = [hook(false, new Counter()), hook(true, counter)];
    const events = ["fib", "sort", "text", "numbers", "map", "deep"].map((what) => ({ what, n: 15 }));
    const answers = events.map((event) => plain(event));
    expect(answers[0]).toBe("610");
    expect(events.map((event) => prepared(event))).toEqual(answers);
    expect(counter.ticks).toBeGreaterThan(0);
  });

  test("that recurses without end exhausts the stack as before", () => {
    const [plain, prepared] = [hook(false, new Counter()), hook(true, new Counter())];
    const event = { what: "deep", n: 1_000_000 };
    expect(() => plain(event)).toThrow(RangeError);
    expect(() => prepared(event)).toThrow(RangeError);
  });
});
