// Builds the example and the conformance guest in the languages whose tools are there, into .tools/guests/:
//
//   npm run guests [-- LANGUAGE…]   c, go, python, rust; the default is all of them
//
// Exits with 2 where the tools of a language that is named are missing; without names, those languages are left out.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { c } from "./c.ts";
import { go } from "./go.ts";
import { absent, type Language, PROGRAMS, tools } from "./language.ts";
import { python } from "./python.ts";
import { rust } from "./rust.ts";

const LANGUAGES: readonly Language[] = [c, go, python, rust];
const output = join(tools, "guests");

process.exitCode = await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<number> {
  const foreign = names.find((name) => !LANGUAGES.some((language) => language.name === name));
  if (foreign !== undefined) {
    process.stderr.write(
      `there is no language ${foreign}; there are ${LANGUAGES.map(({ name }) => name).join(", ")}\n`,
    );
    return 2;
  }
  let code = 0;
  for (const language of LANGUAGES) {
    if (names.length > 0 && !names.includes(language.name)) continue;
    const missing = absent(await language.needs());
    if (missing.length === 0) {
      await buildAll(language);
      continue;
    }
    const remedy = `bash scripts/conformance-tools.sh guest-${language.name}`;
    process.stderr.write(`${language.name}: ${missing.join(", ")} missing; install with: ${remedy}\n`);
    if (names.length > 0) code = 2;
  }
  return code;
}

async function buildAll(language: Language): Promise<void> {
  await mkdir(output, { recursive: true });
  for (const program of PROGRAMS) {
    const folder = await mkdtemp(join(tmpdir(), "backfill-guest-"));
    try {
      const component = await language.build(program, folder);
      await writeFile(join(output, `${language.name}-${program}.wasm`), component);
      console.log(`${language.name}-${program}.wasm: ${component.length} bytes`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
