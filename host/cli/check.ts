import type { Command } from "commander";
import { configWarnings } from "../config/check.ts";
import { loadConfig } from "../config/load.ts";
import { AddressResolver } from "../transport/resolve.ts";
import { linesOf } from "./lines.ts";
import { print, printable, printJson, warn } from "./output.ts";
import { addAllowOption, addConfigOption, collectProven, missingConfig } from "./setup.ts";
import { answerLine, verdictOf, type CheckContext, type Verdict } from "./verdict.ts";

interface CheckOptions {
  readonly config?: string;
  readonly allow?: readonly string[];
  readonly internalHost?: readonly string[];
  readonly batch?: boolean;
  readonly json?: boolean;
}

/** Adds `backfill check`. */
export function addCheck(program: Command, exit: (status: number) => void): void {
  const command = program
    .command("check")
    .summary("say whether a URL may leave, and by which entry")
    .description(
      "Says whether URLs may leave and by which entry, or why not and what would allow them. Uses no network.",
    )
    .argument("[url...]", "the URLs");
  addConfigOption(addAllowOption(command))
    .option(
      "--internal-host <host>",
      "a host that is not public and that entries may name; repeatable",
      collectProven((value) => new AddressResolver({ internalHosts: [value] })),
    )
    .option("--batch", "read one JSON object a line from stdin and write one line for each")
    .addHelpText(
      "after",
      `
Exits with 0 where every URL may leave, else with 1; with --batch, with 0 once every line is answered.

Lines of --batch:
  {"url": URL, "allow": ENTRY | [ENTRY, ...]}  ->  allowed, canonical, entry, reason, suggestion
  {"entry": ENTRY}                             ->  valid, canonical, reason, suggestion

Examples:
  $ backfill check https://api.example.com/v1/status
  $ backfill check https://api.example.com/v1/status --allow 'https://api.example.com/v1/*'
  $ echo '{"entry":"https://api.example.com"}' | backfill check --batch`,
    )
    .action(async (urls: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<CheckOptions>();
      if (options.batch && urls.length > 0)
        self.error("error: --batch takes its URLs from stdin; leave the arguments out");
      if (!options.batch && urls.length === 0) self.error("error: missing required argument 'url'");
      const context = await contextOf(options);
      exit(await (options.batch ? checkBatch(context) : check(urls, context, options.json === true)));
    });
}

async function contextOf({ config: file, allow, internalHost = [] }: CheckOptions): Promise<CheckContext> {
  const loaded = await loadConfig(file);
  const { permissions, internalHosts = [] } = loaded.config;
  if (allow === undefined && loaded.file !== undefined) warn(configWarnings(loaded.config));
  return {
    allow: allow ?? permissions?.http ?? [],
    internalHosts: [...internalHosts, ...internalHost],
    missing: allow === undefined ? missingConfig(loaded) : undefined,
  };
}

async function checkBatch(context: CheckContext): Promise<number> {
  for await (const line of linesOf(process.stdin)) await printJson(answerLine(line, context));
  return 0;
}

async function check(urls: readonly string[], context: CheckContext, json: boolean): Promise<number> {
  const verdicts = urls.map((url) => ({ url, ...verdictOf(url, context) }));
  if (json) await printJson(verdicts);
  else for (const verdict of verdicts) await print(describe(verdict.url, verdict));
  return verdicts.every(({ allowed }) => allowed) ? 0 : 1;
}

function describe(url: string, { allowed, canonical, entry, reason, suggestion }: Verdict): string {
  const lines = [
    `${allowed ? "allowed" : "denied "}  ${canonical ?? url}`,
    ...(entry === null ? [] : [`  ${allowed ? "entry" : "nearest entry"}: ${entry}`]),
    ...(reason === null ? [] : [`  why: ${reason}`]),
    ...(suggestion === null ? [] : [`  ${adviceOf(canonical, reason)}: ${suggestion}`]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function adviceOf(canonical: string | null, reason: string | null): string {
  if (reason?.startsWith("the entry is invalid")) return "write the entry so";
  return canonical === null ? "write the URL so" : "to allow it, add to permissions.http";
}
