import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStripe, type StripeServer } from "../../examples/stripe/server.ts";
import { buildHook } from "../../host/compile/hook.ts";
import { createHookRuntime, FAILURE_CODES } from "../../host/index.ts";
import { DEFAULT_LIMITS } from "../../host/transport/limits.ts";
import { openServer } from "../cli/server.ts";
import { BASIC, startAuthorizationServer } from "../support/authorization-server.ts";
import { authorize } from "../support/authorize.ts";
import { backfill, folderOf, startBackfill } from "../support/cli.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
let folder: string;
let readme: string;
let stripe: StripeServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backfill-readme-"));
  readme = await readFile(join(root, "README.md"), "utf8");
  stripe = await startStripe();
  await mkdir(join(folder, "node_modules", "@backfill"), { recursive: true });
  await symlink(root, join(folder, "node_modules", "@backfill", "http"));
});
afterAll(async () => {
  stripe.close();
  await rm(folder, { recursive: true, force: true });
});

/** The code block of the README that is marked with this word. */
function block(mark: string): string {
  const [, code] = new RegExp(`\`\`\`ts ${mark}\n([^]*?)\`\`\``).exec(readme) ?? [];
  if (code === undefined) throw new Error(`the README has no block ${mark}`);
  return code;
}

test(
  "the README's hook, its configuration and its embedding run as they are printed",
  { timeout: 120_000 },
  async () => {
    await writeFile(join(folder, "hook.ts"), block("hook"));
    await writeFile(join(folder, "backfill.config.ts"), block("config"));
    await writeFile(join(folder, "ca.pem"), stripe.ca);
    // The only change: api.stripe.com is the server of this test.
    const development = `development: { resolve: ["api.stripe.com:443:127.0.0.1:${stripe.port}"], ca: ${JSON.stringify(stripe.ca)} },`;
    await writeFile(
      join(folder, "main.mts"),
      block("embed").replace("createHookRuntime({", `createHookRuntime({ ${development}`),
    );

    const env = { ...process.env, STRIPE_KEY: "sk_test_backfill" };
    const node = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
      run(process.execPath, args, { cwd: folder, env });
    const bin = join(root, "dist", "bin.js");
    const built = await node(bin, "build", "hook.ts");
    expect(built.stdout + built.stderr).toContain("hook.wasm");

    const customers = [
      { id: "cus_123", name: "Ada" },
      { id: "cus_456", name: "Grace" },
    ];
    const embedded = await node("main.mts");
    expect(embedded.stderr).toContain("GET api.stripe.com /v1/customers 200");
    expect(embedded.stdout).toContain("Ada");

    const sending = ["--resolve", `api.stripe.com:443:127.0.0.1:${stripe.port}`, "--cacert", "ca.pem"];
    const called = await node(bin, "call", "hook.ts", "--event", '{"id":1}', ...sending);
    expect(JSON.parse(called.stdout)).toEqual(customers);
    const fetched = await node(
      bin,
      "fetch",
      "GET",
      "https://api.stripe.com/v1/customers",
      "--bearer",
      "sk_test_backfill",
      ...sending,
    );
    expect(JSON.parse(fetched.stdout)).toMatchObject({ data: customers });
    const checked: unknown = await node(bin, "check", "https://api.stripe.com/v2/x").catch((error: unknown) => error);
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining("https://api.stripe.com/v2/x") });
  },
);

test("the README's connector is connected and called as it is printed", { timeout: 120_000 }, async () => {
  const server = await startAuthorizationServer();
  const api = await openServer((response, { headers }) => {
    void server.isActive((headers.authorization ?? "").replace("Bearer ", "")).then((active) => {
      response.writeHead(active ? 200 : 401, { "content-type": "application/json" }).end('[{"name":"Ada"}]');
    });
  });
  const own = await folderOf({
    // The only change: what the authorization server of this test calls the client.
    "connector.config.ts": block("connector").replace('id: "backfill"', `id: ${JSON.stringify(BASIC.id)}`),
    "customers.ts": block("route"),
    "backfill.config.ts": block("store"),
    "ca.pem": server.ca + api.ca,
  });
  const env = { TOKENS_KEY: Buffer.alloc(32, 1).toString("base64"), CRM_SECRET: BASIC.secret ?? "" };
  const resolve = [...server.resolve, `api.example.com:443:127.0.0.1:${api.port}`];
  const sending = [...resolve.flatMap((one) => ["--resolve", one]), "--cacert", "ca.pem"];

  const connecting = await startBackfill(["connect", ...sending], { folder: own, env });
  const [, url = ""] = await connecting.said(/^ {2}(https:\S+)\n/m);
  await fetch(await authorize(server, url));
  expect(await connecting.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("crm is connected") });
  const called = await backfill(["call", "customers.ts", ...sending], { folder: own, env });
  expect(called).toMatchObject({ code: 0, stdout: '[{"name":"Ada"}]\n' });
  expect(api.received.map(({ target }) => target)).toEqual(["/v1/customers"]);
  const listed = await backfill(["connections"], { folder: own, env });
  expect(listed.stdout).toMatch(/^crm +default .* ready$/m);
  await Promise.all([server.close(), api.close()]);
});

test("the README's hook in TypeScript runs as it is printed", async () => {
  const file = join(folder, "typescript.ts");
  await writeFile(file, block("typescript"));
  const runtime = await createHookRuntime({
    permissions: { http: ["https://api.stripe.com/v1/*"] },
    secrets: { stripe_api_key: "sk_test_backfill" },
    development: { resolve: [`api.stripe.com:443:127.0.0.1:${stripe.port}`], ca: stripe.ca },
  });
  try {
    const hook = await runtime.load((await buildHook(file)).component);
    expect(await hook.run({})).toHaveLength(2);
  } finally {
    await runtime.close();
  }
});

test("the README's table of failures has every code, each once", () => {
  const table = readme.slice(readme.indexOf("## The failures"));
  const codes = table
    .split("\n")
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
  expect(codes.toSorted()).toEqual([...FAILURE_CODES].toSorted());
});

test("the table of limits has every limit with its default", async () => {
  const text = await readFile(join(root, "docs", "limits.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [name, Number(value)]);
  expect(Object.fromEntries(rows)).toEqual(DEFAULT_LIMITS);
});

test("every file that the documents link to exists", async () => {
  const documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "wit/README.md"];
  documents.push(...(await readdir(join(root, "docs"))).map((name) => `docs/${name}`));
  for (const document of documents) {
    const text = await readFile(join(root, document), "utf8");
    for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      await expect(
        readFile(join(root, document, "..", link as string)).catch(({ code }: NodeJS.ErrnoException) => code),
      ).resolves.not.toBe("ENOENT");
    }
  }
});
