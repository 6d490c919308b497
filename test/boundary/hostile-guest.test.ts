import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hook, HookError } from "../../host/index.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { componentFromWat } from "../support/wat.ts";

// Guests written by hand, that break the canonical ABI in every way they can. Each one ends with a typed error, the
// host goes on, and nothing of it reaches the network.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  scene.answer = json({ data: 1 });
});
afterAll(() => scene.close());

const URL_TEXT = "https://api.example.com/v1";
/** The URL as UTF-16 for a data segment. */
const URL_DATA = [...Buffer.from(URL_TEXT, "utf16le")]
  .map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
  .join("");

interface Guest {
  /** The 17 parameters of `send`, by their place; what is not given is a harmless call. */
  readonly send?: Readonly<Record<number, string>>;
  readonly realloc?: string;
  readonly run?: string;
  readonly pages?: number;
}

function wat({ send = {}, realloc, run, pages = 1 }: Guest): string {
  const harmless = [
    "0",
    "64",
    String(URL_TEXT.length),
    "4",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0",
    "512",
  ];
  const parameters = harmless.map((value, i) => `(i32.const ${send[i] ?? value})`).join(" ");
  return `(module
    (import "backfill:http/outbound@0.1.0" "send" (func $send (param ${"i32 ".repeat(17)})))
    (import "backfill:http/log@0.1.0" "write" (func $log (param i32 i32 i32 i32 i32 i32)))
    (import "backfill:http/secrets@0.1.0" "get" (func $secret (param i32 i32 i32)))
    (import "backfill:http/random@0.1.0" "bytes" (func $random (param i32 i32)))
    (memory (export "memory") ${pages})
    (data (i32.const 64) "${URL_DATA}")
    (global $next (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      ${
        realloc ??
        `(global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
         (global.get $next) (global.set $next (i32.add (global.get $next) (local.get $new)))`
      })
    (func $call (call $send ${parameters}))
    (func (export "run") (param i32 i32) (result i32)
      ${
        run ??
        `(call $call)
         (i32.store8 (i32.const 600) (i32.load8_u (i32.const 512)))
         (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1))
         (i32.store16 (i32.const 700) (i32.const 0x31))
         (i32.const 600)`
      }))`;
}

async function load(guest: Guest): Promise<Hook> {
  return scene.runtime.load(await componentFromWat(wat(guest)), { name: "hostile" });
}

async function endOf(guest: Guest): Promise<HookError> {
  const hook = await load(guest);
  const error: unknown = await hook.run({}).then(
    (value) => `it ended with ${JSON.stringify(value)}`,
    (thrown: unknown) => thrown,
  );
  if (error instanceof HookError) return error;
  throw new Error(String(error), { cause: error });
}

test("a guest written by hand that keeps the rules gets its response", async () => {
  const sent = scene.requests.length;
  expect(await (await load({})).run({})).toBe(1);
  expect(scene.requests.length).toBe(sent + 1);
});

test.each<[string, Guest]>([
  ["a URL that lies past the end of memory", { send: { 1: "65530" } }],
  ["a URL at the last address there is", { send: { 1: "-2" } }],
  ["a URL whose end wraps around", { send: { 1: "-2", 2: "16" } }],
  ["a URL that is not aligned", { send: { 1: "65" } }],
  ["headers past the end of memory", { send: { 3: "65532", 4: "1" } }],
  ["headers whose end lies past the end of memory", { send: { 3: "65528", 4: "200" } }],
  ["headers that are not aligned", { send: { 3: "6", 4: "1" } }],
  ["a body past the end of memory", { send: { 5: "1", 6: "65535", 7: "2" } }],
  ["a method that does not exist", { send: { 0: "5" } }],
  ["a negative method", { send: { 0: "-1" } }],
  ["an authorization that does not exist", { send: { 8: "1", 9: "3" } }],
  ["a token past the end of memory", { send: { 8: "1", 9: "0", 10: "65534", 11: "9" } }],
  ["a result that lies past the end of memory", { send: { 16: "65535" } }],
  ["a result that is not aligned", { send: { 16: "513" } }],
])("%s ends the hook", async (_, guest) => {
  const error = await endOf(guest);
  expect(error.code).toBe("BACKFILL_HOOK_ABI");
});

test.each<[string, Guest]>([
  ["a URL of 4 GiB", { send: { 2: "-1" } }],
  ["268 million header fields", { send: { 4: "268435455" } }],
  ["a body of 4 GiB", { send: { 5: "1", 7: "-1" } }],
  ["a token of 4 GiB", { send: { 8: "1", 11: "-1" } }],
])("%s is a failure that the guest sees, read by nobody", async (_, guest) => {
  // The guest reports the case of its result: 1 is the failure.
  const reporting = `(call $call)
    (i32.store8 (i32.const 600) (i32.const 0)) (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1))
    (i32.store16 (i32.const 700) (i32.add (i32.const 0x30) (i32.load8_u (i32.const 512))))
    (i32.const 600)`;
  expect(await (await load({ ...guest, run: reporting })).run({})).toBe(1);
});

