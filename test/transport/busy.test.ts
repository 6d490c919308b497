import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Outbound, OutboundHook } from "../../host/outbound.ts";
import { createOutbound } from "../../host/outbound.ts";
import { HOST, openHook, send, textOf } from "../support/outbound.ts";
import type { RemoteServer } from "./remote-server.ts";

let child: ChildProcess;
let outbound: Outbound;
let hook: OutboundHook;
beforeAll(async () => {
  child = fork(new URL("remote-server.ts", import.meta.url), { execArgv: [] });
  const [{ port, ca }] = (await once(child, "message")) as [RemoteServer];
  outbound = createOutbound({ development: { resolve: [`${HOST}:443:127.0.0.1:${port}`], ca } });
  hook = openHook(outbound);
});
afterAll(async () => {
  await outbound.close();
  child.kill();
});

function block(milliseconds: number): void {
  for (const started = performance.now(); performance.now() < started + milliseconds;);
}

test.each([0, 2])("a connection is kept where its answer comes in the turn of its request, of %i ms", async (turn) => {
  let running = true;
  const spin = (): void => {
    block(turn);
    if (running) setImmediate(spin);
  };
  spin();
  const answers = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const body = i % 2 === 0 ? undefined : Buffer.alloc(50_000);
    answers.add(textOf(await send(hook, { method: "POST", body })));
  }
  running = false;
  expect(answers.size).toBe(1);
});

test("an answer that came while this thread was busy is not the next call's", async () => {
  for (let i = 0; i < 10; i++) {
    await send(hook, { url: `https://${HOST}/forge` });
    block(40);
    expect(textOf(await send(hook))).toMatch(/^\d+$/);
  }
});
