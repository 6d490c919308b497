import { expect, test } from "vitest";
import type { HttpFailure } from "../../host/errors.ts";
import { createOutbound } from "../../host/outbound.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import { startFaultServer } from "../soak/fault-server.ts";
import { HANGING_PLACES, requestTo } from "../soak/plan.ts";
import { failureOf } from "../support/outbound.ts";

const CALLS = 100;
/** Long enough for a hundred handshakes on a machine under load: then each call waits where its server hangs. */
const TIMEOUT = 1000;
/** What a call may take beyond its deadline, while a hundred end at once. */
const SLACK = 500;

test("a hundred calls at once, to servers that hang in every phase, each end within their deadline", async () => {
  const { ca, resolve, dnsServers, close } = await startFaultServer();
  const outbound = createOutbound({
    limits: { connectionsPerOrigin: CALLS, informationalResponses: CALLS },
    dnsServers,
    development: { ca, resolve },
  });
  const allowlist = Allowlist.compile([...new Set(HANGING_PLACES.map(({ host }) => `https://${host}/*`))]);
  const hook = outbound.openHook({ name: "test", allowlist });

  const ends = await Promise.all(
    Array.from({ length: CALLS }, async (_, i): Promise<{ failure: HttpFailure; overshoot: number }> => {
      const place = HANGING_PLACES[i % HANGING_PLACES.length];
      if (place === undefined) throw new Error("nothing hangs");
      const started = performance.now();
      const failure = await failureOf(hook.beginEvent().send(requestTo(place, i, TIMEOUT)));
      return { failure, overshoot: performance.now() - started - TIMEOUT };
    }),
  );
  await outbound.close();
  await close();

  const overshoots = ends.map(({ overshoot }) => overshoot).toSorted((a, b) => a - b);
  const median = overshoots[CALLS / 2] ?? Number.NaN;
  const maximum = overshoots.at(-1) ?? Number.NaN;
  console.log(`past the deadline of ${TIMEOUT} ms: median ${median.toFixed(1)} ms, maximum ${maximum.toFixed(1)} ms`);
  expect(new Set(ends.map(({ failure }) => failure.code))).toEqual(new Set(["timeout"]));
  expect(new Set(ends.map(({ failure }) => failure.phase))).toEqual(new Set(["dns", "tls", "headers", "body"]));
  expect(maximum).toBeLessThan(SLACK);
});
