import { execFile } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { expect, test } from "vitest";
import { folderOf } from "../support/cli.ts";

// What editors are told of the AssemblyScript library (sdk/assembly) against what the compiler reads (assembly).

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const DECLARED = "sdk/assembly/index.d.ts";

async function parse(file: string): Promise<ts.SourceFile> {
  const path = join(root, file);
  return ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.Latest, true);
}

/** The names that a file re-exports, each with the file that has it. */
async function reexports(file: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const statement of (await parse(file)).statements) {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text.replace("./", "");
    for (const { name } of (statement.exportClause as ts.NamedExports).elements) {
      found.set(name.text, from === "json" ? "assembly/json/value.ts" : `assembly/${from}.ts`);
    }
  }
  return found;
}

/** The public members that declarations of these names have, one line each. */
function members(file: ts.SourceFile, names: readonly string[]): string[] {
  return file.statements
    .flatMap((statement) => {
      if (ts.isVariableStatement(statement)) {
        return statement.declarationList.declarations.flatMap(({ name, type }) =>
          names.includes(name.getText()) && type !== undefined && ts.isTypeLiteralNode(type)
            ? type.members.map((member) => `static ${line(member)}`)
            : [],
        );
      }
      const isHolder = ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement);
      return isHolder && names.includes(statement.name?.text ?? "") ? statement.members.flatMap(lines) : [];
    })
    .toSorted();
}

function lines(member: ts.ClassElement | ts.TypeElement): string[] {
  if (ts.isConstructorDeclaration(member)) {
    return member.parameters
      .filter((parameter) => ts.isParameterPropertyDeclaration(parameter, member))
      .map(({ name, type }) => `readonly ${name.getText()}: ${type?.getText()}`);
  }
  const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
  if (flags & ts.ModifierFlags.Private) return [];
  const prefix = `${flags & ts.ModifierFlags.Static ? "static " : ""}${flags & ts.ModifierFlags.Readonly ? "readonly " : ""}`;
  return [prefix + line(member)];
}

function line(member: ts.ClassElement | ts.TypeElement): string {
  const name = member.name?.getText() ?? "";
  if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member)) {
    const types = member.typeParameters?.map((parameter) => parameter.getText()).join(", ");
    const parameters = member.parameters.map(
      ({ name, type, questionToken, initializer }) =>
        `${name.getText()}${(questionToken ?? initializer) ? "?" : ""}: ${type?.getText()}`,
    );
    return `${name}${types === undefined ? "" : `<${types}>`}(${parameters.join(", ")}): ${member.type?.getText()}`;
  }
  const isGetter = ts.isGetAccessorDeclaration(member);
  return `${isGetter ? "get " : ""}${name}: ${(member as ts.PropertyDeclaration).type?.getText()}`;
}

/** The interfaces that stand for what a class cannot say. */
const STANDS_FOR: Readonly<Record<string, readonly string[]>> = { Headers: ["HeaderFields"], Json: ["JsonValue"] };

test("editors are told of every export of the library and its members as they are", async () => {
  const declarations = await parse(DECLARED);
  const exported = await reexports("assembly/index.ts");
  expect(exported.size).toBe(15);
  for (const [name, file] of exported) {
    const own = members(await parse(file), [name]);
    expect(own).not.toEqual([]);
    expect([name, members(declarations, [name, ...(STANDS_FOR[name] ?? [])])]).toEqual([name, own]);
  }
});

/** What tsc prints of a hook, in a project set up as that of `backfill new`. */
async function check(hook: string): Promise<string> {
  const folder = await folderOf({
    "hook.ts": hook,
    "tsconfig.json": await readFile(join(root, "templates/assemblyscript/hooks/tsconfig.json"), "utf8"),
  });
  await mkdir(join(folder, "node_modules", "@backfill"), { recursive: true });
  await symlink(root, join(folder, "node_modules", "@backfill", "http"));
  await symlink(join(root, "node_modules", "assemblyscript"), join(folder, "node_modules", "assemblyscript"));
  return run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
}

test.concurrent.each(["hook", "route"])(
  "the README's AssemblyScript example %s has no error in an editor",
  async (mark) => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const [, code = ""] = new RegExp(`\`\`\`ts ${mark}\n([^]*?)\`\`\``).exec(readme) ?? [];
    expect(code).toContain("@backfill/http/assembly");
    expect(await check(code)).toBe("");
  },
);

test.concurrent.each([
  ["a misspelt option", 'Http.get("", { timout: 1 });', "timout"],
  ["text for a number", 'Http.get("", { timeout: "1" });', "string"],
  ["a member that is no option", 'Http.get("", { auth: { token: "" } });', "token"],
  ["a method that does not exist", 'Http.head("");', "head"],
  ["what may be null where it may not", 'Log.info(Secrets.get("key"));', "null"],
])("%s is an error in an editor", async (_, statement, message) => {
  const hook = `import { Http, Log, Secrets } from "@backfill/http/assembly";\n${statement}\nLog.info(Secrets.get("")! + Http.get("").text);\n`;
  const printed = await check(hook);
  expect(printed).toMatch(/^\S*hook\.ts\(2,/);
  expect(printed).toContain(message);
  expect(
    printed
      .trimEnd()
      .split("\n")
      .filter((text) => !text.startsWith(" ")),
  ).toHaveLength(1);
});

test("what the language can say of values is no error in an editor", async () => {
  const hook = `import { Auth, BasicAuth, Body, Http, Json, OAuth, Random, RequestOpts } from "@backfill/http/assembly";
export function run(event: Json): Json {
  const opts = new RequestOpts();
  opts.timeout = 5;
  opts.headers = [["X-Id", Random.uuid()]];
  Http.put("https://api.example.com/", Json.object().set("a", 1).set("b", Json.array().push(true)), opts);
  Http.delete("https://api.example.com/", { auth: { oauth: {} } });
  const result = Http.tryPost("https://api.example.com/", "text", { auth: { basic: { user: "a", pass: "b" } } });
  const error = result.error;
  if (error != null) return Json.from(error.code);
  const response = result.response!;
  const type = response.headers["content-type"];
  let total: f64 = 0;
  for (let i = 0; i < event["items"].length; ++i) total += event["items"].at(i)["price"].asNumber();
  return type != null && response.headers.has("etag") ? Json.from(type) : Json.from(total);
}
export function options(): RequestOpts {
  return { body: Body.text("a"), auth: new Auth(), responseType: "text" };
}
export function auth(): Auth {
  const basic = new BasicAuth();
  basic.user = "a";
  const auth = new Auth();
  auth.basic = basic;
  auth.oauth = new OAuth();
  return auth;
}
`;
  expect(await check(hook)).toBe("");
});
