import assert from "node:assert/strict";
import { test } from "node:test";
import { testHook } from "@backfill/http/testing";
import config from "../backfill.config.ts";

const HOOK = new URL("../hooks/hello.ts", import.meta.url);
const USERS = "https://api.github.com/users";

test("the hook greets by name", async () => {
  await using hook = await testHook(HOOK, { ...config, answers: [] });
  assert.deepEqual(await hook.run({ name: "Ada" }), { greeting: "Hello, Ada!" });
  assert.deepEqual(await hook.run({}), { greeting: "Hello, world!" });
});

test("the hook greets a user by the name that GitHub knows", async () => {
  const answers = [{ url: `${USERS}/ada`, json: { name: "Ada Lovelace" } }];
  await using hook = await testHook(HOOK, { ...config, answers });
  assert.deepEqual(await hook.run({ user: "ada" }), { greeting: "Hello, Ada Lovelace!" });
  assert.deepEqual(
    hook.requests.map(({ method, url }) => [method, url]),
    [["GET", `${USERS}/ada`]],
  );
});

test("the hook greets a user whom GitHub does not know as it was asked to", async () => {
  const answers = [{ url: `${USERS}/nobody`, status: 404, json: { message: "Not Found" } }];
  await using hook = await testHook(HOOK, { ...config, answers });
  assert.deepEqual(await hook.run({ user: "nobody" }), { greeting: "Hello, nobody!" });
  assert.deepEqual(
    hook.logs.map(({ level, fields }) => [level, fields]),
    [["warn", { status: 404 }]],
  );
});
