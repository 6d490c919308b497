import { readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HookRuntimeOptions } from "../../host/index.ts";
import { instrumentRuntime, type HookRuntime } from "../../host/runtime/runtime.ts";
import type { Har, HarEntry } from "../../host/testing/har.ts";
import { replay, testHook, type TestHook } from "../../host/testing/index.ts";
import { Recording } from "../../host/testing/record.ts";
import { openServer, type Received, type Server } from "../cli/server.ts";
import { folderOf } from "../support/cli.ts";
import { CONNECTOR, openConnectorScene } from "../support/connector-scene.ts";
import { buildTestHook, type ProbeCall, type ProbeReport } from "../support/probe.ts";
import { harFaults } from "./har-spec.ts";

const ORIGIN = "https://api.example.com";
const URL_A = `${ORIGIN}/v1/a`;
const permissions = { http: [`${ORIGIN}/v1/*`] };
const PLAIN = "pl/ain+secret=é\n-of-two-lines";
const SEALED = 'sealed/"secret+of=a test';
const PASSWORD = "a-password/of=nobody";

let folder: string;
let component: Uint8Array;
let sealedComponent: Uint8Array;
let server: Server;
let answer: (response: ServerResponse, request: Received) => void;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  [folder, component, sealedComponent] = await Promise.all([
    folderOf({}),
    buildTestHook("probe"),
    buildTestHook("sealed"),
  ]);
  server = await openServer((response, request) => answer(response, request));
});
afterAll(async () => {
  await Promise.all(open.map((one) => one.close()));
  await server.close();
});

/** A runtime that reaches the server, and the recording of its exchanges. */
async function recorded(
  options: HookRuntimeOptions = {},
  port = server.port,
): Promise<{ readonly runtime: HookRuntime; readonly recording: Recording }> {
  const recordings: Recording[] = [];
  const runtime = await instrumentRuntime(
    {
      permissions,
      development: { resolve: [`api.example.com:443:127.0.0.1:${port}`], ca: server.ca },
      ...options,
    },
    (secrets) => {
      const recording = new Recording(secrets);
      recordings.push(recording);
      return { onExchange: recording.add };
    },
  );
  open.push(runtime);
  return { runtime, recording: recordings[0] as Recording };
}

/** Makes the calls through the probe hook and writes them down. */
async function record(
  name: string,
  calls: readonly Partial<ProbeCall>[],
  options?: HookRuntimeOptions,
  port?: number,
): Promise<{ readonly file: string; readonly har: Har; readonly reports: readonly ProbeReport[] }> {
  const { runtime, recording } = await recorded(options, port);
  const hook = await runtime.load(component, { name: "probe" });
  const reports: ProbeReport[] = [];
  for (const call of calls) reports.push((await hook.run({ method: "GET", url: URL_A, ...call })) as ProbeReport);
  const file = join(folder, name);
  await recording.write(file);
  const har = JSON.parse(await readFile(file, "utf8")) as Har;
  expect(harFaults(har)).toEqual([]);
  return { file, har, reports };
}

async function replaying(file: string, options: HookRuntimeOptions = {}): Promise<TestHook> {
  const hook = await testHook(component, { permissions, ...options, answers: await replay(file) });
  open.push(hook);
  return hook;
}

function call(hook: TestHook, more: Partial<ProbeCall> = {}): Promise<ProbeReport> {
  return hook.run({ method: "GET", url: URL_A, ...more }) as Promise<ProbeReport>;
}

function only(har: Har): HarEntry {
  expect(har.log.entries).toHaveLength(1);
  return har.log.entries[0] as HarEntry;
}

