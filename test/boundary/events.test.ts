import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Hook, HookError } from "../../host/index.ts";
import { buildTestHook } from "../support/probe.ts";
import { json, openScene, type Scene } from "../support/scene.ts";

describe.each([
  {
    language: "AssemblyScript",
    hookName: "endings",
    traps: ["assert", "unreachable"] as string[],
    stack: undefined,
  },
  {
    language: "TypeScript",
    hookName: "typescript/endings",
    traps: [] as string[],
    stack: { stack: expect.stringMatching(/^ {4}at run \(endings\.ts:9:\d+\)$/) as string },
  },
])("$language:", ({ hookName, traps, stack }) => {
  let scene: Scene;
  let component: Uint8Array;
  let hook: Hook;

  beforeAll(async () => {
    component = await buildTestHook(hookName);
    scene = await openScene();
    hook = await scene.runtime.load(component, { name: "endings" });
  });
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.logs.length = 0;
  });

  async function endOf(how: string, on: Hook = hook): Promise<HookError> {
    const error: unknown = await on.run({ how }).catch((thrown: unknown) => thrown);
    if (error instanceof HookError) return error;
    throw new Error(`the hook did not end with an error: ${String(error)}`);
  }

  test("an event that is no JSON is refused, as a rejection", async () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    const ends = [hook.run(circular), hook.run({ big: 1n })];
    for (const end of ends) await expect(end).rejects.toThrow(TypeError);
  });

  describe("a hook that ends itself", () => {
    test("by a throw says what it threw, and the file, line and column", async () => {
      const error = await endOf("throw");
      expect(error.code).toBe("BACKFILL_HOOK_TRAPPED");
      expect(error.message).toMatch(/^out of stock: Ünïcode \(endings\.ts:9:\d+\)$/);
    });

    test("by a throw has said so in the log, at level critical", async () => {
      const { message } = await endOf("throw");
      expect(scene.logs).toEqual([{ level: "critical", message, fields: stack }]);
    });

    test.runIf(traps.includes("assert"))("by a failed assertion says which", async () => {
      expect((await endOf("assert")).message).toContain("never so");
    });

    test("by a call without a response names call, URL without its query, and cause", async () => {
      const { message } = await endOf("fail");
      expect(message).toMatch(/^Http\.get https:\/\/elsewhere\.example\.com\/v1 failed: not-allowed \(policy\): /);
      expect(message).not.toContain("hidden");
      expect(message).not.toContain("~lib");
    });

    test.each([
      ["recurse", "BACKFILL_HOOK_STACK"],
      ["allocate", "BACKFILL_HOOK_MEMORY"],
    ])("by %s ends with %s", async (how, code) => {
      expect((await endOf(how)).code).toBe(code);
    });

    test.each(traps)("by %s ends with a typed error", async (how) => {
      expect((await endOf(how)).code).toBe("BACKFILL_HOOK_TRAPPED");
    });

    test("leaves the next event untouched", async () => {
      await endOf("throw");
      expect(await hook.run({ how: "" })).toBe(1);
    });
  });

  describe("an event", () => {
    test("starts from a fresh state", async () => {
      expect(await hook.run({ how: "" })).toBe(1);
      expect(await hook.run({ how: "" })).toBe(1);
    });

    test("that is no JSON for the hook, because it is undefined, is null", async () => {
      expect(await hook.run()).toBe(1);
    });

    test("logs at four levels, with fields", async () => {
      await hook.run({ how: "log" });
      expect(scene.logs).toEqual([
        { level: "debug", message: "d", fields: undefined },
        { level: "info", message: "i", fields: { n: 1 } },
        { level: "warn", message: "w", fields: undefined },
        { level: "error", message: "e", fields: {} },
      ]);
    });

    test("that waits holds up no other: two hooks wait for two slow servers at the same time", async () => {
      const other = await scene.runtime.load(component, { name: "other" });
      let waiting = 0;
      const release: (() => void)[] = [];
      scene.answer = (response, request) => {
        waiting++;
        release.push(() => json(waiting)(response, request));
        // Neither is answered before both are here: were one blocked by the other, this would never come.
        if (waiting === 2) for (const answer of release) answer();
      };
      expect(await Promise.all([hook.run({ how: "wait" }), other.run({ how: "wait" })])).toEqual([2, 2]);
    });

    test("waits for no other of its hook: 200 wait for a server that answers none before all are there", async () => {
      const release: (() => void)[] = [];
      scene.answer = (response, request) => {
        release.push(() => json(1)(response, request));
        if (release.length === 200) for (const answer of release) answer();
      };
      const results = await Promise.all(Array.from({ length: 200 }, () => hook.run({ how: "wait" })));
      expect(results).toEqual(Array.from({ length: 200 }, () => 1));
    });

    test("goes on beside 64 of its hook that are never answered, and beside another hook that calls all the time", async () => {
      const runtime = await scene.open();
      const [own, other] = [
        await runtime.load(component, { name: "own" }),
        await runtime.load(component, { name: "other" }),
      ];
      let withheld = 0;
      const over = new AbortController();
      scene.answer = (response, request) => {
        if (withheld < 64) withheld++;
        else json(1)(response, request);
      };
      const unanswered = Array.from({ length: 64 }, () => own.run({ how: "wait" }).catch(() => {}));
      await vi.waitFor(() => expect(withheld).toBe(64), 10_000);
      const busy = Array.from({ length: 16 }, async () => {
        while (!over.signal.aborted) await other.run({ how: "wait" });
      });
      const results = await Promise.all(Array.from({ length: 10 }, () => own.run({ how: "wait" })));
      expect(results).toEqual(Array.from({ length: 10 }, () => 1));
      over.abort();
      await Promise.all(busy);
      await runtime.close();
      await Promise.all(unanswered);
    });

    test("sees the present time", async () => {
      const before = Date.now();
      const now = (await hook.run({ how: "now" })) as number;
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThanOrEqual(Date.now());
    });

    test("sleeps at least as long as it asks", async () => {
      const started = performance.now();
      await hook.run({ how: "sleep", milliseconds: 60 });
      expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    });

    test.each(["random", "math random"])("has its own randomness from %s", async (how) => {
      const values = await Promise.all([hook.run({ how }), hook.run({ how }), hook.run({ how })]);
      expect(new Set(values).size).toBe(3);
    });

    test("that asks for more randomness than there is at once ends", async () => {
      expect((await endOf("random too much")).message).toContain("65536");
    });

    test("that outlasts its deadline ends with a typed error, asleep or waiting", async () => {
      scene.answer = () => {};
      const runtime = await scene.open({ limits: { eventDeadline: 100 } });
      const own = await runtime.load(component, { name: "own" });
      const asleep: unknown = await own.run({ how: "sleep", milliseconds: 60_000 }).catch((thrown: unknown) => thrown);
      expect(asleep).toMatchObject({ code: "BACKFILL_HOOK_DEADLINE", message: "the event took longer than 100 ms" });
      expect((await endOf("wait", own)).code).toBe("BACKFILL_HOOK_DEADLINE");
    });

    test("ends when its caller cancels it", async () => {
      scene.answer = () => {};
      const controller = new AbortController();
      const running = hook.run({ how: "wait" }, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await expect(running).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
      await expect(hook.run({ how: "" }, { signal: controller.signal })).rejects.toMatchObject({
        code: "BACKFILL_HOOK_CANCELLED",
      });
    });

    test("ends when the runtime is closed, and none starts after", async () => {
      scene.answer = () => {};
      const runtime = await scene.open();
      const own = await runtime.load(component, { name: "own" });
      const running = own.run({ how: "wait" });
      setTimeout(() => void runtime.close(), 20);
      await expect(running).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
      await expect(own.run({ how: "" })).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
    });

    test("that is over leaves no timer of its sleep behind", async () => {
      const runtime = await scene.open({ limits: { eventDeadline: 50 } });
      const own = await runtime.load(component, { name: "own" });
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
      const before = timers();
      await own.run({ how: "sleep", milliseconds: 3_000_000_000 }).catch(() => {});
      expect(timers()).toBeLessThanOrEqual(before);
    });

    test("that was cancelled before it began runs nothing", async () => {
      const signal = AbortSignal.abort();
      await expect(hook.run({ how: "log" }, { signal })).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
      expect(scene.logs).toEqual([]);
    });

    test("goes on when who listens to its log throws", async () => {
      const runtime = await scene.open({
        onLog: () => {
          throw new Error("full disk");
        },
      });
      expect(await (await runtime.load(component, { name: "own" })).run({ how: "log" })).toBe(1);
    });

    test("whose result is longer than the limit ends with a typed error, and one of just that length does not", async () => {
      const text = await hook.run({ how: "random" });
      const length = JSON.stringify(text).length;
      for (const [resultLength, ok] of [
        [length - 1, false],
        [length, true],
        [length + 1, true],
      ] as const) {
        const runtime = await scene.open({ limits: { resultLength } });
        const outcome = await (await runtime.load(component, { name: "own" })).run({ how: "random" }).then(
          () => true,
          () => false,
        );
        expect(outcome).toBe(ok);
      }
    });

    test("cannot be run on a hook that was closed when it calls", async () => {
      const own = await scene.runtime.load(component, { name: "own" });
      await own.close();
      expect((await endOf("wait", own)).message).toContain("cancelled");
    });
  });
});
