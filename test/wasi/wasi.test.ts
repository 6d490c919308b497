import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hook, HookError } from "../../host/index.ts";
import { openScene, type Scene } from "../support/scene.ts";
import { DATA, escaped, guestWat, type Guest, type Import, wasiComponent } from "../support/wasi.ts";

// Guests written by hand, in the place of the engines and standard libraries that import WASI.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ limits: { eventDeadline: 2000, cpuMilliseconds: 400 } });
});
afterAll(() => scene.close());

async function run(guest: Guest, times = 1): Promise<unknown> {
  const hook = await scene.runtime.load(await wasiComponent(guestWat(guest)), { name: "wasi" });
  let result: unknown;
  for (let i = 0; i < times; i++) result = await hook.run(null);
  return result;
}

async function endOf(guest: Guest): Promise<HookError> {
  const error: unknown = await run(guest).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(HookError);
  return error as HookError;
}

const stdout: Import = ["wasi:cli/stdout", "get-stdout", "(result i32)"];
const stderr: Import = ["wasi:cli/stderr", "get-stderr", "(result i32)"];
const stdin: Import = ["wasi:cli/stdin", "get-stdin", "(result i32)"];
const write: Import = ["wasi:io/streams", "[method]output-stream.blocking-write-and-flush", "(param i32 i32 i32 i32)"];
const read: Import = ["wasi:io/streams", "[method]input-stream.blocking-read", "(param i32 i64 i32)"];
const dropOutput: Import = ["wasi:io/streams", "[resource-drop]output-stream", "(param i32)"];
const subscribe: Import = ["wasi:clocks/monotonic-clock", "subscribe-duration", "(param i64) (result i32)"];
const block: Import = ["wasi:io/poll", "[method]pollable.block", "(param i32)"];
const poll: Import = ["wasi:io/poll", "poll", "(param i32 i32 i32)"];
const MILLISECOND = 1_000_000;

describe("what a guest has of WASI", () => {
  test("is a log for standard streams, a line for each line, and for what has no newline at the end", async () => {
    const before = scene.logs.length;
    await run({
      imports: { stdout, stderr, write },
      data: escaped("one\ntwo\nthrfour"),
      code: `(local.set $a (call $stdout)) (local.set $b (call $stderr))
        (call $write (local.get $a) (i32.const ${DATA}) (i32.const 11) (i32.const 512))
        (call $write (local.get $b) (i32.const ${DATA + 11}) (i32.const 4) (i32.const 512))
        (call $write (call $stdout) (i32.const ${DATA + 4}) (i32.const 4) (i32.const 512))`,
    });
    expect(scene.logs.slice(before).map(({ level, message }) => [level, message])).toEqual([
      ["info", "one"],
      ["info", "two"],
      ["info", "thrtwo"],
      ["warn", "four"],
    ]);
  });

  test("is no environment, no arguments, no folder and no terminal", async () => {
    const result = await run({
      imports: {
        env: ["wasi:cli/environment", "get-environment", "(param i32)"],
        args: ["wasi:cli/environment", "get-arguments", "(param i32)"],
        cwd: ["wasi:cli/environment", "initial-cwd", "(param i32)"],
        preopens: ["wasi:filesystem/preopens", "get-directories", "(param i32)"],
        terminal: ["wasi:cli/terminal-stdout", "get-terminal-stdout", "(param i32)"],
      },
      code: `(i32.store (i32.const 516) (i32.const 9))
        (call $env (i32.const 512)) (call $say (i32.load (i32.const 516))) (i32.store (i32.const 516) (i32.const 9))
        (call $args (i32.const 512)) (call $say (i32.load (i32.const 516))) (i32.store (i32.const 516) (i32.const 9))
        (call $preopens (i32.const 512)) (call $say (i32.load (i32.const 516)))
        (i32.store8 (i32.const 512) (i32.const 9)) (call $cwd (i32.const 512)) (call $say (i32.load8_u (i32.const 512)))
        (i32.store8 (i32.const 512) (i32.const 9)) (call $terminal (i32.const 512)) (call $say (i32.load8_u (i32.const 512)))`,
    });
    expect(result).toEqual([0, 0, 0, 0, 0]);
  });

  test("is a standard input that has ended", async () => {
    const result = await run({
      imports: { stdin, read },
      code: `(call $read (call $stdin) (i64.const 10) (i32.const 512))
        (call $say (i32.load8_u (i32.const 512))) (call $say (i32.load8_u (i32.const 516)))`,
    });
    expect(result).toEqual([1, 1]);
  });

  test("is a network in which nothing is made or looked up", async () => {
    const ACCESS_DENIED = 1;
    const result = await run({
      imports: {
        network: ["wasi:sockets/instance-network", "instance-network", "(result i32)"],
        tcp: ["wasi:sockets/tcp-create-socket", "create-tcp-socket", "(param i32 i32)"],
        resolve: ["wasi:sockets/ip-name-lookup", "resolve-addresses", "(param i32 i32 i32 i32)"],
      },
      data: escaped("localhost"),
      code: `(call $tcp (i32.const 0) (i32.const 512))
        (call $say (i32.load8_u (i32.const 512))) (call $say (i32.load8_u (i32.const 516)))
        (call $resolve (call $network) (i32.const ${DATA}) (i32.const 9) (i32.const 512))
        (call $say (i32.load8_u (i32.const 512))) (call $say (i32.load8_u (i32.const 516)))`,
    });
    expect(result).toEqual([1, ACCESS_DENIED, 1, ACCESS_DENIED]);
  });

  test("is time and chance", async () => {
    const [seconds, length, ...bytes] = (await run({
      imports: {
        now: ["wasi:clocks/wall-clock", "now", "(param i32)"],
        random: ["wasi:random/random", "get-random-bytes", "(param i64 i32)"],
      },
      code: `(call $now (i32.const 512)) (call $say (i32.load (i32.const 512)))
        (call $random (i64.const 32) (i32.const 512))
        (call $say-memory (i32.load (i32.const 512)) (i32.load (i32.const 516)))`,
    })) as number[];
    expect(Math.abs((seconds as number) - Date.now() / 1000)).toBeLessThan(60);
    expect(length).toBe(32);
    expect(new Set(bytes).size).toBeGreaterThan(8);
  });

  test("is a clock that can be waited for", async () => {
    const result = await run({
      imports: { subscribe, block, poll },
      code: `(call $block (call $subscribe (i64.const ${20 * MILLISECOND})))
        (i32.store (i32.const 256) (call $subscribe (i64.const ${3600 * 1000 * MILLISECOND})))
        (i32.store (i32.const 260) (call $subscribe (i64.const ${20 * MILLISECOND})))
        (call $poll (i32.const 256) (i32.const 2) (i32.const 512))
        (call $say (i32.load (i32.const 516))) (call $say (i32.load (i32.load (i32.const 512))))`,
    });
    expect(result).toEqual([1, 1]);
  });

  test("begins anew with each event: handles too", async () => {
    const result = await run({ imports: { stdout }, code: `(drop (call $stdout)) (call $say (call $stdout))` }, 3);
    expect(result).toEqual([2]);
  });
});

