import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStripe, type StripeServer } from "../../examples/stripe/server.ts";
import { createHookRuntime, type CallRecord, type LogRecord } from "../../host/index.ts";
import { instrumentRuntime } from "../../host/runtime/runtime.ts";

// "Making a request" in the languages of sdk/, as `npm run guests` has built it. What is not built is skipped.
const LANGUAGES = ["c", "go", "python", "rust"] as const;

const fileOf = (language: string): string =>
  join(import.meta.dirname, "..", "..", ".tools", "guests", `${language}-example.wasm`);

let stripe: StripeServer;
beforeAll(async () => {
  stripe = await startStripe();
});
afterAll(() => stripe.close());

/** Runs the example with this key, and tells what came of it. */
async function run(language: string, key: string | undefined): Promise<Outcome> {
  const calls: CallRecord[] = [];
  const logs: LogRecord[] = [];
  const runtime = await createHookRuntime({
    permissions: { http: ["https://api.stripe.com/v1/*"] },
    secrets: key === undefined ? {} : { stripe_api_key: key },
    development: { resolve: [`api.stripe.com:443:127.0.0.1:${stripe.port}`], ca: stripe.ca },
    onCall: (call) => calls.push(call),
    onLog: (line) => logs.push(line),
  });
  try {
    const hook = await runtime.load(await readFile(fileOf(language)));
    return { result: await hook.run({}).catch((error: unknown) => error), calls, logs };
  } finally {
    await runtime.close();
  }
}

interface Outcome {
  readonly result: unknown;
  readonly calls: readonly CallRecord[];
  readonly logs: readonly LogRecord[];
}

describe.each(LANGUAGES)("%s", { timeout: 60_000 }, (language) => {
  const isThere = existsSync(fileOf(language));

  test.runIf(isThere)("the documented example gives the customers", async () => {
    const { result, calls } = await run(language, "sk_test_backfill");
    expect(result).toEqual([
      { id: "cus_123", name: "Ada" },
      { id: "cus_456", name: "Grace" },
    ]);
    expect(calls).toMatchObject([{ method: "GET", path: "/v1/customers", status: 200 }]);
  });

  test.runIf(isThere).each(['{"data":[{"id":"cus_1"}]}', ' { "data" : [ { "id" : "cus_1" } ] , "more" : false }\n'])(
    "%j is read whatever its white space",
    async (text) => {
      const body = [Buffer.from(text)];
      const headers = ["content-type", "application/json"];
      const runtime = await instrumentRuntime(
        { permissions: { http: ["https://api.stripe.com/v1/*"] }, secrets: { stripe_api_key: "sk" } },
        () => ({ answer: () => ({ status: 200, headers, body, bodyLength: text.length }) }),
      );
      const hook = await runtime.load(await readFile(fileOf(language)));
      // Twice, for what is freed in the wrong place may be found with the next event only.
      for (let i = 0; i < 2; i++) expect(await hook.run({})).toEqual([{ id: "cus_1" }]);
      await runtime.close();
    },
  );

  test.runIf(isThere)("a response that is not ok is logged, and its error ends the hook", async () => {
    const { result, logs } = await run(language, "sk_wrong");
    expect(result).toMatchObject({ code: "BACKFILL_HOOK_FAILED" });
    expect((result as Error).message).toContain("Stripe call failed");
    expect(logs).toMatchObject([{ level: "error", message: "Stripe call failed", fields: { status: 401 } }]);
  });
});