test.each([
  ["the last address there is", "(i32.const -1)"],
  ["an address past the end of memory", "(i32.const 65534)"],
  ["an address that is not aligned", "(i32.const 4097)"],
])("an allocator that gives %s ends the hook", async (_, realloc) => {
  expect((await endOf({ realloc })).code).toBe("BACKFILL_HOOK_ABI");
});

test("an allocator that traps ends the hook", async () => {
  expect((await endOf({ realloc: "unreachable" })).code).toBe("BACKFILL_HOOK_TRAPPED");
});

test("an allocator that grows the memory is followed to where the memory is now", async () => {
  const growing = `(drop (memory.grow (i32.const 1)))
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next) (global.set $next (i32.add (global.get $next) (local.get $new)))`;
  expect(await (await load({ realloc: growing })).run({})).toBe(1);
});

test("an allocator that sends ends the hook: it must not suspend", async () => {
  const sent = scene.requests.length;
  const error = await endOf({ realloc: "(call $call) (i32.const 4096)" });
  expect(error.code).toMatch(/^BACKFILL_HOOK_/);
  expect(scene.requests.length).toBe(sent);
});

test("an allocator that calls the host and then computes for ever ends at its bound, whatever it catches", async () => {
  const line = "(call $log (i32.const 1) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
  const spin = "(loop $again (block $caught (try_table (catch_all $caught) (loop $spin (br $spin)))) (br $again))";
  const error = await endOf({
    run: "(call $random (i32.const 4) (i32.const 512)) (i32.const 600)",
    realloc: `${line} ${spin} (i32.const 4096)`,
  });
  expect(error.code).toBe("BACKFILL_HOOK_CPU");
});

test("an allocator that asks for a secret within a secret ends the hook", async () => {
  const error = await endOf({
    realloc:
      "(call $secret (i32.const 64) (i32.const 4) (i32.const 512)) (call $random (i32.const 4) (i32.const 512)) (i32.const 4096)",
  });
  expect(error.code).toMatch(/^BACKFILL_HOOK_/);
});

test.each([
  ["past the end of memory", "(i32.const 65534)"],
  ["not aligned", "(i32.const 601)"],
  ["at the last address there is", "(i32.const -4)"],
])("a result of run that lies %s ends the hook", async (_, address) => {
  expect((await endOf({ run: address })).code).toBe("BACKFILL_HOOK_ABI");
});

test("a result text of 4 GiB is refused, read by nobody", async () => {
  const run = "(i32.store (i32.const 604) (i32.const 64)) (i32.store (i32.const 608) (i32.const -1)) (i32.const 600)";
  expect(await endOf({ run })).toMatchObject({
    code: "BACKFILL_HOOK_FAILED",
    message: expect.stringContaining("at most 4194304 are taken") as string,
  });
});

test("a result that is neither of its cases ends the hook", async () => {
  expect((await endOf({ run: "(i32.store8 (i32.const 600) (i32.const 7)) (i32.const 600)" })).code).toBe(
    "BACKFILL_HOOK_ABI",
  );
});

test.each(["5", "8", "14"])("a parameter %s of send that is neither there nor absent ends the hook", async (place) => {
  expect((await endOf({ send: { [place]: "2" } })).code).toBe("BACKFILL_HOOK_ABI");
});

test("a result text that is no JSON ends the hook", async () => {
  const run = "(i32.store (i32.const 604) (i32.const 64)) (i32.store (i32.const 608) (i32.const 5)) (i32.const 600)";
  expect(await endOf({ run })).toMatchObject({
    code: "BACKFILL_HOOK_FAILED",
    message: "the hook's result is not JSON text",
  });
});

test("an error that run returns is the error of the event", async () => {
  const run =
    "(i32.store8 (i32.const 600) (i32.const 1)) (i32.store (i32.const 604) (i32.const 64)) (i32.store (i32.const 608) (i32.const 5)) (i32.const 600)";
  expect(await endOf({ run })).toMatchObject({
    code: "BACKFILL_HOOK_FAILED",
    message: "the hook returned an error: https",
  });
});

test("a lone surrogate ends the hook", async () => {
  const run = "(i32.store16 (i32.const 66) (i32.const 0xd800)) (call $call) (i32.const 600)";
  expect((await endOf({ run })).code).toBe("BACKFILL_HOOK_ABI");
});

test("a log level that does not exist ends the hook", async () => {
  const run =
    "(call $log (i32.const 9) (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 600)";
  expect((await endOf({ run })).code).toBe("BACKFILL_HOOK_ABI");
});

test("a log line of 4 GiB is cut, and one that leads out of memory ends the hook", async () => {
  scene.logs.length = 0;
  const long =
    "(call $log (i32.const 1) (i32.const 64) (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 600)";
  expect((await endOf({ run: long })).code).toBe("BACKFILL_HOOK_ABI");
  await (await load({ run: long, pages: 4 })).run({}).catch(() => {});
  expect(scene.logs.at(-1)?.message.length).toBe(65_536);
});

