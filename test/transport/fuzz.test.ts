import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HttpFailure } from "../../host/errors.ts";
import { ok, openScene, send, sendNext } from "../support/outbound.ts";

const TIMEOUT = 100;
/** Generous, for a machine under load; what hangs would take for ever. */
const SLACK = 400;

const gzip = gzipSync("hello ".repeat(1000)).toString("latin1");

const fragment = fc.oneof(
  fc.constantFrom(
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 103 Early\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.0 200 OK\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: upgrade\r\nUpgrade: h2c\r\n",
    "Keep-Alive: timeout=0\r\n",
    "Keep-Alive: timeout=5\r\n",
    "X-A: b\r\n",
    " folded\r\n",
    "\r\n",
    "\n",
    "\0",
    "hello",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nX-T: v\r\n\r\n",
    `${gzip.length.toString(16)}\r\n${gzip}\r\n`,
    gzip,
    ok("hello"),
  ),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
);

/** What a server does: writes, waits, ends, breaks off. */
const step = fc.oneof(
  { weight: 12, arbitrary: fragment },
  { weight: 1, arbitrary: fc.constantFrom("wait" as const, "end" as const, "break" as const) },
);

test("whatever a server sends, a call ends in time with a response or a failure, and the next call works", async () => {
  const scene = await openScene();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { promise: written, resolve: done } = Promise.withResolvers<void>();
      scene.server.answer = async (socket) => {
        for (const part of steps) {
          if (part === "wait") await new Promise((resolve) => setTimeout(resolve, 2));
          else if (part === "end") socket.end();
          else if (part === "break") socket.destroy();
          else if (socket.writable) socket.write(Buffer.from(part, "latin1"));
        }
        done();
      };
      const started = performance.now();
      const outcome: unknown = await send(scene.hook, { timeout: TIMEOUT }).catch((error: unknown) => error);
      expect(performance.now() - started).toBeLessThan(TIMEOUT + SLACK);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(HttpFailure);
        expect(outcome).toMatchObject({
          code: expect.stringMatching(/^(protocol-error|connection-error|timeout)$/),
          requestMayHaveBeenSent: true,
        });
      }
      // Bytes behind a whole response that are still on their way when the next request is written are its answer: HTTP/1.1 has no other order.
      await written;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await sendNext(scene)).toBe("next");
    }),
    { numRuns: 400, interruptAfterTimeLimit: 15_000 },
  );
  await scene.outbound.close();
  await scene.server.drained();
  await scene.close();
});
