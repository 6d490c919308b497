import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ComponentError } from "../../host/errors.ts";
import { type Hook, HookError } from "../../host/index.ts";
import { packageRoot } from "../../host/package-root.ts";
import { Engine } from "../../host/runtime/engine.ts";
import { composed } from "../support/compose.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { escaped } from "../support/wasi.ts";
import { componentFromWat } from "../support/wat.ts";

let scene: Scene;
let http: Uint8Array;

beforeAll(async () => {
  scene = await openScene({ limits: { cpuMilliseconds: 500, memoryBytes: 32 * 1024 * 1024 } });
  scene.answer = json({ data: 1 });
  http = await readFile(join(packageRoot, "dist", "http.wasm"));
});
afterAll(() => scene.close());

const ALLOCATOR = `
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))`;

/** A hook that posts the text of its event, and returns the text of the answer, or of the failure's message. */
function poster(url: string): string {
  return `(module
    (import "backfill:http/client@0.1.0" "post" (func $post (param i32 i32)))
    ${ALLOCATOR}
    (data (i32.const 64) "${escaped(Buffer.from(url, "utf16le"))}")
    (func (export "run") (param $event i32) (param $length i32) (result i32)
      (i32.store (i32.const 1024) (i32.const 64)) (i32.store (i32.const 1028) (i32.const ${url.length}))
      (i32.store8 (i32.const 1032) (i32.const 1))
      (i32.store8 (i32.const 1036) (i32.const 0))
      (i32.store (i32.const 1040) (local.get $event)) (i32.store (i32.const 1044) (local.get $length))
      (i32.store (i32.const 1048) (i32.const 4))
      (call $post (i32.const 1024) (i32.const 512))
      (i32.store8 (i32.const 600) (i32.load8_u (i32.const 512)))
      (if (i32.load8_u (i32.const 512))
        (then (i64.store (i32.const 604) (i64.load (i32.const 520))))
        (else (i64.store (i32.const 604) (i64.load (i32.const 540)))))
      (i32.const 600)))`;
}

describe("a hook composed with the Http component", () => {
  async function both(url: string): Promise<readonly [Hook, Hook]> {
    const hook = await componentFromWat(poster(url), "hook");
    return [
      await scene.runtime.load(hook, { name: "apart" }),
      await scene.runtime.load(await composed(hook, http), { name: "composed" }),
    ];
  }

  test("sends the bytes, and has the result, of one that is not composed", async () => {
    const [apart, together] = await both("https://api.example.com/v1?q=1");
    const event = { text: "ä€😀", list: [1, 2, 3] };
    expect(await apart.run(event)).toEqual({ data: 1 });
    expect(await together.run(event)).toEqual({ data: 1 });
    const [one, two] = scene.requests.slice(-2);
    expect(two).toEqual(one);
    expect(JSON.parse(String(two?.body))).toEqual(event);
  });

  test("is told why a call may not leave, as one that is not composed", async () => {
    const [apart, together] = await both("https://other.example.com/");
    const messages = await Promise.all([apart, together].map((hook) => hook.run(null).catch(String)));
    expect(messages[0]).toContain("To allow it, add");
    expect(messages[1]).toBe(messages[0]);
  });

  test("needs one core instance for each of the two, and is set back between events", async () => {
    const component = await new Engine().compile(
      await composed(await componentFromWat(poster("https://api.example.com/"), "hook"), http),
    );
    expect(component.plan.steps.length).toBe(2);
    expect(component.notRestorable).toBeUndefined();
    expect(component.imports).toContain("backfill:http/outbound@0.1.0");
    expect(component.exports).toEqual(["run"]);
  });
});

const RUN_TYPE = `(type $run-type (func (param "event" string) (result (result string (error string)))))`;

/** A component that exports `run`, around this core code; `$inner` is the `run` that it imports, where it does. */
function runner(name: string, body: string, { imports = false, more = "" } = {}): string {
  const lowered = imports
    ? `(import "run" (func $imported (type $run-type)))
       (core module $shim-memory ${ALLOCATOR})
       (core instance $libc (instantiate $shim-memory))
       (alias core export $libc "memory" (core memory $memory))
       (alias core export $libc "cabi_realloc" (core func $realloc))
       (core func $inner (canon lower (func $imported) (memory $memory) (realloc $realloc)))
       (core module $main (import "l" "memory" (memory 1)) (import "l" "inner" (func $inner (param i32 i32 i32)))
         ${more} (func (export "run") (param i32 i32) (result i32) ${body}))
       (core instance $bundle (export "memory" (memory $memory)) (export "inner" (func $inner)))
       (core instance $core (instantiate $main (with "l" (instance $bundle))))`
    : `(core module $main ${ALLOCATOR} ${more} (func (export "run") (param i32 i32) (result i32) ${body}))
       (core instance $core (instantiate $main))
       (alias core export $core "memory" (core memory $memory))
       (alias core export $core "cabi_realloc" (core func $realloc))`;
  return `(component ${name} ${RUN_TYPE} ${lowered}
    (alias core export $core "run" (core func $run))
    (func $lifted (type $run-type) (canon lift (core func $run) (memory $memory) (realloc $realloc)))
    (export "run" (func $lifted)))`;
}

