import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hook, HookError, type HookRuntimeOptions } from "../../host/index.ts";
import { buildTestHook } from "../support/probe.ts";
import { json, openScene, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

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
