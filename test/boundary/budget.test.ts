import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hook, HookError, type HookRuntimeOptions } from "../../host/index.ts";
import { buildTestHook } from "../support/probe.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";
import { componentFromWat } from "../support/wat.ts";

const BUDGET = 150;
/** What an event may take beyond its budget; generous, for a machine under load. */
const SLACK = 3000;

const TYPESCRIPT = `import { Clock, Http, Log } from "@backfill/http/hook";
function fibonacci(n: number): number { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
export function run(event: { how: string }) {
  const { how } = event;
  if (how === "spin") for (;;);
  if (how === "fill") for (;;) new Uint8Array(1 << 20).fill(1);
  if (how === "recurse for ever") for (;;) fibonacci(20);
  if (how === "log for ever") for (;;) Log.debug("again");
  if (how === "wait") return Http.get("https://api.example.com/late").status;
  if (how === "clock for ever") for (;;) Clock.now();
  if (how === "spin and call") {
    const until = Clock.now() + 20_000;
    while (Clock.now() < until) fibonacci(10);
    return Http.get("https://api.example.com/late").status;
  }
  return fibonacci(10);
}`;

describe.each([
  ["AssemblyScript", () => buildTestHook("spend")],
  ["TypeScript", async () => (await buildTypeScript(TYPESCRIPT)).component],
])("a hook in %s", (_, build) => {
  let scene: Scene;
  let component: Uint8Array;
  let hook: Hook;

  beforeAll(async () => {
    component = await build();
    scene = await openScene(options());
    hook = await scene.runtime.load(component, { name: "spend" });
  });
  afterAll(() => scene.close());

  function options(cpuMilliseconds = BUDGET): HookRuntimeOptions {
    return { permissions: { http: ["https://api.example.com/*"] }, limits: { cpuMilliseconds } };
  }

  async function endOf(how: string): Promise<HookError> {
    const error: unknown = await hook.run({ how }).catch((thrown: unknown) => thrown);
    if (error instanceof HookError) return error;
    throw new Error(`the hook did not end with an error: ${String(error)}`);
  }

  test.each(["spin", "fill", "recurse for ever", "log for ever", "clock for ever"])(
    "ends with its own error where it would %s",
    async (how) => {
      const started = performance.now();
      expect((await endOf(how)).code).toBe("BACKFILL_HOOK_CPU");
      const took = performance.now() - started;
      expect(took).toBeGreaterThan(BUDGET - 5);
      expect(took).toBeLessThan(BUDGET + SLACK);
    },
  );

  test("is untouched by an event that ended so before", async () => {
    await endOf("spin");
    expect(await hook.run({ how: "work" })).toBeGreaterThan(0);
  });

  test("makes no call on a budget that is spent", async () => {
    scene.answer = json({});
    scene.requests.length = 0;
    expect((await endOf("spin and call")).code).toBe("BACKFILL_HOOK_CPU");
    expect(scene.requests).toEqual([]);
  });

  test("goes on while another one spins, and so does the thread", async () => {
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    const spinning = endOf("spin");
    const done = await Promise.all(Array.from({ length: 5 }, () => hook.run({ how: "work" })));
    const before = turns;
    expect((await spinning).code).toBe("BACKFILL_HOOK_CPU");
    clearInterval(ticker);
    expect(done).toHaveLength(5);
    expect(turns).toBeGreaterThan(before);
  });

  test("is not charged for what it waits", async () => {
    scene.answer = (response) => setTimeout(() => response.end("{}"), BUDGET * 2);
    expect(await hook.run({ how: "wait" })).toBe(200);
  });
});

test("hooks whose answers come at once are each charged for their own computing", async () => {
  const url = "https://api.example.com/v1";
  const data = [...Buffer.from(url, "utf16le")].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  const parameters = [0, 64, url.length, 4, ...Array.from({ length: 12 }, () => 0), 512];
  // Twenty times a call, and what takes some 0.1 ms.
  const component = await componentFromWat(`(module
    (import "backfill:http/outbound@0.1.0" "send" (func $send (param ${"i32 ".repeat(17)})))
    (memory (export "memory") 1)
    (data (i32.const 64) "${data}")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "run") (param i32 i32) (result i32) (local $i i32) (local $j i32)
      (loop $calls
        (call $send ${parameters.map((value) => `(i32.const ${value})`).join(" ")})
        (local.set $j (i32.const 100000))
        (loop $work (br_if $work (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (br_if $calls (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
      (i32.store (i32.const 604) (i32.const 700)) (i32.store (i32.const 608) (i32.const 1))
      (i32.store16 (i32.const 700) (i32.const 0x31))
      (i32.const 600)))`);
  const scene = await openScene({ limits: { cpuMilliseconds: 100 } });
  const waiting: (() => void)[] = [];
  scene.answer = (response) => {
    if (waiting.push(() => response.end("x")) > 1) return;
    setTimeout(() => waiting.splice(0).forEach((answer) => answer()), 20);
  };
  const hook = await scene.runtime.load(component, { name: "many" });
  const results = await Promise.all(Array.from({ length: 150 }, () => hook.run({})));
  expect(new Set(results)).toEqual(new Set([1]));
  await scene.close();
});
