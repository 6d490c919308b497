import { afterAll, beforeAll, expect, test } from "vitest";
import { entries, harmlessHeaders, harmlessUrls, hostileHeaders, hostileUrls } from "../policy/corpus/index.ts";
import { backfill, folderOf, jsonLines } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

// The policy's corpus through the commands that a person would use for it.

let server: Server;
let folder: string;
beforeAll(async () => {
  server = await openServer((response) => response.end("ok"));
  folder = await folderOf({ "ca.pem": server.ca });
});
afterAll(() => server.close());

/** One batch: a line in, a line out. */
async function batch(args: readonly string[], lines: readonly object[]): Promise<Record<string, unknown>[]> {
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const { stdout } = await backfill([...args, "--batch"], { input, folder });
  const answers = jsonLines(stdout) as Record<string, unknown>[];
  expect(answers).toHaveLength(lines.length);
  return answers;
}

const sending = (): string[] => ["--resolve", `${HOST}:443:127.0.0.1:${server.port}`, "--cacert", "ca.pem"];

test("check --batch denies every hostile URL and allows every harmless one", async () => {
  const answers = await batch(
    ["check"],
    [...hostileUrls, ...harmlessUrls].map(({ entry, url }) => ({ allow: entry, url })),
  );
  const wrong = answers.filter(({ allowed }, i) => allowed !== i >= hostileUrls.length);
  expect(wrong).toEqual([]);
});

test("check --batch rules on every entry, and corrects it where it can be", async () => {
  const answers = await batch(
    ["check"],
    entries.map(({ entry }) => ({ entry })),
  );
  answers.forEach((answer, i) => {
    expect(answer).toMatchObject({ valid: entries[i]?.valid, suggestion: entries[i]?.suggestion ?? null });
  });
});

test("fetch --batch sends no hostile URL", async () => {
  const lines = hostileUrls.map(({ url }) => ({ method: "GET", url }));
  const answers = await batch(["fetch", "--allow", `https://${HOST}/only-this`, ...sending()], lines);
  for (const { failure } of answers) expect(failure).toMatchObject({ phase: "policy", requestMayHaveBeenSent: false });
  expect(server.received).toEqual([]);
});

test("fetch --batch refuses every hostile header before a socket is opened, and sends every harmless one", async () => {
  const line = ({ name, value }: { name: string; value: string }): object => {
    return { method: "GET", url: `https://${HOST}/`, headers: [[name, value]] };
  };
  const args = ["fetch", "--allow", `https://${HOST}/*`, ...sending()];
  const refused = await batch(args, hostileHeaders.map(line));
  for (const { failure } of refused)
    expect(failure).toMatchObject({ phase: "validate", requestMayHaveBeenSent: false });
  expect(server.received).toEqual([]);
  const sent = await batch(args, harmlessHeaders.map(line));
  for (const { response } of sent) expect(response).toMatchObject({ status: 200 });
});
