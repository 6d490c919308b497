import { afterEach, expect, test } from "vitest";
import type { OutboundRequest, OutboundResponse } from "../../host/message.ts";
import type { Scene } from "../support/outbound.ts";
import { HOST, failureOf, ok, openScene, send } from "../support/outbound.ts";

const REQUEST: OutboundRequest = {
  method: "POST",
  url: `https://${HOST}/token`,
  headers: [],
  body: Buffer.from("grant"),
  authorization: undefined,
  timeout: 5000,
};

let scene: Scene;
afterEach(() => scene.close());

function sendAfter(beforeSend: () => Promise<void>, request: Partial<OutboundRequest> = {}): Promise<OutboundResponse> {
  return scene.hook.beginEvent().send({ ...REQUEST, ...request }, { beforeSend });
}

/** Long enough for a byte that was written to have arrived. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

test("what comes before sending is waited for when the connection stands and no byte of the request has left", async () => {
  scene = await openScene();
  let seen: unknown;
  const response = await sendAfter(async () => {
    await settle();
    seen = { requests: scene.server.requests.length, servernames: [...scene.server.servernames] };
  });
  expect(response.status).toBe(200);
  expect(seen).toEqual({ requests: 0, servernames: [HOST] });
  expect(scene.server.requests.length).toBe(1);
});

test("where it fails nothing is sent", async () => {
  scene = await openScene();
  const failure = await failureOf(sendAfter(() => Promise.reject(new Error("no mark"))));
  expect(failure).toMatchObject({ code: "connection-error", requestMayHaveBeenSent: false });
  await settle();
  expect(scene.server.requests).toEqual([]);
  await scene.server.drained();
});

test("a connection that breaks meanwhile fails the call, and nothing was sent", async () => {
  scene = await openScene();
  const failure = await failureOf(
    sendAfter(async () => {
      scene.server.reset();
      await settle();
    }),
  );
  expect(failure).toMatchObject({ code: "connection-error", requestMayHaveBeenSent: false });
});

test("the deadline covers it, and a call that has ended sends nothing afterwards", async () => {
  scene = await openScene();
  let goOn = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const failure = await failureOf(sendAfter(() => waiting, { timeout: 200 }));
  expect(failure).toMatchObject({ code: "timeout", requestMayHaveBeenSent: false });
  goOn();
  await settle();
  expect(scene.server.requests).toEqual([]);
  await scene.server.drained();
});

test("it never rides on a kept connection", async () => {
  scene = await openScene({}, (socket) => socket.write(ok("hello")));
  await send(scene.hook);
  let called = 0;
  for (let i = 0; i < 2; i++) {
    await sendAfter(async () => {
      called += 1;
    });
  }
  expect([called, scene.server.connections]).toEqual([2, 3]);
});
