// Runs the stripe example, or another hook that is given, in the Rust host against a stand-in for Stripe.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildHook } from "../../host/compile/index.ts";
import { startStripe } from "../stripe/server.ts";

const ADDRESS = "54.187.174.169";
const root = join(import.meta.dirname, "..", "..");
const folder = await mkdtemp(join(tmpdir(), "backfill-stripe-"));
const stripe = await startStripe();
try {
  const hook = process.argv[2] ?? (await built(join(root, "examples", "stripe", "hook.ts")));
  const config = {
    permissions: ["https://api.stripe.com/*"],
    secrets: { stripe_api_key: { value: "sk_test_backfill" } },
    ca: stripe.ca,
    dns: { "api.stripe.com": [ADDRESS] },
    dial: { [`${ADDRESS}:443`]: `127.0.0.1:${stripe.port}` },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const program = join(root, ".tools", "rust", "release", "backfill-embed");
  const parameters = ["run", hook, join(root, "dist", "http.wasm"), join(folder, "config.json"), "{}"];
  const { stdout, stderr } = await promisify(execFile)(program, parameters);
  process.stdout.write(stderr + stdout);
} finally {
  stripe.close();
  await rm(folder, { recursive: true });
}

async function built(source: string): Promise<string> {
  const path = join(folder, "hook.wasm");
  await writeFile(path, (await buildHook(source)).component);
  return path;
}
