import { dirname, join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..", "..");

/** Parses and checks these files under the compiler options of this package. */
export function checkTypes(files: readonly string[]): ts.Program {
  const file = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, root);
  return ts.createProgram(files, {
    ...options,
    configFilePath: file,
    typeRoots: [join(root, "node_modules", "@types")],
  });
}

/** What is wrong with them, a line each. */
export function faultsOf(program: ts.Program, files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) return [`${file} was not read`];
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const { line } = source.getLineAndCharacterOfPosition(start);
      return `${file.slice(dirname(file).length + 1)}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}

/** The values that a module exports, each with the members of its type. */
export function membersOf(program: ts.Program, file: string): ReadonlyMap<string, readonly string[]> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  if (source === undefined || symbol === undefined) throw new Error(`${file} is no module`);
  return new Map(
    checker.getExportsOfModule(symbol).map((exported) => {
      const own = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const type =
        own.flags & ts.SymbolFlags.Variable ? checker.getTypeOfSymbol(own) : checker.getDeclaredTypeOfSymbol(own);
      return [exported.name, type.getProperties().map(({ name }) => name)];
    }),
  );
}
