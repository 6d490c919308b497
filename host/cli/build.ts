import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Language } from "../compile/language.ts";
import { unwritable } from "../errors.ts";
import { print, printJson } from "./output.ts";
import { buildSource, languageOption } from "./source.ts";

interface BuildOptions {
  readonly output?: string;
  readonly json?: boolean;
  readonly language?: Language;
}

/** Adds `backfill build`. */
export function addBuild(program: Command): void {
  program
    .command("build")
    .summary("build a hook to a component")
    .description("Builds a hook in TypeScript or AssemblyScript to a WebAssembly component.")
    .argument("<hook.ts>", "the hook's file; it exports run")
    .option("-o, --output <file>", "where the component goes (default: beside the hook, as .wasm)")
    .addOption(languageOption())
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
      await build(hook, output, options);
    });
}

async function build(hook: string, output: string, options: BuildOptions): Promise<void> {
  const { component, coreSize, language } = await buildSource(hook, { language: options.language });
  await writeFile(output, component).catch((cause: unknown) => {
    throw unwritable(output, cause);
  });
  if (options.json) await printJson({ output, language, componentBytes: component.length, coreBytes: coreSize });
  else await print(`${output}: component ${component.length} bytes, core module ${coreSize} bytes\n`);
}
