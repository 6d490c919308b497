import { describe, expect, test, vi } from "vitest";
import type { OutboundHook } from "../../host/door.ts";
import { HookError } from "../../host/errors.ts";
import { type EventHook, type EventOptions, Events } from "../../host/runtime/events.ts";
import { WorkingSet } from "../../host/runtime/working-set.ts";
import { resolveLimits } from "../../host/transport/limits.ts";

const OUTBOUND: OutboundHook = { beginEvent: () => ({}) as never, close: async () => {} };
const HOOK: EventHook = { outbound: OUTBOUND, workingSet: new WorkingSet({ pending: 0, handed: 0 }) };
const ERROR = new HookError("BACKFILL_HOOK_FAILED", "no");

function events(): Events {
  const secrets = { plain: new Map<string, string>(), sealed: new Map<string, never>() };
  return new Events({ limits: resolveLimits(), secrets, scrubber: undefined, onLog: () => {} });
}

test("an event ends though what follows upon its end fails, and that is done when it is told again", async () => {
  let failures = 0;
  let ended = 0;
  const event = events().run<string, string>(
    HOOK,
    {},
    (store, outcome) => {
      for (const _ of [1, 2]) {
        store.atEnd(() => {
          ended++;
          throw new RangeError("no stack is left");
        });
        try {
          outcome.onError(ERROR);
        } catch {
          failures++;
        }
      }
    },
    (text) => text,
  );
  await expect(event).rejects.toBe(ERROR);
  expect([failures, ended]).toEqual([2, 2]);
});

test("the first that is told of an event counts", async () => {
  const run = (work: Parameters<Events["run"]>[2]): Promise<unknown> => events().run(HOOK, {}, work, (value) => value);
  await expect(
    run((_, outcome) => {
      outcome.onValue(1);
      outcome.onValue(2);
      outcome.onError(ERROR);
    }),
  ).resolves.toBe(1);
  await expect(
    run((_, outcome) => {
      outcome.onError(ERROR);
      outcome.onValue(1);
    }),
  ).rejects.toBe(ERROR);
});

test("what cannot be begun, and what cannot be read, ends the event", async () => {
  const begun = events().run(
    HOOK,
    {},
    () => {
      throw ERROR;
    },
    (value) => value,
  );
  await expect(begun).rejects.toBe(ERROR);
  const read = events().run(
    HOOK,
    {},
    (_, outcome) => outcome.onValue(""),
    () => {
      throw ERROR;
    },
  );
  await expect(read).rejects.toBe(ERROR);
});

test("no event begins when all are closed, and those that run end", async () => {
  const all = events();
  const waiting = all.run(
    HOOK,
    {},
    (store, outcome) => store.ending.listen({ onEnd: () => outcome.onError(store.ending.reason) }),
    (value) => value,
  );
  all.close();
  await expect(waiting).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
  const late = all.run(
    HOOK,
    {},
    () => {},
    (value) => value,
  );
  await expect(late).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
});

describe("an event that waits until others of its hook are over", () => {
  /** A hook with as many events as may run, in a thread that has always more to do. */
  function busyHook(all: Events): { readonly hook: EventHook; readonly end: () => void } {
    const hook: EventHook = { outbound: OUTBOUND, workingSet: new WorkingSet({ pending: 1, handed: 0 }, () => 1) };
    const ends: (() => void)[] = [];
    for (let i = 0; i < 48; i++) {
      const event = all.run<string, string>(
        hook,
        {},
        (_, outcome) => void ends.push(() => outcome.onValue("")),
        (text) => text,
      );
      event.catch(() => {});
    }
    return { hook, end: () => ends.pop()?.() };
  }

  function run(all: Events, hook: EventHook, options: EventOptions, begun: string[], name = "waited"): Promise<string> {
    return all.run<string, string>(
      hook,
      options,
      (_, outcome) => {
        begun.push(name);
        outcome.onValue(name);
      },
      (text) => text,
    );
  }

  test("is told of its end by what it does, once it has begun", async () => {
    const all = events();
    const { hook, end } = busyHook(all);
    const controller = new AbortController();
    let finish: (() => void) | undefined;
    const event = all.run<string, string>(
      hook,
      { signal: controller.signal },
      (_, outcome) => {
        finish = () => outcome.onValue("finished");
      },
      (text) => text,
    );
    end();
    await vi.waitFor(() => expect(finish).toBeDefined());
    controller.abort();
    finish?.();
    await expect(event).resolves.toBe("finished");
  });

  test("begins when one of them is over", async () => {
    const all = events();
    const { hook, end } = busyHook(all);
    const begun: string[] = [];
    const event = run(all, hook, {}, begun);
    expect(begun).toEqual([]);
    end();
    await expect(event).resolves.toBe("waited");
  });

  test.each<[string, (all: Events, cancel: () => void) => void, EventOptions, string]>([
    ["is cancelled", (_, cancel) => cancel(), {}, "BACKFILL_HOOK_CANCELLED"],
    ["ends with its runtime", (all) => all.close(), {}, "BACKFILL_HOOK_CANCELLED"],
    ["ends at its deadline", () => {}, { milliseconds: 5 }, "BACKFILL_HOOK_DEADLINE"],
  ])("%s, never begins, and holds up none behind it", async (_, stop, options, code) => {
    const all = events();
    const { hook, end } = busyHook(all);
    const begun: string[] = [];
    const controller = new AbortController();
    const event = run(all, hook, { ...options, signal: controller.signal }, begun);
    const rejected = expect(event).rejects.toMatchObject({ code });
    stop(all, () => controller.abort());
    await rejected;
    const next = run(events(), hook, {}, begun, "next");
    end();
    await expect(next).resolves.toBe("next");
    expect(begun).toEqual(["next"]);
  });
});