describe("a recording", () => {
  test("is HAR 1.2, which its owner alone may read, in place of the one before", async () => {
    answer = (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"n":1.50}');
    await writeFile(join(folder, "one.har"), "the one before", { mode: 0o644 });
    const { har } = await record("one.har", [{ method: "POST", url: `${URL_A}?b=c%20d`, body: { e: "f" } }]);
    expect((await stat(join(folder, "one.har"))).mode & 0o777).toBe(0o600);
    const { request, response, timings, serverIPAddress, startedDateTime } = only(har);
    expect(request).toMatchObject({
      method: "POST",
      url: `${URL_A}?b=c%20d`,
      httpVersion: "HTTP/1.1",
      queryString: [{ name: "b", value: "c d" }],
      postData: { mimeType: "application/json", text: '{"e":"f"}' },
      bodySize: 9,
    });
    expect(response).toMatchObject({
      status: 200,
      statusText: "OK",
      content: { size: 10, mimeType: "application/json", text: '{"n":1.50}' },
    });
    expect(serverIPAddress).toBe("127.0.0.1");
    expect(Math.abs(Date.now() - Date.parse(startedDateTime))).toBeLessThan(60_000);
    expect(timings.connect).toBeGreaterThan(0);
    expect(timings.ssl).toBeGreaterThan(0);
  });

  test("has -1 for the phases that a kept connection does not come to", async () => {
    answer = (response) => response.end("ok");
    const { har } = await record("kept.har", [{}, {}]);
    expect(har.log.entries[1]?.timings).toMatchObject({ dns: -1, connect: -1, ssl: -1 });
  });

  test("has no entry for a call that did not leave", async () => {
    answer = (response) => response.end("ok");
    const { har } = await record("denied.har", [{ url: `${ORIGIN}/v2` }, { headers: [["Host", "x"]] }]);
    expect(har.log.entries).toEqual([]);
  });

  test("refuses a secret that is too short to be found, without its value", async () => {
    const refused = recorded({ secrets: { pin: "123" } });
    await expect(refused).rejects.toThrow("secrets.pin: got a value of 3 bytes, wanted 4 or more");
  });
});

