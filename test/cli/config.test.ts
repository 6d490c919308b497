import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkConfig, configWarnings } from "../../host/config/check.ts";
import { ConfigError } from "../../host/errors.ts";
import { backfill, folderOf } from "../support/cli.ts";

describe("checkConfig", () => {
  test.each([
    [{}],
    [{ permissions: {} }],
    [{ permissions: undefined }],
    [
      {
        permissions: { http: ["https://api.example.com/*"] },
        limits: { responseBodyBytes: 0 },
        secrets: { a: undefined },
      },
    ],
    [{ development: { resolve: ["api.example.com:443:127.0.0.1:8443"] } }],
  ])("accepts %j", (config) => {
    expect(checkConfig(config)).toEqual(config);
  });

  test.each([
    [undefined, "the configuration", "got undefined, wanted an object"],
    [[], "the configuration", "got an array, wanted an object"],
    [new Map(), "the configuration", "got an instance of a class, wanted an object"],
    [Promise.resolve({}), "the configuration", "got an instance of a class, wanted an object"],
    [
      { permission: {} },
      "permission",
      "got an unknown key, wanted one of permissions, internalHosts, dnsServers, secrets, tokens, limits, telemetry, development; did you mean permissions?",
    ],
    [
      { permissions: { htpp: [] } },
      "permissions.htpp",
      "got an unknown key, wanted one of http, mode, reportInProduction; did you mean permissions.http?",
    ],
    [
      { permissions: { http: "https://api.example.com/*" } },
      "permissions.http",
      "got a string, wanted an array of entries",
    ],
    [
      { permissions: { http: ["https://api.example.com/*", 1] } },
      "permissions.http[1]",
      "got a number, wanted a string",
    ],
    [{ permissions: { http: ["http://api.example.com/*"] } }, "permissions.http[0]", "https://api.example.com/*"],
    [{ permissions: { http: ["https://api.internal/*"] } }, "permissions.http[0]", "internalHosts"],
    [{ internalHosts: ["10.0.0.1/8"] }, "internalHosts[0]", "wanted"],
    [{ limits: { responseBodyByte: 1 } }, "limits.responseBodyByte", "did you mean limits.responseBodyBytes?"],
    [{ limits: { responseBodyBytes: -1 } }, "limits.responseBodyBytes", "got -1, wanted a whole number"],
    [{ limits: { responseBodyBytes: Number.NaN } }, "limits.responseBodyBytes", "got NaN, wanted a number"],
    [{ development: { resolv: [] } }, "development.resolv", "did you mean development.resolve?"],
    [{ development: { resolve: ["api.example.com"] } }, "development.resolve[0]", "wanted host:port:address"],
    [{ development: { ca: "text" } }, "development.ca", "wanted PEM"],
  ])("refuses %j with its place and what belongs there", (config, path, message) => {
    let thrown: unknown;
    try {
      checkConfig(config, "backfill.config.ts");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    const { path: place, message: text } = thrown as ConfigError;
    expect(place).toBe(path);
    expect(text).toContain(`backfill.config.ts: ${path}: got `);
    expect(text).toContain(message);
  });

  test("a secret is never in a message", () => {
    const secret = "sk_live_0123456789";
    for (const config of [
      { secrets: secret },
      { secrets: { a: [secret] } },
      { permissions: secret },
      { limits: { headerCount: secret } },
    ]) {
      expect(() => checkConfig(config)).toThrow(ConfigError);
      expect(() => checkConfig(config)).not.toThrow(secret);
    }
  });

  test("a secret may have a name that objects inherit", () => {
    const secrets = { constructor: "a", toString: "b" };
    expect(Object.entries(checkConfig({ secrets }).secrets ?? {})).toEqual(Object.entries(secrets));
  });
});

describe("configWarnings", () => {
  test("a list that is empty or missing is reported", () => {
    const warning = ["permissions.http is empty: nothing may leave"];
    expect(configWarnings({})).toEqual(warning);
    expect(configWarnings({ permissions: { http: [] } })).toEqual(warning);
  });

  test("an undefined secret is reported by name", () => {
    const config = { permissions: { http: ["https://a.example.com/*"] }, secrets: { key: undefined, other: "x" } };
    expect(configWarnings(config)).toEqual(['secrets.key is undefined: Secrets.get("key") gives null']);
  });

  test("an entry without a path is reported as allowing exactly /", () => {
    const [warning, ...others] = configWarnings({
      permissions: { http: ["https://a.example.com", "https://b.example.com/"] },
    });
    expect(warning).toMatch(
      /^permissions\.http\[0\] "https:\/\/a\.example\.com": an entry without a path allows exactly \//,
    );
    expect(others).toEqual([]);
  });
});

describe("backfill.config.ts", () => {
  const URL = "https://api.example.com/v1/a";
  const TYPED = `import { defineConfig, type BackfillConfig } from "@backfill/http";
const config: BackfillConfig = { permissions: { http: ["https://api.example.com/*"] } };
export default defineConfig(config);
`;

  async function check(config: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof backfill> {
    return backfill(["check", URL], { folder: await folderOf({ "backfill.config.ts": config, ...more }) });
  }

  test("finds @backfill/http where no such package is installed", async () => {
    expect(await check(TYPED)).toMatchObject({ code: 0, stderr: "" });
  });

  test.each(["{}", '{"type":"commonjs"}', '{"type":"module"}'])(
    "is a module beside a package.json of %s",
    async (text) => {
      expect(await check(TYPED, { "package.json": text })).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("may import what stands beside it", async () => {
    const config = 'import { entries } from "./entries.ts";\nexport default { permissions: { http: entries } };\n';
    const entries = 'export const entries: string[] = ["https://api.example.com/*"];\n';
    expect(await check(config, { "entries.ts": entries })).toMatchObject({ code: 0 });
  });

  test.concurrent.each([
    [
      "a syntax error",
      'export default {\n  permissions: { http: ["a" "b"] },\n};\n',
      "backfill.config.ts:2: got a syntax error: ",
    ],
    [
      "a name declared twice",
      "const a = 1;\nconst a = 2;\nexport default {};\n",
      "backfill.config.ts: got a syntax error: Identifier 'a' has already been declared",
    ],
    ["an enum", "enum A { B }\nexport default {};\n", "backfill.config.ts:1: got unsupported syntax: TypeScript enum"],
    [
      "a throw",
      'const a = 1;\n\nthrow new Error("no key");\n',
      "backfill.config.ts:3:7: got an error while it ran: no key",
    ],
    ["a thrown string", 'throw "no key";\n', "backfill.config.ts: got an error while it ran: no key"],
    [
      "an import that is not there",
      'import "./none";\nexport default {};\n',
      "backfill.config.ts: got Cannot find module 'none' imported from backfill.config.ts",
    ],
    [
      "no default export",
      "export const config = {};\n",
      "backfill.config.ts: got no default export, wanted export default defineConfig({ … })",
    ],
    [
      "a default export that is no object",
      "export default 5;\n",
      "backfill.config.ts: the configuration: got a number, wanted an object",
    ],
    [
      "a refused entry",
      'export default {\n  permissions: { http: ["http://a.example.com/*"] },\n};\n',
      'backfill.config.ts: permissions.http[0]: got "http://a.example.com/*"',
    ],
  ])("%s is refused with file and place", async (_name, text, message) => {
    const { code, stdout, stderr } = await check(text);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("--config takes the place of the one in the current folder", async () => {
    const folder = await folderOf({ "backfill.config.ts": "export default 5;\n", "other.ts": TYPED });
    expect((await backfill(["check", URL, "--config", "other.ts"], { folder })).code).toBe(0);
  });

  test("is taken from the current folder alone, not from the one above", async () => {
    const above = await folderOf({ "backfill.config.ts": TYPED });
    const folder = join(above, "below");
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), "{}");
    expect((await backfill(["check", URL], { folder })).code).toBe(1);
  });

  test("what it may not have meant is printed as a warning", async () => {
    const { code, stderr } = await check('export default { permissions: { http: ["https://api.example.com"] } };\n');
    expect(stderr).toMatch(/^warning: permissions\.http\[0\] "https:\/\/api\.example\.com": an entry without a path/);
    expect(code).toBe(1);
  });
});