/** Passes the event to the `run` that it imports, and its result on. */
const PASS_ON = `(call $inner (local.get 0) (local.get 1) (i32.const 256)) (i32.const 256)`;

/** `outer` imports the `run` of `inner`, and its own is what the whole exports. */
function pair(inner: string, outer: string): string {
  return `(component ${inner} ${outer}
    (instance $i (instantiate $inner))
    (alias export $i "run" (func $inner-run))
    (instance $o (instantiate $outer (with "run" (func $inner-run))))
    (alias export $o "run" (func $outer-run))
    (export "run" (func $outer-run)))`;
}

const passOn = (): string => runner("$outer", PASS_ON, { imports: true });

const ECHO = `(i32.store8 (i32.const 128) (i32.const 0)) (i32.store (i32.const 132) (local.get 0))
  (i32.store (i32.const 136) (local.get 1)) (i32.const 128)`;

async function load(component: string | Uint8Array): Promise<Hook> {
  const bytes = typeof component === "string" ? await parse(component) : component;
  return scene.runtime.load(bytes, { name: "composed" });
}

describe("components within one", () => {
  test("call each other, each with a memory of its own", async () => {
    const hook = await load(pair(runner("$inner", ECHO), passOn()));
    expect(await hook.run({ a: "ä" })).toEqual({ a: "ä" });
    expect(await hook.run([1])).toEqual([1]);
  });

  test("may be two instances of one, which share nothing", async () => {
    const count = `(i32.store8 (i32.const 128) (i32.const 0)) (i32.store (i32.const 132) (i32.const 144))
      (i32.store (i32.const 136) (i32.const 1))
      (i32.store8 (i32.const 160) (i32.add (i32.load8_u (i32.const 160)) (i32.const 1)))
      (i32.store8 (i32.const 144) (i32.add (i32.const 48) (i32.load8_u (i32.const 160)))) (i32.const 128)`;
    const hook = await load(`(component ${runner("$counter", count)}
      ${runner("$outer", `(call $inner (local.get 0) (local.get 1) (i32.const 256)) ${PASS_ON}`, { imports: true })}
      (instance $one (instantiate $counter)) (alias export $one "run" (func $one-run))
      (instance $two (instantiate $counter)) (alias export $two "run" (func $two-run))
      (instance $a (instantiate $outer (with "run" (func $one-run))))
      (instance $b (instantiate $outer (with "run" (func $two-run)))) (alias export $b "run" (func $b-run))
      (export "run" (func $b-run)))`);
    expect([await hook.run(null), await hook.run(null)]).toEqual([2, 2]);
  });

  test("may lie in one another, and take modules and components from outside", async () => {
    const hook = await load(`(component ${runner("$inner", ECHO)}
      (component $wrapper
        (alias outer 1 $inner (component $from-outside))
        (instance $i (instantiate $from-outside))
        (export "nested" (instance $i)))
      (instance $w (instantiate $wrapper))
      (alias export $w "nested" (instance $n))
      (alias export $n "run" (func $f))
      (export "run" (func $f)))`);
    expect(await hook.run("x")).toBe("x");
  });

  test("share one budget of memory", async () => {
    const grow = `(i32.store8 (i32.const 128) (i32.const 0)) (i32.store (i32.const 132) (i32.const 144))
      (i32.store (i32.const 136) (i32.const 1))
      (i32.store8 (i32.const 144) (i32.add (i32.const 48) (i32.eq (memory.grow (i32.const 300)) (i32.const -1))))
      (i32.const 128)`;
    expect(await (await load(`${runner("", grow)}`)).run(null)).toBe(0);
    expect(await (await load(pair(runner("$inner", grow), passOn()))).run(null)).toBe(1);
  });
});

