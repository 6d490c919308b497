import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkConfig } from "../../host/config/check.ts";
import { ConfigError, FAILURE_CODES, HookError, type HookErrorCode, PHASES } from "../../host/errors.ts";
import { Admission } from "../../host/serve/admission.ts";
import { callMetrics } from "../../host/serve/call-metrics.ts";
import { ServeKey } from "../../host/serve/key.ts";
import { Metrics } from "../../host/serve/metrics.ts";
import { problemOf } from "../../host/serve/problem.ts";
import { HookServer } from "../../host/serve/server.ts";
import { DEFAULT_LIMITS } from "../../host/transport/limits.ts";
import { backfill } from "../support/cli.ts";
import { codesIn, readBlocks, readPage, tableOf } from "./blocks.ts";
import { checkTypes, membersOf } from "./types.ts";

const root = join(import.meta.dirname, "..", "..");

/** The code in a column, over all rows. */
function column(rows: readonly (readonly string[])[], index = 0): readonly string[] {
  return rows.flatMap((row) => codesIn(row[index] ?? ""));
}

/** The keys that a configuration may have where it has `keys`, as the error for another one lists them. */
function keysUnder(keys: readonly string[]): readonly string[] {
  // What tokens must have stands in the way of what is wrong further down.
  const required = (key: string): object => (key === "tokens" && keys.length > 1 ? { file: "tokens.db" } : {});
  const nest = (value: object, key: string): object => ({ [key]: { ...required(key), ...value } });
  const wrong = keys.reduceRight<object>(nest, { "?": 1 });
  try {
    checkConfig(wrong);
  } catch (error) {
    const [, list] = /got an unknown key, wanted (?:one of )?([\w, ]+)$/.exec((error as ConfigError).message) ?? [];
    return list?.split(", ") ?? [];
  }
  return [];
}

function everyKey(keys: readonly string[] = []): readonly string[] {
  return keysUnder(keys).flatMap((key) => [[...keys, key].join("."), ...everyKey([...keys, key])]);
}

test("the table of the configuration has every key, each once", async () => {
  const keys = everyKey().filter((key) => !key.startsWith("limits."));
  const ofSecrets = keysUnder(["secrets", "*"]).map((key) => `secrets.*.${key}`);
  const known = [...keys, "limits.*", "secrets.*", ...ofSecrets];
  expect(known).toContain("permissions.http");
  expect(known).toContain("tokens.key.env");
  expect(known).toContain("secrets.*.for");
  const rows = tableOf(await readPage("configuration.md"), "key", "type", "default", "meaning");
  expect(column(rows).toSorted()).toEqual(known.toSorted());
  expect(Object.keys(DEFAULT_LIMITS)).toEqual(keysUnder(["limits"]));
});

test("the table of failures has every code in the order of the WIT enum", async () => {
  const rows = tableOf(await readPage("failures.md"), "code", "when", "sent?", "what to do");
  expect(column(rows)).toEqual(FAILURE_CODES);
  for (const row of rows) expect(row.every((cell) => cell !== "")).toBe(true);
});

/** A code that is missing here does not compile. */
const HOOK_ERRORS: Readonly<Record<HookErrorCode, true>> = {
  BACKFILL_HOOK_TRAPPED: true,
  BACKFILL_HOOK_FAILED: true,
  BACKFILL_HOOK_ABI: true,
  BACKFILL_HOOK_CPU: true,
  BACKFILL_HOOK_MEMORY: true,
  BACKFILL_HOOK_STACK: true,
  BACKFILL_HOOK_DEADLINE: true,
  BACKFILL_HOOK_CANCELLED: true,
  BACKFILL_HOOK_BUSY: true,
  BACKFILL_HOOK_LOST: true,
};

test("the table of events has every code of HookError, with what backfill serve makes of it", async () => {
  const rows = tableOf(await readPage("failures.md"), "code", "when", "`backfill serve`", "what to do");
  const wanted = Object.keys(HOOK_ERRORS).map((code) => {
    const problem = problemOf(new HookError(code as HookErrorCode, ""));
    return [`\`${code}\``, `${problem.status} \`${problem.code}\``];
  });
  expect(rows.map(([code, , served]) => [code, served])).toEqual(wanted);
});

test("the table of problems has every type with its status", async () => {
  const folder = join(root, "host", "serve");
  const sources = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
  const made = sources.flatMap((text) => [...text.matchAll(/new Problem\(\s*(\d{3}),\s*"([a-z-]+)"/g)]);
  const statuses = Object.groupBy(made, ([, , type = ""]) => type);
  const wanted = Object.entries(statuses).map(([type, all = []]) => [
    type,
    all
      .map(([, status]) => status)
      .toSorted()
      .join(", "),
  ]);
  const rows = tableOf(await readPage("failures.md"), "type", "status", "when", "what to do");
  expect(rows.map(([type = "", status]) => [codesIn(type)[0], status]).toSorted()).toEqual(wanted.toSorted());
});

test("the problem that the page of backfill serve shows is what a caller gets", async () => {
  const [{ code = "" } = {}] = (await readBlocks()).filter(({ mark }) => mark === "json problem");
  const { stdout } = await backfill(["serve", "--help"]);
  const [, most] = /--max-events-per-connection[^(]*\(default: (\d+)\)/.exec(stdout) ?? [];
  const admission = new Admission({ events: Infinity, eventsPerTenant: Number(most) });
  for (let i = 0; i < Number(most); i += 1) admission.enter("default");
  const { instance } = JSON.parse(code) as { readonly instance: string };
  const id = instance.replace("urn:uuid:", "");
  let refusal: unknown;
  try {
    admission.enter("default");
  } catch (error) {
    refusal = error;
  }
  expect(JSON.parse(problemOf(refusal).body(id))).toEqual(JSON.parse(code));
});

test("the tables of backfill serve have every metric with its kind, and every option with its default", async () => {
  const page = await readPage("serve.md");
  const metrics = new Metrics();
  callMetrics(metrics);
  openServer(metrics);
  const kinds = [...metrics.text().matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, kind]) => [name, kind]);
  const rows = tableOf(page, "metric", "kind", "labels");
  expect(rows.map(([name = "", kind]) => [codesIn(name)[0], kind]).toSorted()).toEqual(kinds.toSorted());

  const { stdout } = await backfill(["serve", "--help"]);
  const [own = ""] = stdout.split("Global Options:");
  const options = [...own.matchAll(/^ {2}(--[\w-]+) [^]*?(?=\n {2}-|\n\n)/gm)].map(([text, name]) => {
    const [, value] = /\(default:\s+"?([^)"\s]+)"?\)/.exec(text) ?? [];
    return [name, value];
  });
  const printed = tableOf(page, "option", "default", "meaning");
  expect(column(printed).toSorted()).toEqual(options.map(([name]) => name).toSorted());
  for (const [name, value] of options) {
    const row = printed.find(([cell = ""]) => cell.includes(`\`${name}\``));
    if (value !== undefined) expect(row?.[1]?.replaceAll("`", ""), name).toBe(value);
  }
});

