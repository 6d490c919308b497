import { afterEach, expect, test } from "vitest";
import { Thread, type ThreadHandlers } from "../../host/threads/thread.ts";
import type { EventMessage, HookMessage } from "../../host/threads/messages.ts";
import { buildTestHook } from "../support/probe.ts";

let thread: Thread;
let died: Error[];
afterEach(() => thread.close());

async function start(config: object = {}): Promise<void> {
  died = [];
  const handlers: ThreadHandlers = {
    token: () => Promise.reject(new Error("nobody asks")),
    heard: () => {},
    died: (reason) => died.push(reason),
  };
  thread = new Thread({ config }, handlers);
  await thread.ready;
}

async function load(): Promise<void> {
  const hook: HookMessage = { id: 1, name: "endings", component: await buildTestHook("endings"), oauth: undefined };
  await thread.ask({ kind: "load", hook });
}

function run(event: object): Promise<unknown> {
  const message: EventMessage = {
    id: 1,
    hook: 1,
    event: JSON.stringify(event),
    call: undefined,
    connection: undefined,
    milliseconds: 60_000,
    trace: undefined,
  };
  return thread.ask({ kind: "run", event: message }).catch((error: unknown) => error);
}

test("what a thread owes when it dies is lost, as is what it is asked then", async () => {
  await start();
  await load();
  const running = run({ how: "sleep", milliseconds: 60_000 });
  const reason = new Error("out of order");
  thread.abandon(reason);
  const lost = { code: "BACKFILL_HOOK_LOST", message: "the thread that ran the event ended", cause: reason };
  expect(await running).toMatchObject(lost);
  expect(await run({ how: "" })).toMatchObject(lost);
  expect(died).toEqual([reason]);
});

test("a thread that is closed first ends its events, and does not count as dead", async () => {
  await start();
  await load();
  const running = run({ how: "sleep", milliseconds: 60_000 });
  await thread.close();
  expect(await running).toMatchObject({ code: "BACKFILL_HOOK_CANCELLED", message: "the runtime was closed" });
  expect(died).toEqual([]);
});

test("a thread that a hook holds is closed all the same", async () => {
  await start();
  await load();
  const held = run({ how: "hold" });
  await thread.close();
  expect(await held).toMatchObject({ code: "BACKFILL_HOOK_CANCELLED" });
});

test("a thread that cannot start says why", async () => {
  await expect(start({ limits: { callsInFlight: 0 } })).rejects.toThrow("limits.callsInFlight");
  expect(died).toEqual([]);
});
