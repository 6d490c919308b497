import type { Adapter } from "./adapter.ts";
import type { Case, Expectation } from "./case.ts";
import { differences, wireDifferences } from "./compare.ts";
import type { HostConfig, Outcome } from "./protocol.ts";
import type { Scene, Stage } from "./scene.ts";

/** What came of a case: nothing that differs is a pass. */
export interface CaseResult {
  readonly differences: readonly string[];
  /** Why the guest's library cannot say what the case says. */
  readonly unsupported?: string;
}

/** Runs one case on a host. Throws `AdapterError` where the adapter breaks. */
export async function runCase(test: Case, adapter: Adapter, component: string, stage: Stage): Promise<CaseResult> {
  if (test.check !== undefined) return { differences: await checkUrls(test, test.config, adapter) };
  if (test.entries !== undefined) return { differences: await checkEntries(test, test.config, adapter) };
  const scene = await stage.set(test);
  try {
    const event = JSON.stringify({ calls: test.calls ?? [] });
    const outcome = await adapter.ask({ type: "case", id: test.id, component, config: scene.config, event }, "outcome");
    return judge(test.expect ?? {}, outcome, scene);
  } finally {
    await scene.close();
  }
}

async function checkUrls(test: Case, config: HostConfig, adapter: Adapter): Promise<readonly string[]> {
  const expected = test.check ?? [];
  const urls = expected.map(({ url }) => url);
  const answer = await adapter.ask({ type: "check", id: test.id, config, urls }, "checked");
  const { decisions = [] } = answer;
  if (decisions.length !== urls.length) return [`decisions: wanted ${urls.length}, got ${JSON.stringify(answer)}`];
  return expected.flatMap(({ url, ...decision }, i) => differences(decision, decisions[i], url));
}

async function checkEntries(test: Case, config: HostConfig, adapter: Adapter): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [i, { entry, valid }] of (test.entries ?? []).entries()) {
    const request = {
      type: "check",
      id: `${test.id}#${i}`,
      config: { ...config, permissions: [entry] },
      urls: [],
    } as const;
    const { configError } = await adapter.ask(request, "checked");
    if (valid && configError !== undefined) found.push(`${entry}: wanted it to be taken, got ${configError.message}`);
    if (!valid) found.push(...differences({ path: "permissions.http[0]" }, configError, `${entry}: configError`));
  }
  return found;
}

function judge(expect: Expectation, outcome: Outcome, scene: Scene): CaseResult {
  const outcomes = outcomesOf(outcome);
  const unsupported = outcomes?.map(unsupportedOf).find((reason) => reason !== undefined);
  if (unsupported !== undefined) return { differences: [], unsupported };
  const found: string[] = [];
  if (expect.outcomes !== undefined) {
    if (outcomes === undefined) found.push(`outcomes: wanted some, got ${JSON.stringify(outcome)}`);
    else found.push(...differences(expect.outcomes, outcomes, "outcomes"));
  }
  if (expect.trap !== undefined) found.push(...differences(expect.trap, outcome.trap?.kind, "trap.kind"));
  else if (outcome.trap !== undefined) found.push(`trap: ${outcome.trap.kind}: ${outcome.trap.message}`);
  found.push(...differences(expect.configError, outcome.configError, "configError"));
  for (const [name, requests] of Object.entries(expect.wire ?? {})) {
    found.push(...wireDifferences(requests, scene.servers.get(name)?.requests ?? [], `wire.${name}`));
  }
  for (const [name, count] of Object.entries(expect.connections ?? {})) {
    found.push(...differences(count, scene.servers.get(name)?.connections, `connections.${name}`));
  }
  if (expect.lookups !== undefined) {
    const names = [...new Set([...scene.lookups(), ...(outcome.lookups ?? [])])];
    found.push(...differences(expect.lookups, names.toSorted(), "lookups"));
  }
  if (expect.logs !== undefined) found.push(...differences(expect.logs, outcome.logs ?? [], "logs"));
  for (const secret of expect.never ?? []) {
    if (JSON.stringify(outcome).includes(secret)) found.push(`never: ${JSON.stringify(secret)} came to the hook`);
  }
  return { differences: found };
}

/** What the guest returned; undefined where that is none of its results. */
function outcomesOf({ result = "null" }: Outcome): readonly unknown[] | undefined {
  try {
    const { outcomes } = Object(JSON.parse(result)) as { readonly outcomes?: unknown };
    return Array.isArray(outcomes) ? outcomes : undefined;
  } catch {
    return undefined;
  }
}

function unsupportedOf(outcome: unknown): string | undefined {
  const reason = (Object(outcome) as { readonly unsupported?: unknown }).unsupported;
  return typeof reason === "string" ? reason : undefined;
}
