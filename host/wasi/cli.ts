import { Resource } from "../abi/handles.ts";
import { list, option, own, record, result, string, u8 } from "../abi/values.ts";
import { HookError } from "../errors.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { InputStream, OutputStream } from "./streams.ts";
import { standardStream } from "./stdio.ts";

class TerminalInput extends Resource {
  static readonly resource = "terminal-input";
}

class TerminalOutput extends Resource {
  static readonly resource = "terminal-output";
}

/** Offers `wasi:cli`: no environment, no arguments, nothing to read, and what is written is logged. */
export function offerCli(linker: Linker): void {
  const environment = "wasi:cli/environment@0.2";
  const variables = list(record({ name: string, value: string }));
  linker
    .define(
      environment,
      "get-environment",
      answering({}, variables, () => []),
    )
    .define(
      environment,
      "get-arguments",
      answering({}, list(string), () => []),
    )
    .define(
      environment,
      "initial-cwd",
      answering({}, option(string), () => undefined),
    )
    .define(
      "wasi:cli/stdin@0.2",
      "get-stdin",
      answering({}, own(InputStream), () => new InputStream()),
    )
    .define(
      "wasi:cli/exit@0.2",
      "exit",
      answering({ status: result(undefined, undefined) }, undefined, ({ status }) =>
        exited(status.kind === "ok" ? 0 : 1),
      ),
    )
    .define(
      "wasi:cli/exit@0.2",
      "exit-with-code",
      answering({ code: u8 }, undefined, ({ code }) => exited(code)),
    );
  for (const name of ["stdout", "stderr"] as const) {
    linker.define(
      `wasi:cli/${name}@0.2`,
      `get-${name}`,
      answering({}, own(OutputStream), (_, { store }) => standardStream(store, name)),
    );
  }
  const noTerminal = answering({}, option(own(TerminalInput)), () => undefined);
  for (const name of ["stdin", "stdout", "stderr"]) {
    linker.define(`wasi:cli/terminal-${name}@0.2`, `get-terminal-${name}`, noTerminal);
  }
  linker.drops(TerminalInput).drops(TerminalOutput);
}

function exited(code: number): never {
  throw new HookError("BACKFILL_HOOK_FAILED", `the hook exited with code ${code}, and so gave no result`);
}
