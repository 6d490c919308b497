import { CompileError } from "./diagnostic.ts";

/** The languages that a hook can be written in. */
export const LANGUAGES = ["assemblyscript", "typescript"] as const;

/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

const LIBRARIES: Readonly<Record<string, Language>> = { assembly: "assemblyscript", hook: "typescript" };

// A comment, an import or an export from this package, or a text; whichever begins first is taken whole.
const TOKEN =
  /\/\*[^]*?\*\/|\/\/[^\n]*|\b(?:import|export)\b[^"'`;]{0,2000}["']@backfill\/http\/(assembly|hook)\b[^"'\n]*["']|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`/g;

/** The language of a hook, by the library that it imports. `file` is its name for people. Throws `CompileError`. */
export function languageOf(source: string, file: string): Language {
  const found = new Set([...source.matchAll(TOKEN)].flatMap(([, library]) => LIBRARIES[library ?? ""] ?? []));
  const [language, other] = found;
  if (language !== undefined && other === undefined) return language;
  const imports = language === undefined ? "neither" : "both";
  const and = language === undefined ? "nor" : "and";
  throw new CompileError([
    {
      file,
      line: 0,
      column: 0,
      code: "LANGUAGE",
      message: `the hook imports ${imports} @backfill/http/hook (TypeScript) ${and} @backfill/http/assembly (AssemblyScript), which says what language it is in; import one, or give --language`,
    },
  ]);
}
