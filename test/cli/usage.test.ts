import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { backfill, folderOf } from "../support/cli.ts";
import { spreadAllow } from "../../host/cli/setup.ts";

const URL = "https://api.example.com/";

describe("wrong usage exits with 2 and says what is wrong", () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [["bild"], "unknown command 'bild'\n(Did you mean build?)"],
    [["fetch", "--hedder", "a: b", "GET", URL], "unknown option '--hedder'\n(Did you mean --header?)"],
    [["fetch"], "missing required argument 'method'"],
    [["fetch", "GET"], "missing required argument 'url'"],
    [["fetch", "GET", URL, URL], "too many arguments for 'fetch'"],
    [["fetch", "HEAD", URL], "method 'HEAD' is none of GET, POST, PUT, PATCH, DELETE"],
    [["fetch", "po\u017ft", URL], "is none of GET, POST, PUT, PATCH, DELETE"],
    [["fetch", "GET", URL, "-d", "a", "--data-json", "1"], "cannot be used with option '--data-json <json>'"],
    [["fetch", "GET", URL, "--bearer", "a", "--basic", "a:b"], "cannot be used with option '--basic <user:pass>'"],
    [["fetch", "GET", URL, "--timeout", "soon"], "argument 'soon' is invalid"],
    [["fetch", "GET", URL, "--response-type", "xml"], "Allowed choices are auto, text, bytes"],
    [["fetch", "GET", URL, "--resolve", "api.example.com"], "wanted host:port:address"],
    [["fetch", "GET", URL, "--resolve", "api.example.com:443:10.0.0.1"], "wanted a public or a loopback address"],
    [["fetch", "--batch", "GET", URL], "--batch takes its requests from stdin"],
    [["fetch", "--batch", "-d", "a"], "--batch takes its requests from stdin"],
    [["check"], "missing required argument 'url'"],
    [["check", "--batch", URL], "--batch takes its URLs from stdin"],
    [["check", URL, "--internal-host", "a/b"], "wanted a host name"],
    [["build"], "missing required argument 'hook.ts'"],
    [["build", "hook.js"], "hook.js is not a .ts file"],
    [["build", "hook.ts", "-o", "./hook.ts"], "./hook.ts is the hook itself"],
    [["call"], "missing required argument 'hook'"],
    [["call", "hook.wasm", "--event", "{"], "--event is not JSON"],
    [["call", "hook.wasm", "--connection", ""], "Write a name, as in customer-17."],
    [["inspect"], "missing required argument 'component.wasm'"],
    [["connect", "a", "b"], "too many arguments for 'connect'"],
    [["connect", "--port", "65536"], "Write a whole number from 0 to 65535."],
    [["connect", "--port", "1e3"], "Write a whole number from 0 to 65535."],
    [["connect", "--timeout", "0"], "Write a whole number from 1 to 86400."],
    [["connect", "--connection", ""], "Write a name, as in customer-17."],
    [["connections", "crm"], "too many arguments for 'connections'"],
    [["disconnect"], "missing required argument 'connector'"],
    [["new"], "missing required argument 'name'"],
    [["new", "../hooks"], "Write lower-case letters, digits and hyphens, 1 to 63, the first a letter."],
    [["new", "My-Hooks"], "Write lower-case letters, digits and hyphens, 1 to 63, the first a letter."],
    [["new", "hooks", "--language", "rust"], "Allowed choices are assemblyscript, typescript"],
  ];
  test.concurrent.each(cases)("%j", async (args, message) => {
    const { code, stdout, stderr } = await backfill(args);
    expect(stderr).toContain(message);
    expect(stderr).toContain("--help");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("an option that may hold a secret is not quoted when it is refused", () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [["-H", "Authorization sk_live"], "-H has no colon; write it as 'name: value'"],
    [["--basic", "sk_live"], "--basic has no colon; write it as user:pass"],
    [["--data-json", "{sk_live"], "--data-json is not JSON"],
  ];
  test.concurrent.each(cases)("%j", async (args, message) => {
    const { code, stderr } = await backfill(["fetch", "GET", URL, ...args]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("sk_live");
    expect(code).toBe(2);
  });
});

describe("a file that cannot be used exits with 1 and is named", () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [["fetch", "GET", URL, "--cacert", "none.pem"], "none.pem: there is no such file"],
    [["fetch", "GET", URL, "--cacert", "text.txt"], "text.txt: development.ca: got text without a certificate"],
    [["call", "none.wasm"], "none.wasm: there is no such file"],
    [["call", "none.ts"], "none.ts: there is no such file"],
    [["call", "text.txt"], "the file is not WebAssembly"],
    [["call", "none.wasm", "--event", "@none.json"], "none.json: there is no such file"],
    [["call", "none.wasm", "--event", "@text.txt"], "text.txt: the event is not JSON"],
    [["call", "none.wasm", "--event", "@-"], "stdin: the event is not JSON"],
    [["build", "none.ts"], "none.ts: there is no such file"],
    [["inspect", "none.wasm"], "none.wasm: there is no such file"],
    [["inspect", "text.txt"], "text.txt: the file is not WebAssembly"],
    [["inspect", "."], ".: is a folder"],
    [["check", URL, "--config", "none.ts"], "none.ts: got no such file"],
  ];
  test.concurrent.each(cases)("%j", async (args, message) => {
    const folder = await folderOf({ "text.txt": "plain text" });
    const { code, stderr } = await backfill(args, { folder });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(1);
  });
});

