import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hook, HookError } from "../../host/index.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { componentFromWat } from "../support/wat.ts";

// Guests written by hand that import `client` and break the canonical ABI in every way they can. Each one ends with a
// typed error, the host goes on, and nothing of it reaches the network.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  scene.answer = json({ data: 1 });
});
afterAll(() => scene.close());

const URL_TEXT = "https://api.example.com/v1";
const TUPLE = 1024;
const RESULT = 512;

// Where the parts of the tuple of `post` lie: (url, option<request-body>, options).
const ARGUMENT = 8;
const OPTIONS = 24;
const HEADERS = OPTIONS;
const BODY = OPTIONS + 8;
const AUTHORIZATION = OPTIONS + 24;
const TIMEOUT = OPTIONS + 48;
const RESPONSE_TYPE = OPTIONS + 56;

/** Numbers of 32 bits by their place in the tuple; what is not given is a harmless call. */
type Tuple = Readonly<Record<number, number>>;

interface Guest {
  readonly tuple?: Tuple;
  /** The addresses that `post` is passed. */
  readonly parameters?: readonly [tuple: number, result: number];
  readonly realloc?: string;
  readonly run?: string;
}

const escaped = (bytes: Iterable<number>): string =>
  Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");

/** Ends with the case of the last result: 0 for a response, 1 for a failure. */
const REPORT = `
  (i32.store8 (i32.const 600) (i32.const 0))
  (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1))
  (i32.store16 (i32.const 700) (i32.add (i32.const 0x30) (i32.load8_u (i32.const ${RESULT}))))
  (i32.const 600)`;

function tupleData(given: Tuple): string {
  const bytes = Buffer.alloc(84);
  const harmless: Tuple = { 0: 64, 4: URL_TEXT.length, [HEADERS]: 4 };
  for (const [at, value] of Object.entries({ ...harmless, ...given })) bytes.writeUInt32LE(value >>> 0, Number(at));
  return escaped(bytes);
}

function wat({ tuple = {}, parameters = [TUPLE, RESULT], realloc, run }: Guest): string {
  return `(module
    (import "backfill:http/client@0.1.0" "post" (func $post (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 64) "${escaped(Buffer.from(URL_TEXT, "utf16le"))}")
    (data (i32.const ${TUPLE}) "${tupleData(tuple)}")
    (global $next (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      ${
        realloc ??
        `(global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
         (global.get $next) (global.set $next (i32.add (global.get $next) (local.get $new)))`
      })
    (func $call (call $post (i32.const ${parameters[0]}) (i32.const ${parameters[1]})))
    (func (export "run") (param i32 i32) (result i32)
      ${run ?? `(call $call)${REPORT}`}))`;
}

async function load(guest: Guest): Promise<Hook> {
  return scene.runtime.load(await componentFromWat(wat(guest), "hook"), { name: "hostile" });
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
  expect(await (await load({})).run({})).toBe(0);
  expect(scene.requests.length).toBe(sent + 1);
});

