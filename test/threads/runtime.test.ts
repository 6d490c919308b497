import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CALL_CHANNEL, ConfigError, createHookRuntime, type Hook, type Limits } from "../../host/index.ts";
import { buildTestHook, loadProbe, probe } from "../support/probe.ts";
import { HOST, json, openScene, ORIGIN, type Scene } from "../support/scene.ts";
import { setSceneThreads } from "../support/threads.ts";

/** One event at a time: the main thread and the worker have one call each. */
const ONE: Partial<Limits> = { callsInFlight: 2 };

let endings: Uint8Array;
let probing: Uint8Array;
let scene: Scene;

beforeAll(async () => {
  setSceneThreads(0);
  scene = await openScene();
  [endings, probing] = await Promise.all([buildTestHook("endings"), buildTestHook("probe")]);
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.answer = json(1);
  scene.requests.length = scene.calls.length = scene.logs.length = 0;
});

const open = (limits: Partial<Limits> = {}, threads = 1): ReturnType<Scene["open"]> => scene.open({ threads, limits });

async function load(limits?: Partial<Limits>, threads?: number): Promise<Hook> {
  return (await open(limits, threads)).load(endings, { name: "endings" });
}

/** Answers nothing until told to, and then everything. */
function hold(): { readonly release: () => void; readonly arrived: (count: number) => Promise<void> } {
  const held: (() => void)[] = [];
  let released = false;
  scene.answer = (response, request) => {
    if (released) json(1)(response, request);
    else held.push(() => json(1)(response, request));
  };
  return {
    release: () => {
      released = true;
      for (const answer of held.splice(0)) answer();
    },
    arrived: async (count) => {
      while (scene.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

const wait = (hook: Hook, signal?: AbortSignal): Promise<unknown> => hook.run({ how: "wait" }, signal && { signal });
const endOf = (running: Promise<unknown>): Promise<unknown> => running.catch((error: unknown) => error);

test.each([-1, 1.5, 1025, "2"])("%s threads are refused", async (threads) => {
  await expect(createHookRuntime({ threads: threads as number })).rejects.toThrow(ConfigError);
});

describe("the queue", () => {
  test("gives a hook its turn though another has a hundred events waiting", async () => {
    const runtime = await open(ONE);
    const [many, one] = [await loadProbe(runtime, probing), await loadProbe(runtime, probing)];
    const { release, arrived } = hold();
    const all = Array.from({ length: 100 }, (_, i) => probe(many, { url: `${ORIGIN}/many/${i}` }));
    await arrived(1);
    all.push(probe(one, { url: `${ORIGIN}/one` }));
    release();
    await Promise.all(all);
    expect(scene.requests.slice(0, 4).map(({ target }) => target)).toEqual(["/many/0", "/one", "/many/1", "/many/2"]);
  });

  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
  ])("has %i of the events beyond the one that runs: of those %i wait where two may", async (beyond, waiting) => {
    const hook = await load({ ...ONE, queuedEvents: 2 });
    const { release, arrived } = hold();
    const first = wait(hook);
    await arrived(1);
    const more = Array.from({ length: beyond }, () => endOf(wait(hook)));
    release();
    expect(await first).toBe(1);
    const ends = await Promise.all(more);
    expect(ends.filter((end) => end === 1)).toHaveLength(waiting);
    for (const refused of ends.slice(waiting)) {
      expect(refused).toMatchObject({ code: "BACKFILL_HOOK_BUSY", message: expect.stringContaining("2 events wait") });
    }
  });

  test("of length 0 still runs what there is room for", async () => {
    expect(await wait(await load({ queuedEvents: 0 }))).toBe(1);
  });

  test("lets go of an event that is cancelled, which never runs", async () => {
    const hook = await load(ONE);
    const { release, arrived } = hold();
    const first = wait(hook);
    await arrived(1);
    const controller = new AbortController();
    const second = endOf(wait(hook, controller.signal));
    controller.abort("enough");
    expect(await second).toMatchObject({ code: "BACKFILL_HOOK_CANCELLED", cause: "enough" });
    release();
    await first;
    expect(scene.requests).toHaveLength(1);
  });

  test("lets go of an event whose time is up while it waits", async () => {
    const runtime = await open({ ...ONE, eventDeadline: 300 });
    const hook = await runtime.load(endings);
    scene.answer = () => {};
    const [first, second] = await Promise.all([endOf(wait(hook)), endOf(wait(hook))]);
    expect([first, second]).toMatchObject([{ code: "BACKFILL_HOOK_DEADLINE" }, { code: "BACKFILL_HOOK_DEADLINE" }]);
    expect(scene.requests.length).toBeLessThanOrEqual(2);
  });
});

describe("an event", () => {
  test("that runs is cancelled in its thread, for the reason that its caller gave", async () => {
    const hook = await load();
    const { arrived } = hold();
    const controller = new AbortController();
    const running = endOf(wait(hook, controller.signal));
    await arrived(1);
    controller.abort("enough");
    expect(await running).toMatchObject({ code: "BACKFILL_HOOK_CANCELLED", cause: "enough" });
  });

  test("does not begin where its signal was aborted before", async () => {
    const hook = await load();
    expect(await endOf(wait(hook, AbortSignal.abort("before")))).toMatchObject({ cause: "before" });
    expect(scene.requests).toEqual([]);
  });

  test("runs beside as many others as there may be calls, spread over the threads", async () => {
    const hook = await load({ callsInFlight: 5, callsInFlightPerHook: 4 }, 2);
    const { release, arrived } = hold();
    const events = Array.from({ length: 10 }, () => wait(hook));
    await arrived(4);
    await hook.run({ how: "" }, { signal: AbortSignal.timeout(100) }).catch(() => {});
    expect(scene.requests).toHaveLength(4);
    release();
    expect(await Promise.all(events)).toEqual(Array(10).fill(1));
    // Each thread counts its own calls under a name of its own.
    expect(new Set(scene.calls.map(({ id }) => id.split("-")[0])).size).toBe(2);
  });

  test("that holds its thread for ever ends at its deadline all the same, and the next one runs in another thread", async () => {
    const hook = await load({ eventDeadline: 400 });
    const warning = once(process, "warning");
    const ends = await Promise.all([endOf(hook.run({ how: "hold" })), endOf(hook.run({ how: "hold" }))]);
    const late = { code: "BACKFILL_HOOK_DEADLINE", message: "the event took longer than 400 ms" };
    expect(ends).toMatchObject([late, late]);
    expect(String(await warning)).toContain("is replaced: a hook held it beyond limits.eventDeadline (400 ms)");
    // Until the new thread has started, an event's time may be up.
    while ((await endOf(hook.run({ how: "" }))) !== 1);
  });
});

describe("the main thread", () => {
  test("is told of calls and lines, and its subscribers of the audit", async () => {
    const lines: unknown[] = [];
    const listener = (line: unknown): unknown => lines.push(line);
    subscribe(CALL_CHANNEL, listener);
    try {
      const hook = await load();
      await hook.run({ how: "wait" });
      await hook.run({ how: "log" });
      expect(scene.calls).toMatchObject([{ hook: "endings", status: 200, host: HOST }]);
      expect(lines).toMatchObject([{ id: scene.calls[0]?.id, decision: "allowed", template: "/*" }]);
      expect([Object.isFrozen(lines[0]), Object.hasOwn(lines[0] as object, "path")]).toEqual([true, false]);
      expect(scene.logs.map(({ level }) => level)).toEqual(["debug", "info", "warn", "error"]);
    } finally {
      unsubscribe(CALL_CHANNEL, listener);
    }
  });

  test("is warned of a listener's fault, which no event has", async () => {
    const runtime = await scene.open({
      threads: 1,
      onLog: () => {
        throw new Error("the listener's own");
      },
    });
    const warning = once(process, "warning");
    expect(await (await runtime.load(endings)).run({ how: "log" })).toBe(1);
    expect(String(await warning)).toContain("the listener's own");
  });

  test("reads a secret once, and the sealed one goes only where it may", async () => {
    let reads = 0;
    const value = "a-value-of-sixteen-bytes-or-more";
    const read = (): string => {
      reads += 1;
      return value;
    };
    const sealed = await buildTestHook("sealed");
    const runtime = await scene.open({
      threads: 2,
      secrets: { api_key: { value: read, for: [`${ORIGIN}/*`] } },
    });
    scene.answer = (response, { headers }) => json({ seen: headers.authorization })(response, {} as never);
    const hook = await runtime.load(sealed);
    const outcome = await hook.run({ url: `${ORIGIN}/v1`, place: "" });
    expect(reads).toBe(1);
    expect(scene.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${value}`]);
    expect(JSON.stringify(outcome)).not.toContain(value);
  });
});

describe("a runtime that is closed", () => {
  test("ends what runs and what waits, and takes no more", async () => {
    const runtime = await open(ONE);
    const hook = await runtime.load(endings);
    const { arrived } = hold();
    const events = [endOf(wait(hook)), endOf(wait(hook))];
    await arrived(1);
    await runtime.close();
    const cancelled = { code: "BACKFILL_HOOK_CANCELLED" };
    expect(await Promise.all([...events, endOf(wait(hook))])).toMatchObject([cancelled, cancelled, cancelled]);
  });
});

describe("the Http component", () => {
  test("makes calls of its own in a thread, and gives failures as they are", async () => {
    const client = await (await open()).client();
    const options = { headers: [], body: undefined, authorization: undefined, timeout: undefined } as const;
    const call = (url: string): Promise<unknown> =>
      client.call("GET", url, undefined, { ...options, responseType: "auto" });
    expect(await call(`${ORIGIN}/v1`)).toMatchObject({ status: 200, body: { kind: "json", text: "1" } });
    expect(await call("https://elsewhere.example.com/")).toMatchObject({ name: "HttpFailure", code: "not-allowed" });
  });
});
