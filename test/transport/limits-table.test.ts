import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { HttpFailure } from "../../host/errors.ts";
import type { OutboundRequest } from "../../host/message.ts";
import type { Limits } from "../../host/transport/limits.ts";
import { HOST, ok, openScene } from "../support/outbound.ts";

/** What breaks a limit: the limits it is tried under, the last request of the event, and what the server says to each. */
interface Breach {
  readonly limits: Partial<Limits>;
  readonly calls?: number;
  readonly request?: Partial<OutboundRequest>;
  /** Undefined for a server that never answers. */
  readonly answer?: string | undefined;
}

/** Every limit that a call can go beyond. */
const BREACHES: readonly (readonly [name: keyof Limits, of: string, breach: Breach])[] = [
  [
    "requestBodyBytes",
    "a request",
    { limits: { requestBodyBytes: 4 }, request: { method: "POST", body: Buffer.alloc(5) } },
  ],
  ["responseBodyBytes", "a response", { limits: { responseBodyBytes: 4 } }],
  ["headerCount", "a request", { limits: { headerCount: 1 }, request: { headers: ["a", "b", "c", "d"] } }],
  ["headerCount", "a response", { limits: { headerCount: 1 }, answer: ok("", "X-A: b") }],
  ["headerBytes", "a request", { limits: { headerBytes: 60 }, request: { headers: ["a", "b", "c", "d"] } }],
  ["headerBytes", "a response", { limits: { headerBytes: 60 }, answer: ok("", "X-A: b") }],
  [
    "informationalResponses",
    "a response",
    { limits: { informationalResponses: 0 }, answer: `HTTP/1.1 103 E\r\n\r\n${ok("")}` },
  ],
  ["defaultDeadline", "a call", { limits: { defaultDeadline: 20 }, answer: undefined }],
  [
    "maximumDeadline",
    "a call",
    { limits: { maximumDeadline: 20, defaultDeadline: 20 }, request: { timeout: 1e6 }, answer: undefined },
  ],
  ["callsPerEvent", "an event", { limits: { callsPerEvent: 2 }, calls: 3 }],
  ["responseBytesPerEvent", "an event", { limits: { responseBytesPerEvent: 9 }, calls: 2 }],
];

let table: ReadonlyMap<string, string>;
beforeAll(async () => {
  const text = await readFile(join(import.meta.dirname, "..", "..", "docs", "limits.md"), "utf8");
  const rows = text.matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm);
  table = new Map(Array.from(rows, ([, name = "", beyond = ""]) => [name, beyond]));
});

test.each(BREACHES)("%s: %s beyond it fails as the table of limits says", async (name, _of, breach) => {
  const answer = "answer" in breach ? breach.answer : ok("hello");
  const scene = await openScene({ limits: breach.limits }, (socket) => {
    if (answer !== undefined) socket.write(answer);
  });
  const event = scene.hook.beginEvent();
  const call = (request: Partial<OutboundRequest> = {}): Promise<string> =>
    event
      .send({
        method: "GET",
        url: `https://${HOST}/`,
        headers: [],
        body: undefined,
        authorization: undefined,
        timeout: undefined,
        ...request,
      })
      .then(
        () => "a response",
        (failure: HttpFailure) => failure.code,
      );
  for (let i = 1; i < (breach.calls ?? 1); i++) expect(await call()).toBe("a response");
  expect(`\`${await call(breach.request)}\``).toBe(table.get(name));
  await scene.close();
});

test("the table names a failure for exactly the limits that a call can go beyond", () => {
  const failing = [...table].filter(([, beyond]) => /^`[a-z-]+`$/.test(beyond)).map(([name]) => name);
  expect(failing).toEqual([...new Set(BREACHES.map(([name]) => name))]);
});
