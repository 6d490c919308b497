import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { buildHttpComponent } from "../../host/compile/http-component.ts";
import { ComponentError } from "../../host/errors.ts";
import { decode } from "../../host/runtime/decode.ts";
import { Engine } from "../../host/runtime/engine.ts";
import { leb, sectionFrom } from "../../host/runtime/sections.ts";
import { componentFromWat } from "../support/wat.ts";

let http: Uint8Array;
beforeAll(async () => {
  http = await buildHttpComponent();
});

/** A component that only exports `run`. */
function runOnly(module: string, encoding?: "utf8" | "utf16" | "compact-utf16"): Promise<Uint8Array> {
  return componentFromWat(
    `(module ${module} (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
      (func (export "run") (param i32 i32) (result i32) (i32.const 64)))`,
    "linked-hook",
    encoding,
  );
}

describe("a component", () => {
  test("gives its imports, exports and encoding", () => {
    const decoded = decode(http);
    expect(decoded.imports).toContain("backfill:http/outbound@0.1.0");
    expect(decoded.exports).toEqual(["backfill:http/client@0.1.0"]);
    expect(decoded.lifted.get("backfill:http/client@0.1.0#get")?.options.encoding).toBe("utf16");
  });

  test.each(["utf8", "utf16"] as const)("may have strings of %s", async (encoding) => {
    expect(decode(await runOnly("", encoding)).lifted.get("run")?.options.encoding).toBe(encoding);
  });

  test("with a third encoding is refused", async () => {
    expect(() => decode(http)).not.toThrow();
    const bytes = await runOnly("", "compact-utf16");
    expect(() => decode(bytes)).toThrow(ComponentError);
  });

  test("needs one core instance for an event: helpers fall away", async () => {
    const { plan } = await new Engine().compile(http);
    expect(plan.steps.length).toBe(1);
    expect(plan.initialisers.map(({ name }) => name)).toEqual(["_initialize"]);
  });
});

describe("what is refused, with what to do", () => {
  test.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ["an empty file", () => new Uint8Array(0), /not WebAssembly/],
    ["a text file", () => Buffer.from("export function run() {}"), /not WebAssembly/],
    [
      "a core module",
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      /core module, not a component; build it with/,
    ],
    ["an unknown version", () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 1, 0), /unknown version/],
    ["a component cut short", () => http.subarray(0, http.length >> 1), /malformed at byte \d+/],
  ])("%s", async (_, make, message) => {
    const bytes = await make();
    expect(() => decode(bytes)).toThrow(message);
    expect(() => decode(bytes)).toThrow(ComponentError);
  });
});

test("no bytes make the decoder do anything but decode or refuse", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const component = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...bytes);
      try {
        decode(component);
      } catch (error) {
        expect(error).toBeInstanceOf(ComponentError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("no change of a component makes it anything but an instance or a refusal", async () => {
  const engine = new Engine();
  const small = await runOnly("");
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: small.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
      const changed = Uint8Array.from(small);
      changed[at] = byte;
      await engine.compile(changed).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ComponentError);
      });
    }),
    { numRuns: 2000 },
  );
});

describe("what a component defines", () => {
  /** A component within whose type section counts so many types, instantiated so often. */
  function nesting(types: number, instances: number): Uint8Array {
    const preamble = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
    const inner = Buffer.concat([preamble, sectionFrom(7, leb(types), new Uint8Array(types))]);
    const made = Array.from({ length: instances }, () => Uint8Array.of(0, 0, 0));
    return Buffer.concat([preamble, sectionFrom(4, inner), sectionFrom(5, leb(instances), ...made)]);
  }

  // An instance is a definition too.
  test.each([
    [99_990, 10, true],
    [99_999, 10, true],
    [100_000, 10, false],
    [9_000, 128, false],
  ])("%i types in each of %i components within are taken: %s", (types, instances, isTaken) => {
    const component = nesting(types, instances);
    if (isTaken) expect(decode(component).modules).toEqual([]);
    else expect(() => decode(component)).toThrow(ComponentError);
  });
});