test("a memory larger than the platform's limit is refused when the hook is loaded", async () => {
  await expect(load({ pages: 5000 })).rejects.toMatchObject({ code: "BACKFILL_COMPONENT" });
});

test("memory cannot grow over the platform's limit", async () => {
  // memory.grow gives -1 where it is refused: the guest reports that as 1.
  const run = `(i32.store16 (i32.const 700) (i32.add (i32.const 0x30) (i32.eq (memory.grow (i32.const 4096)) (i32.const -1))))
    (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1)) (i32.const 600)`;
  expect(await (await load({ run })).run({})).toBe(1);
  const within = run.replace("4096", "4095");
  expect(await (await load({ run: within })).run({})).toBe(0);
});

test.each<[string, string]>([
  ["the log", "(call $log (i32.const 1) (i32.const 65534) (i32.const 9) (i32.const 0) (i32.const 0) (i32.const 0))"],
  ["a secret", "(call $secret (i32.const 65534) (i32.const 9) (i32.const 512))"],
  ["the result of send", "(call $call)"],
])("a guest that catches the error of a broken rule in %s ends all the same", async (_, call) => {
  const caught = `(block $caught (try_table (catch_all $caught) ${call}))
    (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1))
    (i32.store16 (i32.const 700) (i32.const 0x31)) (i32.const 600)`;
  expect((await endOf({ run: caught, send: { 16: "65535" } })).code).toBe("BACKFILL_HOOK_ABI");
});

test.each<[string, string]>([
  ["garbage-collected arrays", "(type $bytes (array (mut i8)))"],
  ["garbage-collected structures", "(type $pair (struct (field i32)))"],
  ["a table of references to what is no function", "(table 10000000 externref)"],
  ["a table of exceptions", "(table 10 exnref)"],
  ["a table larger than any program's", "(table 1000001 funcref)"],
])("a module with %s is refused when the hook is loaded: it would allocate outside its memory", async (_, item) => {
  const module = wat({}).replace("(memory (export", `${item} (memory (export`);
  await expect(scene.runtime.load(await componentFromWat(module))).rejects.toMatchObject({
    code: "BACKFILL_COMPONENT",
  });
});

test("several memories share one limit", async () => {
  const module = (pages: number): string =>
    wat({}).replace("(data", `(memory ${pages}) (memory ${pages}) (memory ${pages}) (data`);
  await expect(scene.runtime.load(await componentFromWat(module(1025)))).rejects.toThrow(
    /at most 67108864 are allowed/,
  );
  expect(await (await scene.runtime.load(await componentFromWat(module(1024)))).run({})).toBe(1);
});

test("a hook that calls what is refused, again and again, ends at its deadline, and the others go on", async () => {
  const runtime = await scene.open({ permissions: { http: [] }, limits: { eventDeadline: 200 } });
  const endless = wat({ run: "(loop $again (call $call) (br $again)) (i32.const 600)", realloc: "(i32.const 8192)" });
  const hook = await runtime.load(await componentFromWat(endless));
  const other = load({}).then((good) => good.run({}));
  await expect(hook.run({})).rejects.toMatchObject({ code: "BACKFILL_HOOK_DEADLINE" });
  expect(await other).toBe(1);
});

test("a guest that goes on after its event is over finds nothing that answers", async () => {
  const runtime = await scene.open({ limits: { eventDeadline: 100 } });
  scene.answer = () => {};
  // It catches the end of its call, logs, and calls again.
  const caught = `(loop $again
      (block $caught (try_table (catch_all $caught) (call $call)))
      (block $caughtToo (try_table (catch_all $caughtToo)
        (call $log (i32.const 1) (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0))))
      (br $again)) (i32.const 600)`;
  const hook = await runtime.load(await componentFromWat(wat({ run: caught })));
  scene.logs.length = 0;
  await expect(hook.run({})).rejects.toMatchObject({ code: "BACKFILL_HOOK_DEADLINE" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(scene.logs).toEqual([]);
  scene.answer = json({ data: 1 });
});

test("the memory of an event that ended while it waited is given back", async () => {
  const runtime = await scene.open({ limits: { eventDeadline: 30 } });
  scene.answer = () => {};
  const touching = `(memory.fill (i32.const 4096) (i32.const 1) (i32.const 60000000)) (call $call) (i32.const 600)`;
  const hook = await runtime.load(await componentFromWat(wat({ run: touching, pages: 1000 })));
  const before = process.memoryUsage.rss();
  for (let event = 0; event < 40; event++) {
    await expect(hook.run({})).rejects.toMatchObject({ code: "BACKFILL_HOOK_DEADLINE" });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Forty of these memories are 2.6 GB.
  expect(process.memoryUsage.rss() - before).toBeLessThan(1_300_000_000);
  scene.answer = json({ data: 1 });
});