test.each<[string, Guest]>([
  ["a tuple that lies past the end of memory", { parameters: [65_500, RESULT] }],
  ["a tuple at the last address there is", { parameters: [-4, RESULT] }],
  ["a tuple that is not aligned", { parameters: [TUPLE + 2, RESULT] }],
  ["a result that lies past the end of memory", { parameters: [TUPLE, 65_532] }],
  ["a result at the last address there is", { parameters: [TUPLE, -4] }],
  ["a result that is not aligned", { parameters: [TUPLE, RESULT + 1] }],
  ["a URL that lies past the end of memory", { tuple: { 0: 65_530 } }],
  ["a URL whose end wraps around", { tuple: { 0: -2, 4: 16 } }],
  ["a URL that is not aligned", { tuple: { 0: 65 } }],
  ["headers past the end of memory", { tuple: { [HEADERS]: 65_532, [HEADERS + 4]: 1 } }],
  ["headers that are not aligned", { tuple: { [HEADERS]: 6, [HEADERS + 4]: 1 } }],
  ["a body argument that is neither there nor absent", { tuple: { [ARGUMENT]: 2 } }],
  ["a body argument of a kind that does not exist", { tuple: { [ARGUMENT]: 1, [ARGUMENT + 4]: 3 } }],
  [
    "a body of text past the end of memory",
    { tuple: { [ARGUMENT]: 1, [ARGUMENT + 4]: 1, [ARGUMENT + 8]: 65_534, [ARGUMENT + 12]: 2 } },
  ],
  [
    "a body of bytes past the end of memory",
    { tuple: { [BODY]: 1, [BODY + 4]: 2, [BODY + 8]: 65_535, [BODY + 12]: 2 } },
  ],
  ["a body in the options that is neither there nor absent", { tuple: { [BODY]: 2 } }],
  ["an authorization that is neither there nor absent", { tuple: { [AUTHORIZATION]: 2 } }],
  ["an authorization that does not exist", { tuple: { [AUTHORIZATION]: 1, [AUTHORIZATION + 4]: 3 } }],
  [
    "a token past the end of memory",
    { tuple: { [AUTHORIZATION]: 1, [AUTHORIZATION + 8]: 65_534, [AUTHORIZATION + 12]: 9 } },
  ],
  [
    "a minimum TTL that is neither there nor absent",
    { tuple: { [AUTHORIZATION]: 1, [AUTHORIZATION + 4]: 2, [AUTHORIZATION + 8]: 2 } },
  ],
  ["a timeout that is neither there nor absent", { tuple: { [TIMEOUT]: 2 } }],
  ["a response type that does not exist", { tuple: { [RESPONSE_TYPE]: 3 } }],
])("%s ends the hook", async (_, guest) => {
  const sent = scene.requests.length;
  expect((await endOf(guest)).code).toBe("BACKFILL_HOOK_ABI");
  // A place for the result that cannot be written is found out when there is a result.
  if (guest.parameters === undefined) expect(scene.requests.length).toBe(sent);
});

test.each<[string, Tuple]>([
  ["a URL of 4 GiB", { 4: -1 }],
  ["268 million header fields", { [HEADERS + 4]: 268_435_455 }],
  ["a text body of 4 GiB", { [ARGUMENT]: 1, [ARGUMENT + 4]: 1, [ARGUMENT + 8]: 64, [ARGUMENT + 12]: -1 }],
  ["a body of bytes of 4 GiB", { [BODY]: 1, [BODY + 4]: 2, [BODY + 8]: 64, [BODY + 12]: -1 }],
  ["a token of 4 GiB", { [AUTHORIZATION]: 1, [AUTHORIZATION + 8]: 64, [AUTHORIZATION + 12]: -1 }],
])("%s is a failure that the guest sees, read by nobody, and a call in the records", async (_, tuple) => {
  const recorded = scene.calls.length;
  expect(await (await load({ tuple })).run({})).toBe(1);
  expect(scene.calls.length).toBe(recorded + 1);
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

test("an allocator that calls ends the hook: it must not suspend", async () => {
  const sent = scene.requests.length;
  expect((await endOf({ realloc: "(call $call) (i32.const 4096)" })).code).toMatch(/^BACKFILL_HOOK_/);
  expect(scene.requests.length).toBe(sent);
});

test("an allocator that grows the memory is followed to where the memory is now", async () => {
  const growing = `(drop (memory.grow (i32.const 1)))
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next) (global.set $next (i32.add (global.get $next) (local.get $new)))`;
  expect(await (await load({ realloc: growing })).run({})).toBe(0);
});

test("calls without end come to the event's limit, not to the host's", async () => {
  const runtime = await scene.open({ limits: { callsPerEvent: 3, eventDeadline: 5000 } });
  const run = `(loop $again (call $call) (br_if $again (i32.eqz (i32.load8_u (i32.const ${RESULT})))))${REPORT}`;
  const sent = scene.requests.length;
  const hook = await runtime.load(await componentFromWat(wat({ run }), "hook"), { name: "hostile" });
  expect(await hook.run({})).toBe(1);
  expect(scene.requests.length).toBe(sent + 3);
});