describe("a replay gives what was recorded, with the server closed", () => {
  test("the hook's result is the same, for JSON, text, bytes and a decoded body", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"n":1.50}'),
      (response) => response.writeHead(404, { "x-one": ["1", "2"] }).end("\uFEFFnot here \u20ac"),
      (response) => response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes),
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("coded")),
      (response) => response.writeHead(204).end(),
      (response) => response.writeHead(302, { location: `${ORIGIN}/v1/b` }).end(),
      (response) => {
        const pieces = Array.from({ length: 20 }, (_, i) => `small piece ${i} `);
        const next = (): void => {
          const piece = pieces.shift();
          if (piece === undefined) response.end();
          else response.write(piece, () => setTimeout(next, 1));
        };
        next();
      },
    ];
    const own = await openServer((response) => answers.shift()?.(response));
    const calls = answers.map((_, i) => ({ bytesInOptions: [0, 255, i], method: "POST" }));
    const { file, reports, har } = await record(
      "all.har",
      calls,
      { development: { resolve: [`api.example.com:443:127.0.0.1:${own.port}`], ca: own.ca } },
      own.port,
    );
    await own.close();
    expect(har.log.entries[2]?.response.content).toMatchObject({ size: 256, encoding: "base64" });
    expect(har.log.entries[0]?.request.postData).toMatchObject({ text: "AP8A", _encoding: "base64" });
    const hook = await replaying(file);
    const again = [];
    for (const one of calls) again.push(await call(hook, one));
    // Framing is of the connection: no length stands in a chunked response.
    const withoutFraming = (report: ProbeReport): object => ({
      ...report,
      headers: undefined,
      headerList: report.headerList?.filter(([name]) => name !== "transfer-encoding"),
    });
    expect(again.map(withoutFraming)).toEqual(reports.map(withoutFraming));
    expect(reports.map(({ status }) => status)).toEqual([200, 404, 200, 200, 204, 302, 200]);
    expect(hook.unused).toEqual([]);
  });

  test("requests of one URL get their answers in the order they were recorded in", async () => {
    let count = 0;
    answer = (response, { target }) => response.end(`${target} ${(count += 1)}`);
    const { file } = await record("order.har", [{}, { url: `${ORIGIN}/v1/b` }, {}]);
    const hook = await replaying(file);
    expect((await call(hook)).text).toBe("/v1/a 1");
    expect((await call(hook)).text).toBe("/v1/a 3");
    expect(hook.unused).toEqual([`GET ${ORIGIN}/v1/b`]);
    expect((await call(hook, { url: `${ORIGIN}/v1/b` })).text).toBe("/v1/b 2");
    await expect(call(hook)).rejects.toThrow(`GET ${URL_A} has no answer: it was recorded 2 times`);
  });

  test("a failure has the code, the phase and the message it had", async () => {
    answer = (response) => response.socket?.destroy();
    const broken = await record("broken.har", [{}]);
    const closed = await openServer(() => {});
    await closed.close();
    const refused = await record("refused.har", [{}], undefined, closed.port);
    for (const [{ file, reports, har }, code, phase, sent] of [
      [broken, "connection-error", "headers", true],
      [refused, "connection-error", "connect", false],
    ] as const) {
      expect(reports[0]).toMatchObject({ code, phase, requestMayHaveBeenSent: sent });
      expect(only(har)).toMatchObject({ response: { status: 0 }, _error: { code, phase } });
      expect(await call(await replaying(file))).toEqual(reports[0]);
    }
  });

  test("a URL that no entry allows is denied, though it is recorded", async () => {
    answer = (response) => response.end("ok");
    const { file } = await record("policy.har", [{}]);
    const hook = await replaying(file, { permissions: { http: [`${ORIGIN}/v2/*`] } });
    expect(await call(hook)).toMatchObject({ code: "not-allowed", phase: "policy" });
    expect(hook.requests).toEqual([]);
  });

  test("a request that was not recorded fails the test, and the nearest that was is named", async () => {
    answer = (response) => response.end("ok");
    const { file } = await record("near.har", [{ url: `${ORIGIN}/v1/customers?page=1` }, { url: `${ORIGIN}/v1/b` }]);
    const hook = await replaying(file);
    await expect(call(hook, { url: `${ORIGIN}/v1/customers?page=2` })).rejects.toThrow(
      `GET ${ORIGIN}/v1/customers?page=2 has no answer: it is not in the recording. The nearest that is:\n  GET ${ORIGIN}/v1/customers?page=1`,
    );
  });

  test("a recording of a browser's is read: what spoke of the coding and the protocol is left out", async () => {
    const headers = [
      { name: ":status", value: "200" },
      { name: "Content-Encoding", value: "br" },
      { name: "Content-Length", value: "3" },
      { name: "X-Lines", value: "1\n2" },
    ];
    const entry = {
      request: { method: "GET", url: URL_A },
      response: { status: 200, headers, content: { text: "decoded" } },
    };
    const lost = { request: { method: "GET", url: URL_A }, response: { status: 0, headers: [], content: {} } };
    const file = join(folder, "browser.har");
    await writeFile(file, `\uFEFF${JSON.stringify({ log: { version: "1.2", entries: [entry, lost] } })}`);
    const hook = await replaying(file);
    expect(await call(hook)).toMatchObject({
      text: "decoded",
      headerList: [
        ["x-lines", "1"],
        ["x-lines", "2"],
      ],
    });
    expect(await call(hook)).toMatchObject({ code: "connection-error" });
  });

  const bad: readonly (readonly [text: string, message: string])[] = [
    ["{", "bad.har: the file is not JSON"],
    ["[]", "got an array, wanted a HAR recording"],
    ['{"log":1}', "log: got a number, wanted a HAR log"],
    ['{"log":{"version":"1.1","entries":[]}}', 'log.version: got "1.1", wanted "1.2"'],
    ['{"log":{"version":"1.2"}}', "log.entries: got undefined, wanted an array of entries"],
    ['{"log":{"version":"1.2","entries":[{}]}}', "log.entries[0].request: got undefined, wanted a request"],
  ];
  test.each(bad)("a file that is none is refused: %s", async (text, message) => {
    const file = join(folder, "bad.har");
    await writeFile(file, text);
    await expect(replay(file)).rejects.toMatchObject({
      code: "BACKFILL_HAR",
      message: expect.stringContaining(message),
    });
  });
});

