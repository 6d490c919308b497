import fc from "fast-check";
import { expect, test } from "vitest";
import { type Admission, Slots, Turn } from "../../host/transport/slots.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("places are handed out in the order they were asked for", async () => {
  const slots = new Slots(1);
  const order: number[] = [];
  const admissions = [1, 2, 3].map((name) => new Turn([slots], () => order.push(name)));
  for (const admission of admissions) admission.enter();
  expect(order).toEqual([1]);
  for (const admission of admissions) {
    admission.leave();
    await settled();
  }
  expect(order).toEqual([1, 2, 3]);
});

test("who leaves the queue is passed over", async () => {
  const slots = new Slots(1);
  const order: number[] = [];
  const [first, second, third] = [1, 2, 3].map((name) => new Turn([slots], () => order.push(name)));
  for (const admission of [first, second, third]) admission?.enter();
  second?.leave();
  first?.leave();
  await settled();
  expect(order).toEqual([1, 3]);
});

test("who leaves while a place is on its way gives it back", async () => {
  const slots = new Slots(1);
  const order: number[] = [];
  const [first, second, third] = [1, 2, 3].map((name) => new Turn([slots], () => order.push(name)));
  for (const admission of [first, second, third]) admission?.enter();
  first?.leave();
  second?.leave();
  await settled();
  expect(order).toEqual([1, 3]);
});

test("no more than the places are held at any time, and all are free at the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.nat({ max: 9 }), { maxLength: 40 }),
      async (narrow, wide, steps) => {
        const levels = [new Slots(narrow), new Slots(wide)];
        let held = 0;
        const inside = new Set<Admission>();
        const all: Admission[] = [];
        const enter = (): void => {
          const admission = new Turn(levels, () => {
            held++;
            inside.add(admission);
          });
          all.push(admission);
          admission.enter();
        };
        const leave = (admission: Admission | undefined): void => {
          if (admission === undefined) return;
          if (inside.delete(admission)) held--;
          admission.leave();
        };
        for (const step of steps) {
          if (step < 5) enter();
          else if (step < 9) leave(all[(step * 7) % Math.max(1, all.length)]);
          else await settled();
          expect(held).toBeLessThanOrEqual(Math.min(narrow, wide));
        }
        for (const admission of all) leave(admission);
        await settled();
        for (let i = 0; i < Math.min(narrow, wide); i++) enter();
        expect(held).toBe(Math.min(narrow, wide));
      },
    ),
  );
});
