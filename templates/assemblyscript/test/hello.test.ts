import assert from "node:assert/strict";
import { test } from "node:test";
import { createHookRuntime } from "@backfill/http";
import { buildHook } from "@backfill/http/compile";
import config from "../backfill.config.ts";

const { component } = await buildHook(new URL("../hooks/hello.ts", import.meta.url), { optimize: false });

test("the hook greets by name", async () => {
  const runtime = await createHookRuntime(config);
  const hook = await runtime.load(component);
  assert.deepEqual(await hook.run({ name: "Ada" }), { greeting: "Hello, Ada!" });
  assert.deepEqual(await hook.run({}), { greeting: "Hello, world!" });
  await runtime.close();
});

test("the hook asks GitHub for a user, which the configuration has to allow", async () => {
  const runtime = await createHookRuntime({ permissions: { http: [] } });
  const hook = await runtime.load(component);
  await assert.rejects(hook.run({ user: "octocat" }), /https:\/\/api\.github\.com\/users\/octocat/);
  await runtime.close();
});
