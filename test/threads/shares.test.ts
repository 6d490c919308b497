import fc from "fast-check";
import { expect, test } from "vitest";
import { share } from "../../host/threads/shares.ts";
import { DEFAULT_LIMITS, type Limits, resolveLimits } from "../../host/transport/limits.ts";

const figure = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5000 }));
const limits = fc
  .record({
    callsInFlight: figure.map((n) => n + 1),
    callsInFlightPerHook: figure,
    connectionsPerOrigin: figure,
    idleConnectionsPerHook: figure.map((n) => n - 1),
  })
  .map((given): Limits => ({ ...DEFAULT_LIMITS, ...given }));

test("what the threads may do together is never more than what the operator set", () => {
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 64 }), (given, threads) => {
      const shares = share(given, threads);
      const { worker, main, spread } = shares;
      expect(worker.callsInFlight * shares.threads + main.callsInFlight).toBeLessThanOrEqual(given.callsInFlight);
      for (const name of ["callsInFlightPerHook", "connectionsPerOrigin", "idleConnectionsPerHook"] as const) {
        expect(worker[name] * spread, name).toBeLessThanOrEqual(given[name]);
      }
      expect(resolveLimits(worker)).toEqual(worker);
      expect(resolveLimits(main)).toEqual(main);
    }),
  );
});

test("no event that has a place waits for a call's", () => {
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 64 }), (given, threads) => {
      const { worker, events, eventsPerHook } = share(given, threads);
      expect(events).toBeGreaterThan(0);
      expect(events).toBeLessThanOrEqual(worker.callsInFlight);
      expect(eventsPerHook).toBeLessThanOrEqual(worker.callsInFlightPerHook);
    }),
  );
});

test("there are as many threads as were asked for, while there is a call for each and for the main thread", () => {
  const threadsOf = (callsInFlight: number): number => share({ ...DEFAULT_LIMITS, callsInFlight }, 4).threads;
  expect([2, 4, 5, 512].map(threadsOf)).toEqual([1, 3, 4, 4]);
});
