import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { BackfillError } from "../errors.ts";
import { print, printJson } from "./output.ts";
import { buildSource } from "./source.ts";

interface BuildOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/** Adds `backfill build`. */
export function addBuild(program: Command): void {
  program
    .command("build")
    .summary("build an AssemblyScript hook to a component")
    .description("Builds an AssemblyScript hook to a WebAssembly component of world linked-hook.")
    .argument("<hook.ts>", "the hook's file; it exports run")
    .option("-o, --output <file>", "where the component goes (default: beside the hook, as .wasm)")
    .addHelpText(
      "after",
      `
Examples:
  $ backfill build hook.ts
  $ backfill build hooks/stripe.ts -o dist/stripe.wasm`,
    )
    .action(async (hook: string, _options: unknown, command: Command) => {
      if (!hook.endsWith(".ts")) command.error(`error: ${hook} is not a .ts file; give the hook's source`);
      const options = command.optsWithGlobals<BuildOptions>();
      const output = options.output ?? hook.replace(/\.ts$/, ".wasm");
      if (resolve(output) === resolve(hook)) command.error(`error: ${output} is the hook itself; give another -o`);
      await build(hook, output, options.json === true);
    });
}

async function build(hook: string, output: string, json: boolean): Promise<void> {
  const { component, coreSize } = await buildSource(hook);
  await writeFile(output, component).catch((cause: NodeJS.ErrnoException) => {
    throw new BackfillError("BACKFILL_NO_FILE", `${output} cannot be written: ${cause.code}`, { cause });
  });
  if (json) await printJson({ output, componentBytes: component.length, coreBytes: coreSize });
  else await print(`${output}: component ${component.length} bytes, core module ${coreSize} bytes\n`);
}
