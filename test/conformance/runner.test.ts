import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Case } from "./runner/case.ts";
import { differences, wireDifferences } from "./runner/compare.ts";
import { matches, missing, root, type Expectations, type HostManifest } from "./runner/manifest.ts";
import { mergeRows, rowOf, rowsIn, tableOf } from "./runner/report.ts";
import { runHost, type Result } from "./runner/run-host.ts";
import { Stage } from "./runner/scene.ts";

const NOTHING: Expectations = { skip: {}, expectedFail: {} };
const GUEST = { name: "as", title: "AssemblyScript", component: "dist/conformance/guest.wasm", tools: "" };

/** An adapter that answers each case with what an expression of `request` and `n`, its number, gives. */
function adapter(
  answer: string,
  hello = `{ type: "hello", protocol: 1, host: "x", profiles: ["boundary"] }`,
): HostManifest {
  const program = `let n = 0;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  if (request.type === "bye") process.exit(0);
  const text = (value) => JSON.stringify(value);
  const given = (outcomes) => text({ type: "outcome", id: request.id, result: text({ outcomes }) });
  process.stdout.write((request.type === "hello" ? text(${hello}) : (n++, ${answer})) + "\\n");
});`;
  return { name: "x", title: "X", command: ["node", "-e", program], needs: [], tools: "" };
}

function caseOf(name: string, more: Partial<Case> = {}): Case {
  const file = {
    description: "A rule.",
    clauses: [],
    config: { permissions: [] },
    calls: [],
    expect: { outcomes: [] },
  };
  return { ...file, id: `boundary/must/${name}`, profile: "boundary", level: "must", ...more };
}

const CASES = [caseOf("one"), caseOf("two")];

describe("a run", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  async function statuses(host: HostManifest, expectations = NOTHING, cases = CASES): Promise<readonly string[]> {
    return (await runHost(cases, { host, guest: GUEST, expectations, stage })).map(({ status }) => status);
  }

  test("passes a host that answers as it should", async () => {
    expect(await statuses(adapter("given([])"))).toEqual(["pass", "pass"]);
  });

  test.each([
    ["writes a line that is no JSON", `"oops"`],
    ["ends", "process.exit(0)"],
    ["answers another case", `text({ type: "outcome", id: "boundary/must/other", result: '{"outcomes":[]}' })`],
    ["answers with another message", `text({ type: "checked", id: request.id, decisions: [] })`],
  ])("fails the case of an adapter that %s, and starts it again for the next", async (_title, fault) => {
    const answer = `request.id.endsWith("one") ? ${fault} : given([])`;
    expect(await statuses(adapter(answer))).toEqual(["fail", "pass"]);
  });

  test.each(["no JSON", "[]", '{"outcomes":1}'])("fails the case of a guest that returns %s", async (result) => {
    expect(
      await statuses(adapter(`text({ type: "outcome", id: request.id, result: ${JSON.stringify(result)} })`)),
    ).toEqual(["fail", "fail"]);
  });

  test("cannot begin with an adapter of another protocol, or one that is not there", async () => {
    const other = adapter("given([])", `{ type: "hello", protocol: 2 }`);
    await expect(statuses(other)).rejects.toThrow(/cannot be started[^]*protocol 1/);
    await expect(statuses({ ...other, command: ["/nowhere/adapter"] })).rejects.toThrow(/cannot be started.*ENOENT/);
  });

  test("does not run what is skipped, and tells it from what is expected to fail", async () => {
    const host = adapter(`given(request.id.endsWith("two") ? [1] : [])`);
    const skip = { "boundary/must/one": "for a reason" };
    expect(await statuses(host, { skip, expectedFail: { "*/two": "for another" } })).toEqual(["skip", "expected-fail"]);
  });

  test("holds an unexpected pass against the host", async () => {
    const expectedFail = { "*/one": "for a reason" };
    expect(await statuses(adapter("given([])"), { ...NOTHING, expectedFail })).toEqual(["unexpected-pass", "pass"]);
  });

  test("does not ask for a profile that is not offered, or of a guest what its library cannot say", async () => {
    const cases = [caseOf("one", { profile: "credentials" }), caseOf("two", { guests: ["ts"] }), caseOf("three")];
    const host = adapter(`given([{ unsupported: "no such thing" }])`);
    expect(await statuses(host, NOTHING, cases)).toEqual(["not-offered", "inexpressible", "inexpressible"]);
  });

  test("fails a trap that is not expected, a secret that came back, and a look-up too many", async () => {
    const host = adapter(
      `text({ type: "outcome", id: request.id, lookups: ["a.example.com"], ...(n === 1 ? { trap: { kind: "error", message: "" } } : { result: '{"outcomes":[]}', logs: ["hidden"] }) })`,
    );
    const cases = [
      caseOf("one", { expect: { lookups: ["a.example.com"] } }),
      caseOf("two", { expect: { never: ["hidden"] } }),
      caseOf("three", { expect: { lookups: [] } }),
      caseOf("four", { expect: { lookups: ["a.example.com"] } }),
    ];
    expect(await statuses(host, NOTHING, cases)).toEqual(["fail", "fail", "fail", "pass"]);
  });
});

