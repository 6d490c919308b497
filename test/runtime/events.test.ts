import { expect, test } from "vitest";
import type { OutboundHook } from "../../host/door.ts";
import { HookError } from "../../host/errors.ts";
import { Events } from "../../host/runtime/events.ts";
import { resolveLimits } from "../../host/transport/limits.ts";

const DOOR: OutboundHook = { beginEvent: () => ({}) as never, close: async () => {} };
const ERROR = new HookError("BACKFILL_HOOK_FAILED", "no");

function events(): Events {
  const secrets = { plain: new Map<string, string>(), sealed: new Map<string, never>() };
  return new Events({ limits: resolveLimits(), secrets, scrubber: undefined, onLog: () => {} });
}

test("an event ends though what follows upon its end fails, and that is done when it is told again", async () => {
  let failures = 0;
  let ended = 0;
  const event = events().run<string, string>(
    DOOR,
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
  const run = (work: Parameters<Events["run"]>[2]): Promise<unknown> => events().run(DOOR, {}, work, (value) => value);
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
    DOOR,
    {},
    () => {
      throw ERROR;
    },
    (value) => value,
  );
  await expect(begun).rejects.toBe(ERROR);
  const read = events().run(
    DOOR,
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
    DOOR,
    {},
    (store, outcome) => store.ending.listen({ onEnd: () => outcome.onError(store.ending.reason) }),
    (value) => value,
  );
  all.close();
  await expect(waiting).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
  const late = all.run(
    DOOR,
    {},
    () => {},
    (value) => value,
  );
  await expect(late).rejects.toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
});
