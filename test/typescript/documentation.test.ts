import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startStripe, type StripeServer } from "../../examples/stripe/server.ts";
import { buildHook } from "../../host/compile/hook.ts";
import { createHookRuntime, type HookRuntime, type LogRecord } from "../../host/index.ts";
import { json, openScene, ORIGIN, type Scene } from "../support/scene.ts";
import { buildTypeScript } from "../support/typescript.ts";

// The code of the public contract, as it is printed there, and the copies of it in examples/ and test/types/.

const root = join(import.meta.dirname, "..", "..");
const file = join(root, "..", "shared", "http-api.md");
const contract = existsSync(file) ? readFileSync(file, "utf8") : undefined;

/** What stands between two lines of the contract. */
function between(first: string, last: string): string {
  const start = contract?.indexOf(`\n${first}\n`) ?? -1;
  const end = contract?.indexOf(`\n${last}\n`, start + 1) ?? -1;
  if (start < 0 || end < 0) throw new Error(`the contract has no lines ${first} and ${last}`);
  return (contract as string).slice(start + first.length + 2, end).trim();
}

/** The code as the body of a function. */
function indented(code: string): string {
  return code.replace(/^(?=.)/gm, "  ");
}

function example(name: string): Promise<string> {
  return readFile(join(root, "examples", "typescript", name), "utf8");
}

let scene: Scene;
let stripe: StripeServer;
const runtimes: HookRuntime[] = [];
const logs: LogRecord[] = [];
beforeAll(async () => {
  scene = await openScene();
  stripe = await startStripe();
});
afterAll(async () => {
  await scene.close();
  await Promise.all(runtimes.map((runtime) => runtime.close()));
  stripe.close();
});
beforeEach(() => {
  scene.requests.length = 0;
  logs.length = 0;
});

async function withStripe(key: string): Promise<HookRuntime> {
  const runtime = await createHookRuntime({
    permissions: { http: ["https://api.stripe.com/*"] },
    secrets: { stripe_api_key: key },
    development: { resolve: [`api.stripe.com:443:127.0.0.1:${stripe.port}`], ca: stripe.ca },
    onLog: (record) => logs.push(record),
  });
  runtimes.push(runtime);
  return runtime;
}

const CUSTOMERS = [
  { id: "cus_123", name: "Ada" },
  { id: "cus_456", name: "Grace" },
];

describe.skipIf(contract === undefined)("the contract (skipped where ../shared/http-api.md is not there)", () => {
  const request = (): string => between("Making a request", "Authentication");
  const charge = (): string => between("For anything else, set the header directly:", "Bodies");

  test("'Making a request' runs as it is printed", async () => {
    const { component } = await buildTypeScript(`import { Http, Log, Secrets } from "@backfill/http/hook";
export function run(event) {
${request()}
return customers;
}`);
    const hook = await (await withStripe("sk_test_backfill")).load(component, { name: "hook" });
    expect(await hook.run({})).toEqual(CUSTOMERS);
    const failing = await (await withStripe("wrong")).load(component, { name: "hook" });
    await expect(failing.run({})).rejects.toThrow(/^Stripe call failed \(hook\.ts:10:\d+\)$/);
    expect(logs[0]).toEqual({
      level: "error",
      message: "Stripe call failed",
      fields: { status: 401, body: { error: { message: "Invalid API key" } } },
    });
  });

  test("the call with an idempotency key runs as it is printed", async () => {
    scene.answer = json({}, 201);
    const { component } = await buildTypeScript(`import { Http } from "@backfill/http/hook";
export function run({ url, body, token, myKey }) {
${charge()}
}`);
    const hook = await scene.runtime.load(component, { name: "hook" });
    await hook.run({ url: `${ORIGIN}/v1/charges`, body: { amount: 1 }, token: "t", myKey: "k" });
    expect(scene.requests[0]).toMatchObject({
      method: "POST",
      headers: { authorization: "Bearer t", "x-idempotency-key": "k", "content-type": "application/json" },
      body: Buffer.from('{"amount":1}'),
    });
  });

  test("the examples are what is printed", async () => {
    expect(await example("hook.ts")).toContain(`\n${indented(request())}\n`);
    expect(await example("charge.ts")).toContain(`\n${indented(charge())}\n`);
  });

  test("permissions, auth and the interfaces stand in the types' tests as they are printed", async () => {
    const types = await readFile(join(root, "test", "types", "hook.ts"), "utf8");
    const permissions = between("Permissions", "A request to a host not on the allowlist throws at runtime.");
    expect(types).toContain(indented(permissions.slice(permissions.indexOf("permissions: {"))));
    const auth = between(
      "Built-ins:",
      "auth.oauth is available to connector routes whose manifest declares connection.oauth. See Connector OAuth.",
    );
    for (const line of auth.split("\n")) expect(types).toContain(line);
    const signatures = between("Signatures", "Permissions");
    const interfaces = signatures.slice(0, signatures.indexOf("Http.get("));
    for (const one of interfaces.trim().split("\n\n")) expect(types).toContain(indented(one));
    for (const call of signatures.slice(interfaces.length).split("\n")) expect(types).toContain(call);
  });
});

describe("the examples", () => {
  test("hook.ts gives the customers", async () => {
    const { component } = await buildHook(join(root, "examples", "typescript", "hook.ts"));
    expect(await (await (await withStripe("sk_test_backfill")).load(component)).run({})).toEqual(CUSTOMERS);
  });

  test("charge.ts sends the header that it sets", async () => {
    scene.answer = json({}, 201);
    const { component } = await buildHook(join(root, "examples", "typescript", "charge.ts"));
    await (await scene.runtime.load(component)).run({ url: `${ORIGIN}/v1`, body: {}, token: "t", myKey: "k" });
    expect(scene.requests[0]?.headers).toMatchObject({ authorization: "Bearer t", "x-idempotency-key": "k" });
  });
});
