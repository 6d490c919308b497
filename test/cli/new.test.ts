import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LANGUAGES } from "../../host/compile/language.ts";
import { backfill, folderOf, startBackfill } from "../support/cli.ts";
import { createAuthority } from "../support/tls.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const modules = join(root, "node_modules");
const NAME = "my-hooks";
/** Milliseconds: a project runs compilers and servers of its own. */
const PROJECT = { timeout: 120_000 };

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Stands in for api.github.com, which knows one user by a name, and one without. */
const GITHUB = {
  ca: "",
  port: 0,
  server: createServer((request, response) => {
    const users: Readonly<Record<string, string>> = {
      "/users/ada%2Fl": '{"login":"ada","name":"Ada Lovelace"}',
      "/users/anonymous": '{"login":"anonymous","name":null}',
    };
    const user = users[request.url ?? ""];
    response.writeHead(user === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(user ?? '{"message":"Not Found"}');
  }),
};

beforeAll(async () => {
  const authority = await createAuthority();
  const { server } = GITHUB;
  server.setSecureContext(await authority.issue(["api.github.com"]));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  GITHUB.ca = authority.ca;
  GITHUB.port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  GITHUB.server.closeAllConnections();
  GITHUB.server.close();
});

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
}

/** A new project, with what it depends on in place of what `npm install` would get; nothing else can be imported. */
async function makeProject(args: readonly string[] = []): Promise<string> {
  const parent = await folderOf({ "ca.pem": GITHUB.ca });
  expect(await backfill(["new", NAME, ...args], { folder: parent })).toMatchObject({ code: 0, stderr: "" });
  const folder = join(parent, NAME);
  for (const name of Object.keys((await manifestOf(folder)).devDependencies)) {
    const link = join(folder, "node_modules", name);
    await mkdir(join(link, ".."), { recursive: true });
    await symlink(name === "@backfill/http" ? root : join(modules, name), link);
  }
  await mkdir(join(folder, "node_modules", ".bin"));
  await symlink(join(root, "dist", "bin.js"), join(folder, "node_modules", ".bin", "backfill"));
  return folder;
}

/** Runs a script of the project as `npm run` does. */
async function script(folder: string, name: string): Promise<string> {
  const { scripts } = await manifestOf(folder);
  const path = [join(folder, "node_modules", ".bin"), join(modules, ".bin"), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path };
  const { stdout, stderr } = await run("/bin/sh", ["-c", scripts[name] as string], { cwd: folder, env }).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  return stdout + stderr;
}

async function post(url: string, event: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(event) })).json();
}

test.each(LANGUAGES)("a new project in %s has no type error, and its tests pass", PROJECT, async (language) => {
  const folder = await makeProject(["--language", language]);
  expect(await script(folder, "types")).toBe("");
  expect(await script(folder, "test")).toMatch(/^. pass 3$[^]*^. fail 0$/m);
});

test.each(LANGUAGES)(
  "a new project in %s answers an event, and calls what it is allowed to",
  PROJECT,
  async (language) => {
    const folder = await makeProject(["--language", language]);
    const sending = ["--resolve", `api.github.com:443:127.0.0.1:${GITHUB.port}`, "--cacert", "../ca.pem"];
    const served = await startBackfill(["serve", "--port", "0", ...sending], { folder });
    try {
      const [, url = ""] = await served.said(/POST (http\S+\/hooks\/hello)/);
      expect(await post(url, { name: "Ada" })).toEqual({ greeting: "Hello, Ada!" });
      expect(await post(url, {})).toEqual({ greeting: "Hello, world!" });
      expect(await post(url, { user: "ada/l" })).toEqual({ greeting: "Hello, Ada Lovelace!" });
      expect(await post(url, { user: "anonymous" })).toEqual({ greeting: "Hello, anonymous!" });
      expect(await post(url, { user: "nobody" })).toEqual({ greeting: "Hello, nobody!" });
    } finally {
      served.child.kill("SIGTERM");
    }
    expect(await served.ended).toMatchObject({ code: 0 });
  },
);

test("a new project builds to a component", async () => {
  const folder = await makeProject();
  expect(await script(folder, "build")).toMatch(/^hooks\/hello\.wasm: component \d+ bytes/);
});

test.each(LANGUAGES)("a new project in %s has its name, and pins what this package is built with", async (language) => {
  const own = await manifestOf(root);
  const folder = await makeProject(["--language", language]);
  const made = await manifestOf(folder);
  expect([made.name, made.private, made.devDependencies["@backfill/http"]]).toEqual([NAME, true, own.version]);
  for (const [name, version] of Object.entries(made.devDependencies)) {
    const pinned: unknown =
      name === "@backfill/http" ? own.version : { ...own.dependencies, ...own.devDependencies }[name];
    expect([name, version]).toEqual([name, pinned]);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes("node_modules")) continue;
    expect(await readFile(join(entry.parentPath, entry.name), "utf8")).not.toContain("{{");
  }
  expect(await readFile(join(folder, "connector.config.ts"), "utf8")).toContain(`name: "${NAME}"`);
  expect(await readFile(join(folder, "README.md"), "utf8")).toContain(`# ${NAME}\n`);
});

test("what is made is listed, and the next commands are those of the README", async () => {
  const parent = await folderOf({});
  const { stdout } = await backfill(["new", NAME], { folder: parent });
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, block = ""] = /```sh\nnpx @backfill\/http new my-hooks && ([^]*?)\n```/.exec(readme) ?? [];
  const commands = block.split("\n").map((line) => line.replace(/ +#.*/, ""));
  expect(commands).toHaveLength(4);
  const printed = stdout.split("\n").filter((line) => line.startsWith("  "));
  expect(printed).toEqual(commands.map((command) => `  ${command}`));

  const listed = await backfill(["new", "other", "--json"], { folder: parent });
  const { files, ...rest } = JSON.parse(listed.stdout) as { readonly files: readonly string[] };
  expect(rest).toEqual({ folder: "other", language: "typescript" });
  expect(files).toContain(".gitignore");
  expect(files).toContain(join("hooks", "hello.ts"));
  const made = await readdir(join(parent, "other"), { recursive: true, withFileTypes: true });
  expect(made.filter((entry) => entry.isFile())).toHaveLength(files.length);
});

test("a folder with files in it is refused and stays as it is, and an empty one is taken", async () => {
  const parent = await folderOf({});
  await mkdir(join(parent, "empty"));
  expect(await backfill(["new", "empty"], { folder: parent })).toMatchObject({ code: 0 });
  const before = await readdir(join(parent, "empty"), { recursive: true });
  const { code, stdout, stderr } = await backfill(["new", "empty", "--language", "assemblyscript"], { folder: parent });
  expect([code, stdout, stderr]).toEqual([1, "", "error: empty has files in it: give another name, or empty it\n"]);
  expect(await readdir(join(parent, "empty"), { recursive: true })).toEqual(before);
});

test("a file of that name is refused", async () => {
  const folder = await folderOf({ taken: "text" });
  const { code, stderr } = await backfill(["new", "taken"], { folder });
  expect([code, stderr]).toEqual([1, "error: taken cannot be written: EEXIST\n"]);
});
