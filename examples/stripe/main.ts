// Runs the hooks beside this file against a stand-in for Stripe, and shows what the policy does.
import { createHookRuntime, type CallRecord, type HookRuntimeOptions, type LogRecord } from "@backfill/http";
import { buildHook } from "@backfill/http/compile";
import config from "./backfill.config.ts";
import { startStripe } from "./server.ts";

const stripe = await startStripe();
const options: HookRuntimeOptions = {
  ...config,
  secrets: { stripe_api_key: "sk_test_backfill" },
  development: { resolve: [`api.stripe.com:443:127.0.0.1:${stripe.port}`], ca: stripe.ca },
  onCall: printCall,
  onLog: printLog,
};

try {
  await show("A hook lists customers", "hook.ts", options);
  await show("The same in TypeScript", "../typescript/hook.ts", options);
  await show("A response that is no JSON is a string", "text.ts", options);
  await show("A loop in the hook retries on 503", "retry.ts", options, { order: 1001 });
  await show("A hung server costs no more than the timeout", "slow.ts", options);
  await show("A host that is not on the allowlist", "hook.ts", {
    ...options,
    permissions: { http: ["https://api.example.com/*"] },
  });
} finally {
  stripe.close();
}

async function show(
  title: string,
  file: string,
  runtimeOptions: HookRuntimeOptions,
  event: unknown = {},
): Promise<void> {
  console.log(`\n${title}: ${file}, permissions.http ${JSON.stringify(runtimeOptions.permissions?.http)}`);
  const runtime = await createHookRuntime(runtimeOptions);
  try {
    const { component } = await buildHook(new URL(file, import.meta.url));
    const hook = await runtime.load(component, { name: file });
    console.log("  result ", JSON.stringify(await hook.run(event)));
  } catch (error) {
    console.log("  ended  ", (error as Error).message);
  } finally {
    await runtime.close();
  }
}

function printCall({ method, host, path, entry, status, failure, milliseconds }: CallRecord): void {
  const outcome = failure === undefined ? status : `${failure.code} in phase ${failure.phase}`;
  console.log(
    "  call   ",
    method,
    `${host ?? ""}${path ?? ""}`,
    "by",
    entry ?? "no entry",
    "→",
    outcome,
    `${milliseconds.toFixed(1)} ms`,
  );
}

function printLog({ level, message, fields }: LogRecord): void {
  if (level !== "critical") console.log("  log    ", level, message, JSON.stringify(fields ?? {}));
}
