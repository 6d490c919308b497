import { execFile } from "node:child_process";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { folderOf } from "../support/cli.ts";
import { buildTestHook } from "../support/probe.ts";
import { HOST, ORIGIN } from "../support/scene.ts";
import { createAuthority } from "../support/tls.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const PROGRAM = `
import { trace } from "@opentelemetry/api";
import { createHookRuntime } from "./host/index.ts";
const { component, ...options } = JSON.parse(process.env.OPTIONS);
const runtime = await createHookRuntime(options);
const hook = await runtime.load(component);
await trace.getTracer("embedder").startActiveSpan("an event", async (span) => {
  await hook.run({ method: "GET", url: ${JSON.stringify(`${ORIGIN}/v1`)} });
  console.log(span.spanContext().traceId, span.spanContext().spanId);
});
await runtime.close();
`;

test.each([0, 1])("a call joins the trace that its event was run in, with %i threads", async (threads) => {
  const authority = await createAuthority();
  const traces: unknown[] = [];
  const server = createServer(await authority.issue([HOST]), (request, response) => {
    traces.push(request.headers["traceparent"]);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = await folderOf({ "probe.wasm": await buildTestHook("probe") });
  const options = {
    component: join(folder, "probe.wasm"),
    threads,
    telemetry: { traceparent: true },
    permissions: { http: [`${ORIGIN}/*`] },
    development: { resolve: [`${HOST}:443:127.0.0.1:${port}`], ca: authority.ca },
  };
  const preload = join(import.meta.dirname, "telemetry-preload.ts");
  const env = { PATH: process.env["PATH"], OPTIONS: JSON.stringify(options) };
  try {
    const args = ["--import", preload, "--input-type=module", "--eval", PROGRAM];
    const { stdout } = await run(process.execPath, args, { cwd: root, env, timeout: 20_000 });
    expect(traces).toEqual([`00-${stdout.trim().replace(" ", "-")}-01`]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a runtime with threads that is not closed does not hold the process", async () => {
  const program = `
    import { createHookRuntime } from "./host/index.ts";
    await createHookRuntime({ threads: 1 });
    console.log("made");`;
  const args = ["--input-type=module", "--eval", program];
  expect((await run(process.execPath, args, { cwd: root, timeout: 20_000 })).stdout).toBe("made\n");
});
