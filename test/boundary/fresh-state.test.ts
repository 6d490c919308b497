import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Hook } from "../../host/index.ts";
import { Engine } from "../../host/runtime/engine.ts";
import { IdleInstances } from "../../host/runtime/idle.ts";
import { platformLinker } from "../../host/runtime/imports.ts";
import type { Instance } from "../../host/runtime/instance.ts";
import { InstancePool } from "../../host/runtime/pool.ts";
import { Store } from "../../host/runtime/store.ts";
import { resolveLimits } from "../../host/transport/limits.ts";
import { buildTestHook } from "../support/probe.ts";
import { json, openScene, type Scene } from "../support/scene.ts";

let component: Uint8Array;
beforeAll(async () => {
  component = await buildTestHook("spend");
});

describe("an event", () => {
  let scene: Scene;
  let hook: Hook;
  beforeAll(async () => {
    scene = await openScene({ permissions: { http: ["https://api.example.com/*"] } });
    hook = await scene.runtime.load(component, { name: "spend" });
  });
  afterAll(() => scene.close());

  test("sees nothing that earlier ones left in variables, one after another or at once", async () => {
    for (let i = 0; i < 20; i++) {
      expect(await hook.run({ how: "", mark: `m${i}` })).toMatchObject({ counter: 0, kept: `m${i}` });
    }
    scene.answer = json({});
    const marks = Array.from({ length: 40 }, (_, i) => `at once ${i}`);
    const all = await Promise.all(marks.map((mark) => hook.run({ how: "", mark })));
    expect(all.map((one) => (one as { kept: string }).kept)).toEqual(marks);
    expect(all).toEqual(all.map(() => expect.objectContaining({ counter: 0 }) as unknown));
  });

  test("begins with the memory of its size class, however much an earlier one took", async () => {
    const pages = async (event: object): Promise<number> =>
      ((await hook.run({ mark: "", ...event })) as { pages: number }).pages;
    const first = await pages({ how: "" });
    expect(await pages({ how: "grow", bytes: 300_000 })).toBeGreaterThan(first);
    const raised = await pages({ how: "" });
    expect(raised).toBe((512 * 1024) / 65_536);
    expect(await pages({ how: "grow", bytes: 300_000 })).toBe(raised);
    expect(await pages({ how: "" })).toBe(raised);
    // Over what is used again: dropped, and nothing is raised.
    expect(await pages({ how: "grow", bytes: 40_000_000 })).toBeGreaterThan(600);
    expect(await pages({ how: "" })).toBe(raised);
  });
});