describe("a component within another that is hostile ends the event alone", () => {
  async function endOf(inner: string): Promise<HookError> {
    const hook = await load(pair(inner, passOn()));
    const error: unknown = await hook.run(null).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(HookError);
    return error as HookError;
  }

  test.each<[string, string, string]>([
    ["with a result that leads out of its memory", "(i32.const -4)", "BACKFILL_HOOK_ABI"],
    [
      "with a text that leads out of its memory",
      `(i32.store (i32.const 132) (i32.const 131071)) (i32.store (i32.const 136) (i32.const 9)) (i32.const 128)`,
      "BACKFILL_HOOK_ABI",
    ],
    [
      "with a result that is neither",
      `(i32.store8 (i32.const 128) (i32.const 7)) (i32.const 128)`,
      "BACKFILL_HOOK_ABI",
    ],
    ["with a trap", "unreachable", "BACKFILL_HOOK_TRAPPED"],
    ["with an endless loop", "(loop $l (br $l)) (i32.const 128)", "BACKFILL_HOOK_CPU"],
  ])("%s", async (_, body, code) => {
    expect((await endOf(runner("$inner", body))).code).toBe(code);
  });

  test("with endless recursion", async () => {
    const more = `(func $deep (param i32) (result i32)
      (i32.add (call $deep (local.get 0)) (call $deep (i32.const 1))))`;
    expect((await endOf(runner("$inner", "(call $deep (i32.const 0))", { more }))).code).toBe("BACKFILL_HOOK_STACK");
  });

  test("and with it handles that another component holds", async () => {
    const stdout = `(import "wasi:cli/stdout@0.2.0" (instance $stdout
        (export "output-stream" (type $t (sub resource)))
        (export "get-stdout" (func (result (own $t))))))
      (alias export $stdout "output-stream" (type $stream))
      (alias export $stdout "get-stdout" (func $get))`;
    const takes = `(component $outer ${RUN_TYPE} ${stdout}
      (import "run" (func $imported (type $run-type)))
      (core func $get-stdout (canon lower (func $get)))
      (core module $main
        (import "l" "get" (func $get (result i32))) (import "m" "inner" (func $inner (param i32 i32 i32)))
        ${ALLOCATOR}
        (func (export "run") (param i32 i32) (result i32) (drop (call $get)) ${PASS_ON}))
      (core module $memory-of ${ALLOCATOR})
      (core instance $libc (instantiate $memory-of))
      (alias core export $libc "memory" (core memory $memory))
      (alias core export $libc "cabi_realloc" (core func $realloc))
      (core func $inner (canon lower (func $imported) (memory $memory) (realloc $realloc)))
      (core instance $l (export "get" (func $get-stdout)))
      (core instance $m (export "inner" (func $inner)))
      (core instance $core (instantiate $main (with "l" (instance $l)) (with "m" (instance $m))))
      (alias core export $core "run" (core func $run))
      (alias core export $core "memory" (core memory $own))
      (alias core export $core "cabi_realloc" (core func $own-realloc))
      (func $lifted (type $run-type) (canon lift (core func $run) (memory $own) (realloc $own-realloc)))
      (export "run" (func $lifted)))`;
    const forges = `(component $inner ${RUN_TYPE} ${stdout}
      (core func $drop (canon resource.drop $stream))
      (core module $main (import "l" "drop" (func $drop (param i32))) ${ALLOCATOR}
        (func (export "run") (param i32 i32) (result i32) (call $drop (i32.const 1)) ${ECHO}))
      (core instance $l (export "drop" (func $drop)))
      (core instance $core (instantiate $main (with "l" (instance $l))))
      (alias core export $core "run" (core func $run))
      (alias core export $core "memory" (core memory $memory))
      (alias core export $core "cabi_realloc" (core func $realloc))
      (func $lifted (type $run-type) (canon lift (core func $run) (memory $memory) (realloc $realloc)))
      (export "run" (func $lifted)))`;
    const hook = await load(`(component ${stdout} ${forges} ${takes}
      (instance $i (instantiate $inner (with "wasi:cli/stdout@0.2.0" (instance $stdout))))
      (alias export $i "run" (func $inner-run))
      (instance $o (instantiate $outer (with "wasi:cli/stdout@0.2.0" (instance $stdout)) (with "run" (func $inner-run))))
      (alias export $o "run" (func $outer-run))
      (export "run" (func $outer-run)))`);
    await expect(hook.run(null)).rejects.toThrow(/1 is no handle of a resource output-stream/);
  });
});

describe("a component is refused when it is loaded", () => {
  test.each<[string, string, RegExp]>([
    [
      "where its components call each other by a function of unknown type",
      pair(runner("$inner", ECHO), passOn()).replaceAll('"run"', '"other"'),
      /one component calls other of another within it/,
    ],
    [
      "where it is given no function that it imports",
      `(component ${passOn()} (instance (instantiate $outer)))`,
      /the import run is filled by nothing/,
    ],
    [
      "where it multiplies without end",
      Array.from({ length: 10 }).reduce<string>(
        (inner) => `(component ${inner.replace("(component", "(component $c")}
          (instance (instantiate $c)) (instance (instantiate $c)))`,
        "(component)",
      ),
      /more than 128 component instances/,
    ],
    [
      "where it lowers what it lifts itself",
      runner("", ECHO).replace(
        '(export "run" (func $lifted))',
        "(core func (canon lower (func $lifted) (memory $memory) (realloc $realloc)))",
      ),
      /lowers a function that it did not import/,
    ],
  ])("%s", async (_, wat, message) => {
    const refused = new Engine().compile(await parse(wat));
    const loaded = refused.then(() => load(wat));
    await expect(loaded).rejects.toThrow(message);
    await expect(loaded).rejects.toBeInstanceOf(ComponentError);
  });
});

test("no change of a component makes it anything but an instance or a refusal", async () => {
  const whole = await parse(pair(runner("$inner", ECHO), passOn()));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
      const changed = Uint8Array.from(whole);
      changed[at] = byte;
      const error: unknown = await load(changed).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(ComponentError);
    }),
    { numRuns: 1500 },
  );
});