/** The value in each form that a server may send it back in, or a client may send it. */
function formsOf(value: string): readonly string[] {
  const inJson = JSON.stringify(value).slice(1, -1);
  const base64 = ["", "a", "ab"].map((before) => {
    const digits = Buffer.from(before + value).toString("base64");
    // Only the digits that no neighbour has a share in.
    return digits.slice(before.length === 0 ? 0 : 4, Math.floor(((before.length + value.length) * 4) / 3) - 3);
  });
  return [
    value,
    value.slice(0, 14),
    inJson,
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    ...base64,
  ];
}

async function expectNowhere(file: string, values: readonly string[]): Promise<void> {
  const bytes = await readFile(file);
  const har = JSON.parse(bytes.toString()) as Har;
  const texts = [bytes.toString(), bytes.toString("latin1")];
  for (const { request, response } of har.log.entries) {
    texts.push(request.postData?.text ?? "", Buffer.from(request.postData?.text ?? "", "base64").toString("latin1"));
    texts.push(response.content.text ?? "", Buffer.from(response.content.text ?? "", "base64").toString("latin1"));
    texts.push(...request.queryString.map(({ value }) => value));
  }
  for (const value of values)
    for (const form of formsOf(value)) for (const text of texts) expect(text).not.toContain(form);
  expect(bytes.includes("REDACTED")).toBe(true);
}