test("--debug adds the stack of an error", async () => {
  const { code, stderr } = await backfill(["inspect", "none.wasm", "--debug"]);
  expect(stderr).toContain("    at ");
  expect(code).toBe(1);
});

test("--json gives an error as an object with a code and a message", async () => {
  const { code, stdout } = await backfill(["inspect", "none.wasm", "--json"]);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: "BACKFILL_NO_FILE", message: "none.wasm: there is no such file" },
  });
  expect(code).toBe(1);
});

test.concurrent.each([
  "adapter",
  "build",
  "call",
  "fetch",
  "check",
  "connect",
  "connections",
  "dev",
  "disconnect",
  "inspect",
  "new",
  "serve",
])("%s --help shows examples and the options of every command", async (name) => {
  const { code, stdout } = await backfill([name, "--help"]);
  expect(stdout).toContain(`Usage: backfill ${name}`);
  expect(stdout).toContain("Examples:\n  $ ");
  expect(stdout).toContain("--json");
  expect(code).toBe(0);
});

test("the command alone prints its help and exits with 2", async () => {
  const { code, stderr } = await backfill([]);
  expect(stderr).toContain("Usage: backfill");
  expect(code).toBe(2);
});

test("--version prints a version", async () => {
  const { code, stdout } = await backfill(["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});

test("a colour is shown where it is forced, and none where NO_COLOR is set", async () => {
  const args = ["inspect", "none.wasm"];
  expect((await backfill(args, { env: { FORCE_COLOR: "1" } })).stderr).toContain("\u001b[31m");
  expect((await backfill(args, { env: { NO_COLOR: "1" } })).stderr).toBe("error: none.wasm: there is no such file\n");
});

test("a reader that goes away ends the command without an error", async () => {
  const bin = new globalThis.URL("../../dist/bin.js", import.meta.url).pathname;
  const child = spawn("/bin/sh", [
    "-c",
    `yes '{"entry":"https://api.example.com/*"}' | "${process.execPath}" "${bin}" check --batch | head -n 1`,
  ]);
  const stderr = child.stderr.setEncoding("utf8").toArray();
  await once(child.stdout.resume(), "end");
  expect((await stderr).join("")).not.toMatch(/EPIPE|error/);
});

test.each<[string, string[], string[]]>([
  [
    "where the URL stands before",
    ["check", "https://a.com/", "--allow", "A", "B", "--json"],
    ["check", "https://a.com/", "--allow", "A", "--allow", "B", "--json"],
  ],
  [
    "with --batch",
    ["fetch", "--batch", "--allow", "A", "B", "--allow", "C"],
    ["fetch", "--batch", "--allow", "A", "--allow", "B", "--allow", "C"],
  ],
  ["but not before the URL", ["check", "--allow", "A", "https://a.com/"], ["check", "--allow", "A", "https://a.com/"]],
  [
    "and nothing else is changed",
    ["fetch", "GET", "https://a.com/", "-d", "x"],
    ["fetch", "GET", "https://a.com/", "-d", "x"],
  ],
])("--allow takes several entries %s", (_, argv, spread) => {
  expect(spreadAllow(argv)).toEqual(spread);
});