function openServer(metrics: Metrics): HookServer {
  return new HookServer({
    hooks: new Map([["<route>", { run: async () => null }]]),
    key: new ServeKey("a-key-of-more-than-22-characters"),
    limits: { events: 1, eventsPerTenant: 1, eventBytes: 100 },
    metrics,
    onEvent: () => {},
  });
}

test("each endpoint in the table is there, and asks for the key where the table says so", async () => {
  const server = openServer(new Metrics());
  const { port } = await server.listen("127.0.0.1", 0);
  try {
    for (const [endpoint = "", key] of tableOf(await readPage("serve.md"), "endpoint", "key", "answer")) {
      const [method = "", path = ""] = endpoint.replaceAll("`", "").split(" ");
      const url = `http://127.0.0.1:${port}${path.replace("<route>", "customers")}`;
      expect((await fetch(url, { method })).status, endpoint).toBe(key === "yes" ? 401 : 200);
    }
  } finally {
    await server.stop();
  }
});

test("the Deployment's probes, port, key and grace are those of backfill serve", async () => {
  const [{ code: yaml = "" } = {}] = (await readBlocks()).filter(({ mark }) => mark === "yaml deployment");
  for (const line of yaml.trimEnd().split("\n")) {
    expect(line).toMatch(/^(?:---|(?: {2})*(?:- )?(?:[\w-]+:(?: [^\s].*)?|\{ .+ \}))$/);
  }
  const { stdout } = await backfill(["serve", "--help"]);
  expect(stdout).toContain(`${/containerPort: (\d+)/.exec(yaml)?.[1]})`);
  expect(stdout).toContain(`"${/- name: (BACKFILL_\w+)/.exec(yaml)?.[1]}"`);
  expect(yaml).toMatch(/readinessProbe:.*\n +httpGet: \{ path: \/readyz, port: http \}/);
  expect(yaml).toMatch(/livenessProbe:.*\n +httpGet: \{ path: \/healthz, port: http \}/);
  expect(yaml).toContain("secretKeyRef:");
  const seconds = (pattern: RegExp): number => Number(pattern.exec(yaml)?.[1]);
  const grace = seconds(/terminationGracePeriodSeconds: (\d+)/);
  const waiting = seconds(/command: \[sleep, "(\d+)"\]/);
  expect(grace).toBeGreaterThan(waiting + DEFAULT_LIMITS.eventDeadline / 1000);
});

test("the page of the API has every member of both libraries, and every phase", async () => {
  const page = await readPage("api.md");
  const [typescript = "", assemblyscript = ""] = [0, 1].map((index) =>
    [...tableOf(page, "TypeScript", "AssemblyScript"), ...tableOf(page, "TypeScript", "AssemblyScript", "what")]
      .map((row) => row[index])
      .join(" "),
  );
  const entry = join(root, "sdk", "typescript", "index.ts");
  const declarations = join(root, "sdk", "typescript", "imports.d.ts");
  const members = membersOf(checkTypes([entry, declarations]), entry);
  const namespaces = ["Clock", "Crypto", "Http", "Log", "Random", "Secrets"];
  expect(members.size).toBeGreaterThan(namespaces.length);
  for (const name of namespaces) {
    const own = members.get(name) ?? [];
    expect(own, name).not.toHaveLength(0);
    for (const member of own) expect(typescript, name).toContain(`\`${name}.${member}(`);
  }
  for (const type of ["RequestOpts", "HttpResponse", "HttpError"]) {
    const known = codesIn(page);
    for (const member of members.get(type) ?? []) {
      // Of every Error.
      if (type === "HttpError" && ["name", "stack"].includes(member)) continue;
      expect(known, type).toContain(member);
    }
  }
  for (const file of ["http.ts", "platform.ts"]) {
    const source = await readFile(join(root, "assembly", file), "utf8");
    const [, ...classes] = source.split(/^export class /m);
    for (const text of classes) {
      const [name] = /^\w+/.exec(text) ?? [];
      const statics = [...text.matchAll(/^ {2}static (\w+)/gm)].map(([, member]) => member);
      expect(statics, name).not.toHaveLength(0);
      for (const member of statics) expect(assemblyscript, name).toContain(`\`${name}.${member}(`);
    }
  }
  expect(codesIn(page)).toEqual(expect.arrayContaining([...PHASES]));
});