describe("an event ends", () => {
  test("when the host has computed for it as long as it may, though its guest only waits", async () => {
    const { code } = await endOf({
      imports: { subscribe, poll },
      // 4000 times what comes in an hour, and what comes at once: for each wait the host has as much to begin and to stop.
      code: `(local.set $a (call $subscribe (i64.const ${3600 * 1000 * MILLISECOND})))
        (local.set $b (i32.const 20480))
        (loop $fill
          (i32.store (local.get $b) (local.get $a))
          (local.set $b (i32.add (local.get $b) (i32.const 4)))
          (br_if $fill (i32.lt_u (local.get $b) (i32.const 36480))))
        (loop $again
          (i32.store (i32.const 36480) (call $subscribe (i64.const ${MILLISECOND})))
          (global.set $next (i32.const 131072))
          (call $poll (i32.const 20480) (i32.const 4001) (i32.const 512))
          (br $again))`,
    });
    expect(code).toBe("BACKFILL_HOOK_CPU");
  });

  test("when its guest exits", async () => {
    const { code, message } = await endOf({
      imports: { exit: ["wasi:cli/exit", "exit", "(param i32)"] },
      code: `(call $exit (i32.const 1))`,
    });
    expect(code).toBe("BACKFILL_HOOK_FAILED");
    expect(message).toBe("the hook exited with code 1, and so gave no result");
  });

  test("at its deadline, whatever its guest waits for", async () => {
    const { code } = await endOf({
      imports: { subscribe, block },
      code: `(call $block (call $subscribe (i64.const -1)))`,
    });
    expect(code).toBe("BACKFILL_HOOK_DEADLINE");
  });

  test("where it asks for too much chance at once", async () => {
    const { code } = await endOf({
      imports: { random: ["wasi:random/random", "get-random-bytes", "(param i64 i32)"] },
      code: `(call $random (i64.const 65537) (i32.const 512))`,
    });
    expect(code).toBe("BACKFILL_HOOK_FAILED");
  });

  test("where it holds more handles than any program needs", async () => {
    const { code, message } = await endOf({
      imports: { stdout },
      code: `(loop $more (drop (call $stdout)) (br $more))`,
    });
    expect(code).toBe("BACKFILL_HOOK_FAILED");
    expect(message).toContain("4096 handles");
  });
});

