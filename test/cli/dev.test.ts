import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { folderOf, type RunningCli, startBackfill } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

/** A hook that answers with this word, and with what the API says where the event asks for it. */
const LANGUAGES = {
  assemblyscript: (word: string): string => `import { Http, Json } from "@backfill/http/assembly";

export function run(event: Json): Json {
  const path = event.has("path") ? event["path"].toString() : "";
  const seen = path == "" ? "" : Http.get("https://${HOST}/" + path).text;
  return Json.object().set("word", "${word}").set("id", event["id"]).set("seen", seen);
}
`,
  typescript: (word: string): string => `import { Http } from "@backfill/http/hook";

export function run(event: { path?: string; id: number }) {
  const seen = event.path === undefined ? "" : Http.get("https://${HOST}/" + event.path).body;
  return { word: "${word}", id: event.id, seen };
}
`,
};

let api: Server;
let dev: RunningCli | undefined;
beforeAll(async () => {
  api = await openServer((response) => response.end("hello"));
});
afterAll(() => api.close());
afterEach(async () => {
  dev?.child.kill("SIGKILL");
  await dev?.ended;
});

function config(entry: string): string {
  return `export default { permissions: { http: ["https://${HOST}/${entry}"] } };\n`;
}

describe.each(Object.entries(LANGUAGES))("dev with a hook in %s", (_, hook) => {
  test("builds a saved hook, runs the last event again, keeps the last good one, and reads a saved configuration", async () => {
    const folder = await folderOf({
      "hello.ts": hook("first"),
      "backfill.config.ts": config("v1/*"),
      "ca.pem": api.ca,
    });
    const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
    const sending = ["--resolve", `${HOST}:443:127.0.0.1:${api.port}`, "--cacert", "ca.pem"];
    const args = ["dev", "hello.ts", "--port", "0", "--event", '{"id":1}', ...sending];
    const running = await startBackfill(args, { folder });
    dev = running;
    const [, url = ""] = await running.said(/POST (http\S+\/hooks\/hello)/);
    await running.printed(/^\{"word":"first","id":1,"seen":""\}$/m);

    await save("hello.ts", hook("second"));
    await running.printed(/^\{"word":"second","id":1,"seen":""\}$/m);

    await save("hello.ts", `${hook("third")}\nthis is no hook`);
    await running.said(/^error: hello\.ts:\d+:\d+: /m);
    expect(await post(url, { id: 2 })).toEqual([200, { word: "second", id: 2, seen: "" }]);

    expect((await post(url, { id: 3, path: "v2/a" }))[0]).toBe(500);
    await running.said(/^GET api\.example\.com\/v2\/a not-allowed/m);
    await save("backfill.config.ts", config("v2/*"));
    await running.printed(/^\{"word":"second","id":3,"seen":"hello"\}$/m);
    await running.said(/^GET api\.example\.com\/v2\/a 200 \d+ ms/m);

    await save("backfill.config.ts", "export default { permission: {} };\n");
    await running.said(/^error: .*permission: got an unknown key/m);
    expect((await post(url, { id: 4, path: "v2/a" }))[0]).toBe(200);

    await save("hello.ts", hook("fourth"));
    await running.printed(/^\{"word":"fourth","id":4,"seen":"hello"\}$/m);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  }, 120_000);
});

test("a hook that does not build at first is built when it is mended", async () => {
  const folder = await folderOf({ "hello.ts": "import '@backfill/http/hook'; export function run( {" });
  dev = await startBackfill(["dev", "hello.ts", "--port", "0"], { folder });
  const [, url = ""] = await dev.said(/POST (http\S+\/hooks\/hello)/);
  expect((await post(url, {}))[0]).toBe(500);
  await writeFile(join(folder, "hello.ts"), LANGUAGES.typescript("mended"));
  await dev.printed(/^\{"word":"mended"/m);
});

test("each of a connector's hooks is exchanged by one save of all", async () => {
  const folder = await folderOf({
    "a.ts": LANGUAGES.typescript("a1"),
    "b.ts": LANGUAGES.typescript("b1"),
    "connector.config.ts": 'export default { name: "two", routes: { a: { hook: "a.ts" }, b: { hook: "b.ts" } } };\n',
  });
  dev = await startBackfill(["dev", "--port", "0"], { folder });
  const [, base = ""] = await dev.said(/POST (http\S+\/hooks\/)b/);
  await Promise.all(["a", "b"].map((name) => writeFile(join(folder, `${name}.ts`), LANGUAGES.typescript(`${name}2`))));
  for (const name of ["a", "b"]) {
    let word: unknown;
    while (word !== `${name}2`) word = ((await post(base + name, { id: 1 }))[1] as { word?: unknown }).word;
  }
});

test("a connector may name the configuration's internal hosts", async () => {
  const oauth = {
    tokenEndpoint: "https://auth.internal/token",
    client: { id: "a", secret: { value: "b" } },
    grant: "client_credentials",
    for: ["https://crm.internal/*"],
  };
  const folder = await folderOf({
    "a.ts": LANGUAGES.typescript("a"),
    "connector.config.ts": `export default ${JSON.stringify({ name: "own", connection: { oauth }, routes: { a: { hook: "a.ts" } } })};\n`,
    "backfill.config.ts": 'export default { internalHosts: ["auth.internal", "crm.internal"] };\n',
  });
  dev = await startBackfill(["dev", "--port", "0"], { folder });
  await dev.said(/POST http\S+\/hooks\/a/);
});

test("a folder without a connector is refused with one line", async () => {
  const folder = await folderOf({});
  const { code, stderr } = await (await startBackfill(["dev"], { folder })).ended;
  expect(stderr).toMatch(/^error: connector\.config\.ts: got no such file/);
  expect(code).toBe(1);
  await rm(folder, { recursive: true });
});

async function post(url: string, event: unknown): Promise<readonly [status: number, body: unknown]> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  return [response.status, await response.json()];
}
