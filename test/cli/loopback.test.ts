import { execFile } from "node:child_process";
import { once } from "node:events";
import { access, chmod, readFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openBrowser } from "../../host/cli/browser.ts";
import { listenForCallback, type CallbackServer } from "../../host/cli/loopback.ts";
import { BackfillError } from "../../host/errors.ts";
import { folderOf } from "../support/cli.ts";

const STATE = "a-state-that-nobody-guesses";
const CODE = "code-0123456789";

let server: CallbackServer;
let answers: URL[];

beforeEach(async () => {
  server = await listenForCallback(0, STATE);
  answers = [];
  void server.received.then((url) => answers.push(url));
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly page: string;
}

/** Asks the loopback server as whoever knows its port can. */
async function ask(
  target: string,
  { method = "GET", host = new URL(server.redirectUri).host }: { method?: string; host?: string } = {},
): Promise<Answer> {
  const { port } = new URL(server.redirectUri);
  const sent = request({ host: "127.0.0.1", port, method, path: target, headers: { host }, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, page: await text(response) };
}

test("the request that brings the state back is the answer, whole", async () => {
  const { status } = await ask(`/callback?state=${STATE}&code=${CODE}&iss=https%3A%2F%2Fauth.example.com`);
  expect(status).toBe(200);
  const url = await server.received;
  expect(url.href).toBe(`${server.redirectUri}?state=${STATE}&code=${CODE}&iss=https%3A%2F%2Fauth.example.com`);
});

test("an error that brings the state back is an answer too", async () => {
  expect((await ask(`/callback?error=access_denied&state=${STATE}`)).status).toBe(200);
  expect((await server.received).searchParams.get("error")).toBe("access_denied");
});

test.each<[why: string, status: number, target: string, more?: { method?: string; host?: string }]>([
  ["no state", 400, `/callback?code=${CODE}`],
  ["another state", 400, `/callback?state=${STATE}x&code=${CODE}`],
  ["an empty state", 400, `/callback?state=&code=${CODE}`],
  ["the state twice", 400, `/callback?state=${STATE}&state=${STATE}&code=${CODE}`],
  ["another path", 404, `/callback/?state=${STATE}&code=${CODE}`],
  ["the browser's own wish for an icon", 404, "/favicon.ico"],
  ["another method", 405, `/callback?state=${STATE}&code=${CODE}`, { method: "POST" }],
  ["a look ahead", 405, `/callback?state=${STATE}&code=${CODE}`, { method: "HEAD" }],
  ["another host's name", 400, `/callback?state=${STATE}&code=${CODE}`, { host: "rebound.example.com" }],
  ["localhost", 400, `/callback?state=${STATE}&code=${CODE}`, { host: "localhost" }],
  ["the address without its port", 400, `/callback?state=${STATE}&code=${CODE}`, { host: "127.0.0.1" }],
  ["an absolute target", 400, `http://127.0.0.1/callback?state=${STATE}&code=${CODE}`],
])("%s is refused with %d, and the right request is still waited for", async (_why, status, target, more) => {
  const refused = await ask(target, more);
  expect(refused.status).toBe(status);
  expect(refused.page).not.toContain(CODE);
  expect(answers).toEqual([]);
  expect((await ask(`/callback?state=${STATE}&code=right`)).status).toBe(200);
  expect((await server.received).searchParams.get("code")).toBe("right");
});

test("a second answer is refused and changes nothing", async () => {
  await ask(`/callback?state=${STATE}&code=first`);
  expect((await ask(`/callback?state=${STATE}&code=second`)).status).toBe(410);
  expect((await server.received).searchParams.get("code")).toBe("first");
});

test("the page says that the window can be closed, runs nothing and holds nothing of the answer", async () => {
  const { headers, page } = await ask(`/callback?state=${STATE}&code=${CODE}`);
  expect(page).toContain("You can close this window");
  expect(page).not.toMatch(/<script|http|src=/);
  for (const secret of [STATE, CODE]) expect(page + JSON.stringify(headers)).not.toContain(secret);
  expect(headers).toMatchObject({
    "content-security-policy": expect.stringMatching(/^default-src 'none'/) as string,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
});

test("a port that is taken is a failure that names it", async () => {
  const port = Number(new URL(server.redirectUri).port);
  const second = listenForCallback(port, STATE);
  await expect(second).rejects.toThrow(BackfillError);
  await expect(second).rejects.toThrow(`port ${port} of 127.0.0.1 cannot be listened on: EADDRINUSE`);
});

test("nobody can reach it by another address", () => {
  expect(server.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
});

describe.skipIf(process.platform === "win32")("openBrowser", () => {
  const OPENER = process.platform === "darwin" ? "open" : "xdg-open";
  const URL_WITH_SIGNS = new URL("https://auth.example.com/authorize?a=1&b=$(touch%20x);'`");

  afterEach(() => vi.unstubAllEnvs());

  test("hands the URL to the opener as it is, and to no shell", async () => {
    const folder = await folderOf({ [OPENER]: '#!/bin/sh\nprintf "%s" "$*" > "$0.part" && mv "$0.part" "$0.url"\n' });
    const opener = join(folder, OPENER);
    await chmod(opener, 0o755);
    vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
    openBrowser(URL_WITH_SIGNS);
    while (
      !(await access(`${opener}.url`).then(
        () => true,
        () => false,
      ))
    )
      await setTimeout(5);
    expect(await readFile(`${opener}.url`, "utf8")).toBe(URL_WITH_SIGNS.href);
  });

  test("nothing happens where there is none", async () => {
    const browser = JSON.stringify(new URL("../../host/cli/browser.ts", import.meta.url).href);
    const program = `import { openBrowser } from ${browser}; openBrowser(new URL("https://auth.example.com/"));`;
    const env = { PATH: await folderOf({}) };
    const ran = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
    await expect(ran).resolves.toEqual({ stdout: "", stderr: "" });
  });
});