describe("no secret is in a recording", () => {
  /** Sends everything back, plain, percent-encoded, in JSON and in base64. */
  const echo = (response: ServerResponse, { target, headers, body }: Received): void => {
    const text = [target, headers.authorization, headers["x-one"], body].join(" ");
    const decoded = Buffer.from((headers.authorization ?? "").replace("Basic ", ""), "base64").toString();
    response
      .writeHead(200, {
        "set-cookie": "session=cookie-value",
        "x-echo": encodeURIComponent(text),
        location: `/x?api_key=key-value`,
      })
      .end(
        `${text} ${JSON.stringify(text)} ${Buffer.from(text).toString("base64")} ${encodeURIComponent(text)} ${decoded}`,
      );
  };

  test("not a declared one that the hook knows, wherever it puts it", async () => {
    answer = echo;
    const inUrl = encodeURIComponent(PLAIN);
    const { file, reports } = await record(
      "plain.har",
      [
        { url: `${URL_A}/${inUrl.replaceAll("%2F", "%2f")}?q=${inUrl}` },
        { method: "POST", body: { deep: [{ value: `before ${PLAIN} after` }] } },
        { method: "POST", bodyInOptions: `a=${new URLSearchParams({ v: PLAIN })}` },
        { method: "POST", bytesInOptions: [0xff, ...Buffer.from(PLAIN)] },
        { headers: [["X-One", Buffer.from(`ab${PLAIN}`).toString("base64")]] },
      ],
      { secrets: { plain: PLAIN } },
    );
    expect(reports.map(({ code, status }) => code ?? status)).not.toContain("other");
    expect(reports.some(({ text }) => text?.includes(PLAIN))).toBe(true);
    await expectNowhere(file, [PLAIN]);
  });

  test("not what Authorization carries, nor a copy of it anywhere; nor what a name marks", async () => {
    answer = echo;
    const { file, har } = await record("credentials.har", [
      { auth: { basic: { user: "ada", pass: PASSWORD } } },
      { url: `${URL_A}?access_token=query-value&X-Amz-Signature=signed-value&page=2`, headers: [["X-One", PASSWORD]] },
      {
        headers: [
          ["X-Api-Key", "header-value"],
          ["Cookie", "a=cookie-value"],
          ["X-Auth-Token", "other-value"],
        ],
      },
      { headers: [["Authorization", "Bearer bearer-of-nobody"]] },
      {
        method: "POST",
        bodyInOptions: "client_secret=form-value&page=3",
        headers: [["Content-Type", "application/x-www-form-urlencoded"]],
      },
    ]);
    await expectNowhere(file, [PASSWORD, "bearer-of-nobody", "header-value", "cookie-value", "other-value"]);
    expect(har.log.entries[0]?.request.headers).toContainEqual({ name: "authorization", value: "REDACTED" });
    expect(har.log.entries[0]?.response.headers).toContainEqual({ name: "set-cookie", value: "REDACTED" });
    expect(har.log.entries[0]?.response.redirectURL).toBe("/x?api_key=REDACTED");
    expect(har.log.entries[1]?.request.url).toBe(`${URL_A}?access_token=REDACTED&X-Amz-Signature=REDACTED&page=2`);
    expect(har.log.entries[4]?.request.postData?.text).toBe("client_secret=REDACTED&page=3");
  });

  test("not a sealed one, wherever it was put in, also where the operator lets it come back", async () => {
    answer = echo;
    for (const scrub of [true, false]) {
      const { runtime, recording } = await recorded({
        secrets: { api_key: { value: SEALED, for: [`${ORIGIN}/v1/*`], scrub } },
      });
      const hook = await runtime.load(sealedComponent);
      for (const where of ["bearer", "basic", "header", "query", "json", "form"]) await hook.run({ url: URL_A, where });
      const file = join(folder, `sealed-${scrub}.har`);
      await recording.write(file);
      expect(server.received.at(-1)?.body).toBe(`key=${encodeURIComponent(SEALED)}`);
      await expectNowhere(file, [SEALED]);
    }
  });

  test("not an OAuth token, and nothing of the host's own talk with the authorization server", async () => {
    const scene = await openConnectorScene();
    open.push(scene);
    scene.answer = (response, { headers }) => response.end(`you sent ${headers.authorization}`);
    const recordings: Recording[] = [];
    const runtime = await instrumentRuntime(
      { permissions: { http: [`${ORIGIN}/*`] }, tokenStore: scene.store, development: scene.development },
      (secrets) => {
        recordings.push(new Recording(secrets));
        return { onExchange: recordings[0]?.add };
      },
    );
    open.push(runtime);
    const { tokens } = await scene.connect({ left: 1 });
    const hook = await runtime.load(component, { connector: CONNECTOR });
    await hook.run({ method: "GET", url: URL_A, auth: { oauth: {} } });
    const file = join(folder, "oauth.har");
    await recordings[0]?.write(file);
    const har = JSON.parse(await readFile(file, "utf8")) as Har;
    expect(har.log.entries.map(({ request }) => request.url)).toEqual([URL_A]);
    const token = scene.authorizations[0]?.replace("Bearer ", "") ?? "";
    expect(token).not.toBe(tokens?.accessToken);
    await expectNowhere(file, [token, tokens?.accessToken ?? "", tokens?.refreshToken ?? ""]);
    const replayed = await replaying(file, { permissions: { http: [`${ORIGIN}/*`] } });
    expect(await call(replayed)).toMatchObject({ status: 200 });
  });

  test("a redacted recording answers a hook whose secrets are others", async () => {
    answer = (response) => response.end("ok");
    const { file } = await record(
      "others.har",
      [{ url: `${URL_A}/first-secret-value?key=first&q=first-secret-value` }],
      {
        secrets: { one: "first-secret-value" },
      },
    );
    const hook = await replaying(file, { secrets: { one: "second-secret-value" } });
    const url = `${URL_A}/second-secret-value?key=second&q=second-secret-value`;
    expect(await call(hook, { url })).toMatchObject({ text: "ok" });
  });
});