const forged: readonly (readonly [string, Guest])[] = [
  ["a handle that was never given", { imports: { block }, code: `(call $block (i32.const 1))` }],
  ["the handle 0", { imports: { block }, code: `(call $block (i32.const 0))` }],
  ["a handle far out of the table", { imports: { block }, code: `(call $block (i32.const -1))` }],
  ["a handle of another resource", { imports: { stdout, block }, code: `(call $block (call $stdout))` }],
  [
    "a handle that was dropped",
    {
      imports: { stdout, dropOutput, write },
      code: `(local.set $a (call $stdout)) (call $dropOutput (local.get $a))
        (call $write (local.get $a) (i32.const 0) (i32.const 1) (i32.const 512))`,
    },
  ],
  [
    "a handle dropped as another resource",
    { imports: { stdin, dropOutput }, code: `(call $dropOutput (call $stdin))` },
  ],
  [
    "a handle of a resource that is never given out",
    {
      imports: { sync: ["wasi:filesystem/types", "[method]descriptor.sync-data", "(param i32 i32)"] },
      code: `(call $sync (i32.const 1) (i32.const 512))`,
    },
  ],
  ["nothing to wait for", { imports: { poll }, code: `(call $poll (i32.const 0) (i32.const 0) (i32.const 512))` }],
  [
    "a list that leads out of memory",
    { imports: { poll }, code: `(call $poll (i32.const 262136) (i32.const 4) (i32.const 512))` },
  ],
  [
    "bytes that lead out of memory",
    {
      imports: { stdout, write },
      code: `(call $write (call $stdout) (i32.const 262143) (i32.const 2) (i32.const 512))`,
    },
  ],
  [
    "an address for the result that leads out of memory",
    {
      imports: { args: ["wasi:cli/environment", "get-arguments", "(param i32)"] },
      code: `(call $args (i32.const -8))`,
    },
  ],
  [
    "a result that is neither",
    { imports: { exit: ["wasi:cli/exit", "exit", "(param i32)"] }, code: `(call $exit (i32.const 2))` },
  ],
  [
    "more than a stream said it takes",
    {
      imports: { stdout, write },
      code: `(call $write (call $stdout) (i32.const 0) (i32.const 65537) (i32.const 512))`,
    },
  ],
];

describe("a guest that breaks the rules of the boundary", () => {
  test("with more to wait for than it can hold ends with a typed error", async () => {
    const waits = (count: number): Guest => ({
      imports: { subscribe, poll },
      code: `(local.set $a (call $subscribe (i64.const 0))) (local.set $b (i32.const 20480))
        (loop $fill
          (i32.store (local.get $b) (local.get $a))
          (local.set $b (i32.add (local.get $b) (i32.const 4)))
          (br_if $fill (i32.lt_u (local.get $b) (i32.const 40000))))
        (call $poll (i32.const 20480) (i32.const ${count}) (i32.const 512)) (call $say (i32.load (i32.const 516)))`,
    });
    expect(await run(waits(4095))).toEqual([4095]);
    expect(await run(waits(4096))).toEqual([4096]);
    expect((await endOf(waits(4097))).code).toBe("BACKFILL_HOOK_ABI");
  });

  test.each(forged)("with %s ends with a typed error", async (_, guest) => {
    expect((await endOf(guest)).code).toBe("BACKFILL_HOOK_ABI");
  });

  test("with a list too long for any call to lift ends before it is read", async () => {
    const { code, message } = await endOf({
      imports: { poll },
      code: `(call $poll (i32.const 0) (i32.const 0x3fffffff) (i32.const 512))`,
    });
    expect(code).toBe("BACKFILL_HOOK_FAILED");
    expect(message).toContain("more to the host in one call");
  });

  test("leaves the host as it was", async () => {
    expect(await run({ imports: { stdout }, code: `(call $say (call $stdout))` })).toEqual([1]);
  });
});

test("a guest that calls the host again and again lets the others go on", async () => {
  const random: Import = ["wasi:random/random", "get-random-bytes", "(param i64 i32)"];
  const greedy = `(loop $more
    (call $random (i64.const 65536) (i32.const 512))
    (global.set $next (i32.const 131072)) (br $more))`;
  const load = async (guest: Guest): Promise<Hook> =>
    scene.runtime.load(await wasiComponent(guestWat(guest)), { name: "wasi" });
  const endless = await load({ imports: { random }, code: greedy });
  const waiter = await load({ imports: { subscribe, block }, code: `(call $block (call $subscribe (i64.const 1)))` });
  const order: string[] = [];
  const ends = endless.run(null).catch(({ code }: HookError) => order.push(code));
  await waiter.run(null).then(() => order.push("the other"));
  await ends;
  expect(order).toEqual(["the other", "BACKFILL_HOOK_CPU"]);
});

describe("a component is refused when it is loaded", () => {
  test("for a function of WASI that is not offered", async () => {
    const component = await wasiComponent(guestWat({ imports: { stdout }, code: `(drop (call $stdout))` }));
    const renamed = Buffer.from(component);
    const name = Buffer.from("get-stdout");
    for (let at = renamed.indexOf(name); at >= 0; at = renamed.indexOf(name, at + 1)) renamed.write("get-stdfoo", at);
    await expect(scene.runtime.load(renamed)).rejects.toThrow(/imports wasi:cli\/stdout@0.2.12#get-stdfoo/);
  });

  test("for a version of WASI that is not 0.2", async () => {
    const component = Buffer.from(
      await wasiComponent(guestWat({ imports: { stdout }, code: `(drop (call $stdout))` })),
    );
    for (let at = component.indexOf("@0.2.12"); at >= 0; at = component.indexOf("@0.2.12", at + 1)) {
      component.write("@0.3.12", at);
    }
    await expect(scene.runtime.load(component)).rejects.toThrow(/imports wasi:cli\/stdout@0.3.12#get-stdout/);
  });
});
