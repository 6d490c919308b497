import fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "../../host/threads/fair-queue.ts";

/** The same rule, told by looking at everything: who waits with the fewest running, and since when it has had so many. */
class NaiveQueue {
  readonly waiting: { readonly tenant: string; readonly item: number }[] = [];
  readonly running: string[] = [];
  readonly #since: Map<string, number> = new Map();
  #clock = 0;

  add(tenant: string, item: number): void {
    if (!this.waiting.some((one) => one.tenant === tenant)) this.#since.set(tenant, ++this.#clock);
    this.waiting.push({ tenant, item });
  }

  remove(tenant: string, item: number): boolean {
    const index = this.waiting.findIndex((one) => one.tenant === tenant && one.item === item);
    if (index >= 0) this.waiting.splice(index, 1);
    return index >= 0;
  }

  take(mayRun: (tenant: string) => boolean): number | undefined {
    const [next] = [...new Set(this.waiting.map(({ tenant }) => tenant))]
      .filter(mayRun)
      .toSorted((a, b) => this.runs(a) - this.runs(b) || (this.#since.get(a) ?? 0) - (this.#since.get(b) ?? 0));
    if (next === undefined) return undefined;
    const [{ item } = { item: -1 }] = this.waiting.filter(({ tenant }) => tenant === next);
    this.remove(next, item);
    this.running.push(next);
    this.#since.set(next, ++this.#clock);
    return item;
  }

  finished(tenant: string): void {
    this.running.splice(this.running.indexOf(tenant), 1);
    this.#since.set(tenant, ++this.#clock);
  }

  runs(tenant: string): number {
    return this.running.filter((one) => one === tenant).length;
  }
}

const tenant = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), tenant }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("take" as const), barred: fc.option(tenant, { freq: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("finish" as const), index: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), index: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), tenant }) },
);

test("the order is that of the rule, whatever is added, taken out and finished between", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new FairQueue<string, number>();
      const naive = new NaiveQueue();
      let items = 0;
      for (const one of steps) {
        if (one.do === "add") {
          queue.add(one.tenant, ++items);
          naive.add(one.tenant, items);
        } else if (one.do === "take") {
          const mayRun = (candidate: string): boolean => candidate !== one.barred;
          expect(queue.take(mayRun)).toBe(naive.take(mayRun));
        } else if (one.do === "finish" && naive.running.length > 0) {
          const done = naive.running[one.index % naive.running.length] ?? "";
          queue.finished(done);
          naive.finished(done);
        } else if (one.do === "remove" && naive.waiting.length > 0) {
          const { tenant: of = "", item = -1 } = naive.waiting[one.index % naive.waiting.length] ?? {};
          expect([queue.remove(of, item), queue.remove(of, item)]).toEqual([naive.remove(of, item), false]);
        } else if (one.do === "clear") {
          const own = naive.waiting.filter((waiting) => waiting.tenant === one.tenant);
          expect(queue.clear(one.tenant)).toEqual(own.map(({ item }) => item));
          for (const { item } of own) naive.remove(one.tenant, item);
        }
        expect(queue.waiting).toBe(naive.waiting.length);
      }
    }),
  );
});

test("who is given a place among others that wait comes to no more than a fair share of the places", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(tenant, { maxLength: 100 }),
      fc.nat(),
      (places, adds, seed) => {
        const queue = new FairQueue<string, { readonly of: string }>();
        const left = new Map<string, number>();
        for (const one of adds) {
          queue.add(one, { of: one });
          left.set(one, (left.get(one) ?? 0) + 1);
        }
        const running: string[] = [];
        for (let turn = 0; queue.waiting > 0; turn += 1) {
          while (running.length < places) {
            const waiting = [...left].filter(([, count]) => count > 0).length;
            const taken = queue.take(() => true)?.of;
            if (taken === undefined) break;
            running.push(taken);
            left.set(taken, (left.get(taken) ?? 0) - 1);
            const own = running.filter((one) => one === taken).length;
            expect(own).toBeLessThanOrEqual(Math.ceil(places / waiting));
          }
          const [done = ""] = running.splice((seed + turn) % running.length, 1);
          queue.finished(done);
        }
      },
    ),
  );
});

test("one that comes behind a thousand of another is next but one", () => {
  const queue = new FairQueue<string, string>();
  for (let i = 0; i < 1000; i += 1) queue.add("many", `many ${i}`);
  const order = [queue.take(() => true)];
  queue.add("one", "one");
  for (let i = 0; i < 2; i += 1) {
    queue.finished(order.at(-1)?.split(" ")[0] ?? "");
    order.push(queue.take(() => true));
  }
  expect(order).toEqual(["many 0", "one", "many 1"]);
});
