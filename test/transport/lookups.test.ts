import fc from "fast-check";
import { expect, test } from "vitest";
import { Lookups } from "../../host/transport/lookups.ts";
import { Slots } from "../../host/transport/slots.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A resolver that answers when its test says so. */
class Names {
  /** The names being looked up, in the order they were begun. */
  readonly running: string[] = [];
  readonly #ends: (() => void)[] = [];

  readonly lookUp = (name: string): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      this.running.push(name);
      this.#ends.push(() => (name.startsWith("bad") ? reject(new Error(name)) : resolve([`address of ${name}`])));
    });

  /** Ends the one that was begun as `index`th of those running. */
  end(index = 0): void {
    this.running.splice(index, 1);
    for (const end of this.#ends.splice(index, 1)) end();
  }
}

function waiter(told: string[]): { found(addresses: readonly string[]): void; failed(error: unknown): void } {
  return { found: ([address]) => told.push(address ?? ""), failed: (error) => told.push(String(error)) };
}

test("a failure is shared as an answer is", async () => {
  const names = new Names();
  const lookups = new Lookups(names.lookUp, 2);
  const told: string[] = [];
  for (let i = 0; i < 2; i++) lookups.wait("bad", new Slots(1), waiter(told));
  expect(names.running).toEqual(["bad"]);
  names.end();
  await settled();
  expect(told).toEqual(["Error: bad", "Error: bad"]);
});

test("a look-up holds its place when nobody waits for it any more", async () => {
  const names = new Names();
  const lookups = new Lookups(names.lookUp, 2);
  const hook = new Slots(1);
  lookups.wait("a", hook, waiter([]))();
  lookups.wait("b", hook, waiter([]));
  await settled();
  expect(names.running).toEqual(["a"]);
  names.end();
  await settled();
  expect(names.running).toEqual(["b"]);
});

test("a name that nobody waits for any more is not looked up", async () => {
  const names = new Names();
  const lookups = new Lookups(names.lookUp, 1);
  const told: string[] = [];
  lookups.wait("a", new Slots(1), waiter(told));
  const giveUp = lookups.wait("b", new Slots(1), waiter(told));
  lookups.wait("c", new Slots(1), waiter(told));
  giveUp();
  giveUp();
  names.end();
  await settled();
  expect(names.running).toEqual(["c"]);
});

test("however hooks ask and give up, no more is looked up at once than there are places, a name once, and who waits is told once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 4 }), fc.nat({ max: 2 })), { maxLength: 60 }),
      async (total, perHook, steps) => {
        const names = new Names();
        const lookups = new Lookups(names.lookUp, total);
        const hooks = [0, 1, 2].map(() => new Slots(perHook));
        const calls: { giveUp: () => void; told: string[]; name: string; left: boolean }[] = [];
        for (const [kind, which, hook] of steps) {
          const call = calls[which];
          if (kind < 5) {
            const told: string[] = [];
            const name = `${which === 0 ? "bad" : "name"}${which}`;
            const giveUp = lookups.wait(name, hooks[hook] as Slots, waiter(told));
            calls.push({ giveUp, told, name, left: false });
          } else if (kind < 7 && call !== undefined) {
            if (call.told.length === 0) call.left = true;
            call.giveUp();
          } else if (kind < 9) names.end(which);
          else await settled();
          expect(names.running.length).toBeLessThanOrEqual(total);
          expect(new Set(names.running).size).toBe(names.running.length);
        }
        for (let i = 0; i < calls.length * 2; i++) {
          names.end();
          await settled();
        }
        for (const { told, left } of calls) expect(told.length).toBe(left ? 0 : 1);
        for (const hook of hooks) {
          for (let i = 0; i < perHook; i++) expect(hook.acquire({ granted: () => {} })).toBe(true);
        }
      },
    ),
  );
});
