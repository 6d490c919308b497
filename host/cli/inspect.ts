import type { Command } from "commander";
import { ComponentError } from "../errors.ts";
import type { DecodedComponent } from "../runtime/decode.ts";
import { Engine, type Component } from "../runtime/engine.ts";
import { print, printJson } from "./output.ts";
import { readInput } from "./setup.ts";

/** Adds `backfill inspect`. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what a component imports and exports")
    .description("Shows a component's imports, exports, sizes in bytes and string encoding.")
    .argument("<component.wasm>", "the component")
    .addHelpText(
      "after",
      `
Examples:
  $ backfill inspect hook.wasm
  $ backfill inspect hook.wasm --json`,
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      await inspect(file, command.optsWithGlobals<{ readonly json?: boolean }>().json === true);
    });
}

async function inspect(file: string, json: boolean): Promise<void> {
  const { size, imports, exports, decoded } = await compile(file);
  const modules = decoded.modules.map((module) => module.length);
  const encodings = encodingsOf(decoded);
  if (json) {
    await printJson({ size, modules, stringEncodings: encodings, imports, exports });
    return;
  }
  await print(
    [
      `component        ${size} bytes`,
      ...modules.map((bytes, i) => `core module ${i}    ${bytes} bytes`),
      `string encoding  ${encodings.join(", ") || "none"}`,
      ...section("imports", imports),
      ...section("exports", exports),
      "",
    ].join("\n"),
  );
}

async function compile(file: string): Promise<Component> {
  const bytes = await readInput(file);
  try {
    return await new Engine().compile(bytes);
  } catch (error) {
    if (error instanceof ComponentError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

function section(title: string, names: readonly string[]): string[] {
  return names.length === 0 ? [`${title}: none`] : [`${title}:`, ...names.map((name) => `  ${name}`)];
}

/** The encodings of every function that crosses the boundary: one, unless a tool mixed them. */
function encodingsOf({ lifted, instances }: DecodedComponent): string[] {
  const out = [...lifted.values()].map(({ options }) => options.encoding);
  const within = instances.flatMap((instance) =>
    instance.kind === "bundle"
      ? [...instance.definitions.values()].flatMap((one) => (one.kind === "lower" ? [one.options.encoding] : []))
      : [],
  );
  return [...new Set([...out, ...within])].toSorted();
}