describe("an instance", () => {
  const limits = resolveLimits();

  async function poolOf(
    bytes: Uint8Array,
    more: Partial<typeof limits> = {},
    idle: IdleInstances = new IdleInstances(1 << 28),
  ): Promise<InstancePool> {
    const engine = new Engine();
    const linker = platformLinker({ url: 16_384, headerCount: 100, headerUnits: 65_536, body: 1_000_000 });
    return new InstancePool(await engine.compile(bytes), linker, { ...limits, ...more }, idle);
  }

  function store(): Store {
    return new Store(
      { limits, secrets: { plain: new Map(), sealed: new Map() }, scrubber: undefined, onLog: () => {} },
      { beginEvent: () => ({}) as never, close: async () => {} },
      undefined,
    );
  }

  async function runIn(pool: InstancePool, instance: Instance, event: object): Promise<void> {
    const run = instance.entry(pool.entry("run"));
    instance.enter();
    await new Promise<void>((resolve, reject) => {
      const parameters = run.memory.lowerString(JSON.stringify(event));
      run.call(parameters, (result) => run.finish(result), { onValue: resolve, onError: reject });
    });
  }

  function bytesOf(instance: Instance): Buffer[] {
    return instance.memories.map(({ memory }) => Buffer.from(memory.buffer.slice(0)));
  }

  function same(some: readonly Buffer[], others: readonly Buffer[]): boolean {
    return some.length === others.length && some.every((bytes, i) => others[i]?.equals(bytes));
  }

  test("that is used again equals a new one, byte for byte", async () => {
    const pool = await poolOf(component);
    const other = await poolOf(component);
    const used = await pool.take(store());
    const before = bytesOf(used);
    for (let i = 0; i < 5; i++) {
      await runIn(pool, used, { how: i % 2 === 0 ? "" : "work", mark: "x".repeat(i * 100) });
      expect(bytesOf(used)).not.toEqual(before);
      pool.give(used);
      expect(await pool.take(store())).toBe(used);
      expect(bytesOf(used)).toEqual(before);
      expect(bytesOf(used)).toEqual(bytesOf(await other.take(store())));
    }
  });

  test.each([150_000, 10_000_000])(
    "that begins with more, because others needed %i bytes, equals a new one",
    async (bytes) => {
      const pool = await poolOf(component);
      const first = await pool.take(store());
      await runIn(pool, first, { how: "grow", bytes, mark: "" });
      pool.give(first);
      const used = await pool.take(store());
      const before = bytesOf(used);
      for (let i = 0; i < 3; i++) {
        await runIn(pool, used, i === 1 ? { how: "work", mark: "" } : { how: "grow", bytes, mark: "" });
        expect(same(bytesOf(used), before)).toBe(false);
        pool.give(used);
        expect(await pool.take(store())).toBe(used);
        expect(same(bytesOf(used), before)).toBe(true);
        const other = await pool.take(store());
        expect(other).not.toBe(used);
        expect(same(bytesOf(other), before)).toBe(true);
      }
    },
  );

  test.each([0, 1, 2])("is kept where %i may be idle at the end of a turn, and no more are", async (most) => {
    const pool = await poolOf(component, { idleInstancesPerHook: most });
    const taken = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
    for (const instance of taken) await runIn(pool, instance, { how: "", mark: "" });
    for (const instance of taken) pool.give(instance);
    await setImmediate();
    const again = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
    expect(again.filter((instance) => taken.includes(instance))).toHaveLength(most);
  });

  test.each([
    ["is kept for an event that waits already", 1, 2],
    ["is let go when that event has begun", 3, 1],
  ])("%s", async (_, turns, kept) => {
    const pool = await poolOf(component, { idleInstancesPerHook: 1 });
    const taken = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
    // In each turn begin 48 of them.
    for (let i = 0; i < 97; i++)
      pool.workingSet.enter({ next: undefined, since: 0, hasPlace: false, isOver: false, begin: () => {} });
    for (const instance of taken) pool.give(instance);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    const again = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
    expect(again.filter((instance) => taken.includes(instance))).toHaveLength(kept);
  });

  test("that is given back is there for an event of the same turn, however few may be idle", async () => {
    for (const most of [0, 1, 2]) {
      const pool = await poolOf(component, { idleInstancesPerHook: most });
      const taken = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
      for (const instance of taken) await runIn(pool, instance, { how: "", mark: "" });
      for (const instance of taken) pool.give(instance);
      const again = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
      expect(again.filter((instance) => taken.includes(instance))).toHaveLength(most === 0 ? 0 : 3);
    }
  });

  test("is let go at the end of a turn where all together would be more bytes than may be idle", async () => {
    const bytes = 65_536;
    for (const kept of [0, 1, 2, 3]) {
      const pool = await poolOf(component, {}, new IdleInstances(kept * bytes));
      const taken = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
      for (const instance of taken) pool.give(instance);
      await setImmediate();
      const again = await Promise.all([store(), store(), store()].map((one) => pool.take(one)));
      expect(again.filter((instance) => taken.includes(instance))).toHaveLength(kept);
    }
  });

  test("that began with less memory is not used again, though it has grown to what the next ones begin with", async () => {
    const pool = await poolOf(component);
    const [one, other] = [await pool.take(store()), await pool.take(store())];
    for (const instance of [one, other]) {
      await runIn(pool, instance, { how: "grow", bytes: 190_000, mark: "" });
      expect(instance.memories[0]?.memory.buffer.byteLength).toBe(256 * 1024);
      pool.give(instance);
    }
    const next = [await pool.take(store()), await pool.take(store())];
    expect(next).not.toContain(one);
    expect(next).not.toContain(other);
    expect(next[0]?.memories[0]?.memory.buffer.byteLength).toBe(256 * 1024);
  });

  test.each([
    [65_535, false],
    [65_536, true],
  ])("of 65536 bytes is used again where at most %i may be: %s", async (reusedMemoryBytes, again) => {
    const pool = await poolOf(component, { reusedMemoryBytes });
    const first = await pool.take(store());
    pool.give(first);
    expect((await pool.take(store())) === first).toBe(again);
  });

  test("that was aborted is not used again", async () => {
    const pool = await poolOf(component);
    const own = store();
    const aborted = await pool.take(own);
    const ended = runIn(pool, aborted, { how: "spin" });
    own.end(new Error("over"));
    await expect(ended).rejects.toThrow("over");
    expect(await pool.take(store())).not.toBe(aborted);
  });

  test("traps where it calls the host while it works for no event", async () => {
    const pool = await poolOf(component);
    const instance = await pool.take(store());
    instance.unbind();
    expect(() => instance.enter()).toThrow(WebAssembly.RuntimeError);
  });
});
