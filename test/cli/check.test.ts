import { describe, expect, test } from "vitest";
import { backfill, folderOf, jsonLines } from "../support/cli.ts";

const CONFIG = `import { defineConfig } from "@backfill/http";
export default defineConfig({ permissions: { http: ["https://api.example.com/v1/*"] }, internalHosts: ["vault.internal"] });
`;

describe("check", () => {
  test("names the entry by which a URL may leave, and exits with 0", async () => {
    const folder = await folderOf({ "backfill.config.ts": CONFIG });
    const { code, stdout, stderr } = await backfill(["check", "https://api.example.com/v1/a?b=c"], { folder });
    expect(stdout).toBe("allowed  https://api.example.com/v1/a?b=c\n  entry: https://api.example.com/v1/*\n");
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  test("says why a URL may not leave and what line would allow it, and exits with 1", async () => {
    const folder = await folderOf({ "backfill.config.ts": CONFIG });
    const { code, stdout } = await backfill(["check", "https://api.example.com/v2/a"], { folder });
    expect(stdout).toContain("denied   https://api.example.com/v2/a\n");
    expect(stdout).toContain("nearest entry: https://api.example.com/v1/*\n");
    expect(stdout).toContain("to allow it, add to permissions.http: https://api.example.com/v2/a\n");
    expect(code).toBe(1);
  });

  test("exits with 1 where one URL of several may not leave", async () => {
    const allow = ["--allow", "https://api.example.com/*"];
    const { code, stdout } = await backfill(["check", "https://api.example.com/a", "https://b.example.com/", ...allow]);
    expect(stdout).toMatch(/^allowed {2}https:\/\/api\.example\.com\/a\n[^]*^denied {3}https:\/\/b\.example\.com\/$/m);
    expect(code).toBe(1);
  });

  test("--allow takes the place of the configuration's list", async () => {
    const folder = await folderOf({ "backfill.config.ts": CONFIG });
    const args = ["check", "https://api.example.com/v1/a", "--allow", "https://b.example.com/*"];
    expect((await backfill(args, { folder })).code).toBe(1);
    expect((await backfill([...args, "--allow", "https://api.example.com/*"], { folder })).code).toBe(0);
  });

  test("an invalid entry in --allow means that nothing may leave", async () => {
    const allow = ["--allow", "https://api.example.com/*", "--allow", "http://b.example.com/*"];
    const { code, stdout } = await backfill(["check", "https://api.example.com/", ...allow]);
    expect(stdout).toContain("why: the entry is invalid:");
    expect(stdout).toContain("write the entry so: https://b.example.com/*\n");
    expect(code).toBe(1);
  });

  test("an internal host is allowed by the configuration or by --internal-host, and by nothing else", async () => {
    const args = ["check", "https://vault.internal/", "--allow", "https://vault.internal/*"];
    const folder = await folderOf({ "backfill.config.ts": CONFIG });
    expect((await backfill(args)).code).toBe(1);
    expect((await backfill(args, { folder })).code).toBe(0);
    expect((await backfill([...args, "--internal-host", "vault.internal"])).code).toBe(0);
  });

  test("a denial without a configuration says that there is none", async () => {
    const { code, stdout } = await backfill(["check", "https://api.example.com/"]);
    expect(stdout).toContain("there is no backfill.config.ts in the current folder");
    expect(code).toBe(1);
  });

  test("--json gives one array with every key of every verdict", async () => {
    const { stdout } = await backfill([
      "check",
      "https://a.example.com/",
      "--json",
      "--allow",
      "https://a.example.com/",
    ]);
    expect(JSON.parse(stdout)).toEqual([
      {
        url: "https://a.example.com/",
        allowed: true,
        canonical: "https://a.example.com/",
        entry: "https://a.example.com/",
        reason: null,
        suggestion: null,
      },
    ]);
  });

  test("a URL cannot write control characters to the terminal", async () => {
    const { stdout } = await backfill(["check", "https://a.example.com/\u001b[2J"]);
    expect(stdout).not.toContain("\u001b");
  });
});

async function answers(lines: readonly string[], args: readonly string[] = []): Promise<unknown[]> {
  const { code, stdout } = await backfill(["check", "--batch", ...args], { input: lines.join("\n") });
  expect(code).toBe(0);
  return jsonLines(stdout);
}

describe("check --batch", () => {
  test("answers each line in order, with every key", async () => {
    const got = await answers([
      JSON.stringify({ allow: "https://a.example.com/*", url: "https://a.example.com/x" }),
      JSON.stringify({ allow: ["https://b.example.com/*"], url: "https://a.example.com/x" }),
      JSON.stringify({ entry: "https://a.example.com/v1*" }),
      JSON.stringify({ entry: "https://a.example.com/*" }),
    ]);
    expect(got).toEqual([
      {
        allowed: true,
        canonical: "https://a.example.com/x",
        entry: "https://a.example.com/*",
        reason: null,
        suggestion: null,
      },
      {
        allowed: false,
        canonical: "https://a.example.com/x",
        entry: "https://b.example.com/*",
        reason: expect.any(String) as string,
        suggestion: "https://a.example.com/x",
      },
      {
        valid: false,
        canonical: null,
        reason: expect.any(String) as string,
        suggestion: "https://a.example.com/v1/*",
      },
      { valid: true, canonical: "https://a.example.com/*", reason: null, suggestion: null },
    ]);
  });

  test("a line without allow is asked of the command's own list", async () => {
    const line = JSON.stringify({ url: "https://a.example.com/x" });
    expect(await answers([line])).toMatchObject([{ allowed: false }]);
    expect(await answers([line], ["--allow", "https://a.example.com/*"])).toMatchObject([{ allowed: true }]);
  });

  test("an invalid entry of a line means that nothing of that line may leave", async () => {
    const line = JSON.stringify({
      allow: ["https://a.example.com/*", "https://A.example.com:0443/"],
      url: "https://a.example.com/x",
    });
    expect(await answers([line])).toMatchObject([
      { allowed: false, canonical: "https://a.example.com/x", entry: "https://A.example.com:0443/" },
    ]);
  });

  test("an invalid entry is shown without its userinfo and query", async () => {
    const url = "https://a.example.com/x";
    const got = await answers([
      JSON.stringify({ allow: "user:s3cret@a.example.com/*", url }),
      JSON.stringify({ allow: "https://a.example.com/*?s3cret", url }),
    ]);
    expect(got).toMatchObject([
      { allowed: false, entry: "…@a.example.com/*", suggestion: "https://a.example.com/*" },
      { allowed: false, entry: "https://a.example.com/*?…", suggestion: "https://a.example.com/*" },
    ]);
    expect(JSON.stringify(got)).not.toContain("s3cret");
  });

  test.concurrent.each([
    ["no JSON", "{", { allowed: false, reason: "the line is not JSON" }],
    ["an empty line", "", { allowed: false, reason: "the line is not JSON" }],
    ["a JSON array", "[]", { allowed: false, reason: "the line is not a JSON object" }],
    ["no url", "{}", { allowed: false, reason: "url is undefined, wanted a string" }],
    [
      "an allow that is no string",
      '{"url":"https://a.example.com/","allow":[1]}',
      { allowed: false, reason: "allow is a number, wanted a string" },
    ],
    [
      "an allow of null",
      '{"url":"https://a.example.com/","allow":null}',
      { allowed: false, reason: "allow is null, wanted a string" },
    ],
    [
      "an unknown field",
      '{"url":"https://a.example.com/","alow":"x"}',
      { allowed: false, reason: "alow is a field too many beside allow and url" },
    ],
    ["an entry that is no string", '{"entry":1}', { valid: false, reason: "entry is a number, wanted a string" }],
    [
      "an entry and a url",
      '{"entry":"https://a.example.com/","url":"https://a.example.com/"}',
      { valid: false, reason: "url is a field too many beside entry" },
    ],
  ])("a line with %s is answered, and says why not", async (_name, line, expected) => {
    const [answer, next] = await answers([line, '{"entry":"https://a.example.com/*"}']);
    expect(answer).toMatchObject({ ...expected, canonical: null, suggestion: null });
    expect(next).toMatchObject({ valid: true });
  });
});
