import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { unwritable } from "../errors.ts";
import { print, printJson } from "./output.ts";
import { addAllowOption, addConfigOption, setUp, type SetupOptions } from "./setup.ts";

interface AdapterOptions extends SetupOptions {
  readonly output: string;
  readonly serve?: string;
  readonly json?: boolean;
}

/** Adds `backfill adapter`. */
export function addAdapter(program: Command): void {
  const command = program
    .command("adapter")
    .summary("build what runs a hook on any host of WASI")
    .description(
      "Builds the component that gives a hook its platform on WASI 0.2. What may leave, the limits and the names of the secrets' environment variables are written into it.",
    )
    .option("-o, --output <file>", "where the component goes", "adapter.wasm")
    .option("--serve <file>", "also build the component that makes a hook a server of wasi:http");
  addAllowOption(addConfigOption(command))
    .addHelpText(
      "after",
      `
Examples:
  $ backfill adapter --allow 'https://api.example.com/v1/*'
  $ backfill adapter -o adapter.wasm --serve serve.wasm
  $ wac plug hook.wasm --plug http.wasm -o linked.wasm
  $ wac plug linked.wasm --plug adapter.wasm -o portable.wasm
  $ wac plug serve.wasm --plug portable.wasm -o server.wasm
  $ wasmtime serve -Scli server.wasm`,
    )
    .action(async (_options: unknown, command: Command) => adapter(command.optsWithGlobals<AdapterOptions>()));
}

async function adapter(options: AdapterOptions): Promise<void> {
  const { config } = await setUp(options);
  const { buildAdapter, buildServe } = await import("../compile/adapter.ts");
  const files = [await write(options.output, await buildAdapter(config))];
  if (options.serve !== undefined) files.push(await write(options.serve, await buildServe()));
  if (options.json) await printJson({ files });
  else await print(files.map(({ file, bytes }) => `${file}: ${bytes} bytes\n`).join(""));
}

async function write(file: string, component: Uint8Array): Promise<{ readonly file: string; readonly bytes: number }> {
  await writeFile(file, component).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  return { file, bytes: component.length };
}
