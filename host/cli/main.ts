import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import type { CompileError } from "../compile/diagnostic.ts";
import { BackfillError } from "../errors.ts";
import { packageVersion } from "../package-root.ts";
import { addAdapter } from "./adapter.ts";
import { addBuild } from "./build.ts";
import { addCall } from "./call.ts";
import { addCheck } from "./check.ts";
import { addConnect } from "./connect.ts";
import { addConnections, addDisconnect } from "./connections.ts";
import { addDev } from "./dev.ts";
import { addFetch } from "./fetch.ts";
import { addInspect } from "./inspect.ts";
import { addNew } from "./new.ts";
import { addServe } from "./serve.ts";
import { printJson, sayAs } from "./output.ts";
import { spreadAllow } from "./setup.ts";

/** What a command ends with: done, failed, or asked for in a way that does not exist. */
const DONE = 0;
const FAILED = 1;
const USAGE = 2;

interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Runs the command with these arguments and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = DONE;
  const program = createProgram((status) => {
    code = status;
  });
  // As Node prints a warning, it speaks of processes and of options of node.
  process.removeAllListeners("warning").on("warning", ({ message }) => sayAs("warning", message));
  try {
    await program.parseAsync(spreadAllow(argv), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === DONE ? DONE : USAGE;
    await report(error, program.opts<GlobalOptions>());
    return FAILED;
  }
}

function createProgram(exit: (status: number) => void): Command {
  const program = new Command("backfill")
    .description("Runs sandboxed hooks that may reach what backfill.config.ts allows, and nothing else.")
    .version(packageVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--json", "write JSON to stdout, for programs")
    .option("--debug", "print the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("Add --help to see how it is used.")
    .exitOverride()
    .addHelpText(
      "after",
      `
Exit status: 0 done, 1 failed, 2 wrong usage.

Examples:
  $ backfill call hook.ts --event '{"customer":"cus_1"}'
  $ backfill fetch GET https://api.example.com/v1/status --allow 'https://api.example.com/v1/*'
  $ backfill check https://api.example.com/v1/status`,
    );
  addAdapter(program);
  addNew(program);
  addBuild(program);
  addCall(program);
  addFetch(program, exit);
  addCheck(program, exit);
  addConnect(program, exit);
  addConnections(program);
  addDev(program);
  addDisconnect(program);
  addInspect(program);
  addServe(program);
  return program;
}

async function report(error: unknown, { json, debug }: GlobalOptions): Promise<void> {
  const code = error instanceof BackfillError ? error.code : "BACKFILL_BUG";
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    await printJson({
      error: { code, message, ...(isCompileError(error) && { diagnostics: error.diagnostics }) },
    });
  else if (isCompileError(error)) for (const line of message.split("\n")) sayAs("error", line);
  else if (error instanceof BackfillError) sayAs("error", message);
  else sayAs("error", `${message} (a fault of backfill itself; --debug prints the stack)`);
  if (debug) process.stderr.write(`${inspect(error)}\n`);
}

/** By its code: its class comes with the compiler, which most commands do without. */
function isCompileError(error: unknown): error is CompileError {
  return error instanceof BackfillError && error.code === "BACKFILL_COMPILE";
}