describe("the comparison", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["names only the members that count", { a: 1 }, { a: 1, b: 2 }, true],
    ["takes an array as a whole", [1], [1, 2], false],
    ["tells a string from a number", { a: 1 }, { a: "1" }, false],
    ["misses what is not there", { a: null }, {}, false],
    ["takes any of several", { oneOf: ["a", "b"] }, "b", true],
    ["takes none but these", { oneOf: ["a", "b"] }, "c", false],
    ["knows a text that is repeated", { a: { repeat: { text: "ab", times: 2 } } }, { a: "abab" }, true],
    ["tells a text from a longer one", { a: { repeat: { text: "ab", times: 2 } } }, { a: "ababa" }, false],
    ["compares JSON as JSON", { json: '{"a":1,"b":[1.0]}' }, { json: '{ "b": [1], "a": 1 }' }, true],
    ["tells JSON from other JSON", { json: "[1,2]" }, { json: "[2,1]" }, false],
    ["tells JSON from text", { json: "[1]" }, { text: "[1]" }, false],
  ])("%s", (_title, expected, actual, same) => {
    expect(differences(expected, actual, "x").length === 0).toBe(same);
  });

  const REQUEST = "GET /a HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-b:  2 \r\nX-A: 3\r\n\r\nbody";
  test.each<[string, Parameters<typeof wireDifferences>[0][number], boolean]>([
    ["the line is exact", { line: "GET /a HTTP/1.1" }, true],
    ["another line is another", { line: "GET /A HTTP/1.1" }, false],
    [
      "names have no case, and order among names does not count",
      {
        fields: [
          ["x-b", "2"],
          ["x-a", "1"],
          ["x-a", "3"],
        ],
      },
      true,
    ],
    [
      "all values of a name count, in their order",
      {
        fields: [
          ["x-a", "3"],
          ["x-a", "1"],
        ],
      },
      false,
    ],
    ["a value too few is too few", { fields: [["x-a", "1"]] }, false],
    ["a field may have to be absent", { absent: ["x-c"] }, true],
    ["a field that is there is not absent", { absent: ["x-a"] }, false],
    ["the body is exact", { body: "body" }, true],
    ["bytes are bytes", { bytes: REQUEST }, true],
    ["bytes are no others", { bytes: REQUEST.replace("Host", "host") }, false],
  ])("of a request: %s", (_title, expected, same) => {
    expect(wireDifferences([expected], [REQUEST], "wire").length === 0).toBe(same);
  });

  test("a request too many is a difference", () => {
    expect(wireDifferences([{}], [REQUEST, REQUEST], "wire")).not.toEqual([]);
  });
});

describe("the report", () => {
  const result = (status: Result["status"], level: Case["level"]): Result => ({
    test: caseOf("one", { level }),
    status,
    lines: [],
  });

  test("counts by level, and names what did not pass", () => {
    const results = [result("pass", "must"), result("skip", "must"), result("fail", "should")];
    expect(rowOf({ host: "X", guest: "Y", results })).toBe("| X | Y | 1 of 2, 1 skipped | 0 of 1, 1 failed | 0 of 0 |");
  });

  test("keeps the rows of hosts that were not run", () => {
    const before = rowsIn(`text\n\n${tableOf(["| X | Y | 1 |", "| X | Z | 2 |"])}\n\nmore`);
    const places = ["Y", "Z", "A"].map((guest) => ({ host: "X", guest }));
    expect(mergeRows(before, ["| X | Z | 3 |"], places)).toEqual(["| X | Y | 1 |", "| X | Z | 3 |"]);
  });
});

describe("the command", () => {
  const run = promisify(execFile);
  const main = join(root, "test", "conformance", "main.ts");

  test.each([
    ["a host that there is not", ["--host", "nobody"], /there is no host nobody; there are typescript, /],
    ["an option that there is not", ["--hots", "all"], /--hots/],
    ["no case", ["--case", "nothing/*"], /no case matches/],
  ])("exits with 2 for %s, and says so", async (_title, parameters, words) => {
    const error = await run(process.execPath, [main, ...parameters]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  });

  test("says what is missing, and what makes it", () => {
    expect(missing("host x", ["package.json"], "make x")).toBeUndefined();
    expect(missing("host x", ["package.json", "no/such/file"], "make x")).toBe(
      "host x: no/such/file missing; make it with: make x",
    );
  });

  test("installs parts that say what they do, and no others", async () => {
    const script = join(root, "scripts", "conformance-tools.sh");
    const parts = [...(await readFile(script, "utf8")).matchAll(/^part_([\w-]+)\(\)/gm)].map(([, name]) => name);
    const { stdout } = await run("bash", [script, "--list"]);
    expect(
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(": ")[0]),
    ).toEqual(parts.toSorted());
    await expect(run("bash", [script, "nobody"])).rejects.toMatchObject({ code: 2 });
  });

  test("takes * in a name for any text, and nothing else", () => {
    expect(matches("policy/*/url-*", "policy/must/url-a.b")).toBe(true);
    expect(matches("policy/must/a.b", "policy/must/axb")).toBe(false);
  });
});
