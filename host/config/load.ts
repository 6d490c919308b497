import { existsSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConfigError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import type { AllowlistOptions } from "../policy/allowlist.ts";
import { checkConfig } from "./check.ts";
import { checkConnector } from "./check-connector.ts";
import type { BackfillConfig } from "./config.ts";
import type { ConnectorConfig } from "./connector.ts";

/** What a configuration is called where no other name is given. */
export const CONFIG_FILE = "backfill.config.ts";
/** What a connector's manifest is called where no other name is given. */
export const CONNECTOR_FILE = "connector.config.ts";

/** A configuration, and the file it is from. */
export interface LoadedConfig {
  readonly config: BackfillConfig;
  /** Relative to the current folder; undefined where there is none, and then nothing may leave. */
  readonly file: string | undefined;
}

/** A connector's manifest, and the file it is from. */
export interface LoadedConnector {
  readonly connector: ConnectorConfig;
  /** Relative to the current folder. */
  readonly file: string;
}

/**
 * Runs a configuration file and checks what it exports. Without a file it takes the first `backfill.config.ts` in
 * `folders`, which are the current one by default.
 *
 * @throws ConfigError with the file, the line where there is one, and what to change.
 */
export async function loadConfig(file?: string, folders: readonly string[] = ["."]): Promise<LoadedConfig> {
  const path = file ?? find(CONFIG_FILE, folders);
  if (path === undefined) return { config: {}, file: undefined };
  const loaded = await load(CONFIG, path);
  return { config: checkConfig(loaded.value, loaded.file), file: loaded.file };
}

/** The manifest's file, of a path that names it or its folder. */
export function manifestAt(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, CONNECTOR_FILE) : path;
}

/** The first `connector.config.ts` in these folders; undefined where none has one. */
export function findConnector(folders: readonly string[]): string | undefined {
  return find(CONNECTOR_FILE, folders);
}

/**
 * Runs a connector's manifest and checks what it exports. `internalHosts` are those of the configuration.
 *
 * @throws ConfigError with the file, the line where there is one, and what to change.
 */
export async function loadConnector(file: string, options?: AllowlistOptions): Promise<LoadedConnector> {
  const loaded = await load(CONNECTOR, file);
  return { connector: checkConnector(loaded.value, loaded.file, options), file: loaded.file };
}

/** A kind of file that is executed for its default export. */
interface Kind {
  /** What a file has to be. */
  readonly file: string;
  /** What it has to say. */
  readonly statement: string;
}

const CONFIG: Kind = {
  file: "the configuration's file",
  statement: "export default defineConfig({ … })",
};
const CONNECTOR: Kind = {
  file: "the connector's manifest",
  statement: "export default defineConnector({ … })",
};
const PACKAGE = "@backfill/http";

function find(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
}

async function load(kind: Kind, path: string): Promise<{ readonly value: unknown; readonly file: string }> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new ConfigError(path, "no such file", kind.file);
  const shown = relative(".", path);
  const module = await importFile(path, shown, kind);
  if (!("default" in module)) throw new ConfigError(shown, "no default export", kind.statement);
  return { value: module.default, file: shown };
}

async function importFile(path: string, shown: string, kind: Kind): Promise<object> {
  // A file that has changed since it was executed is another module.
  const url = `${pathToFileURL(resolve(path)).href}?${statSync(path).mtimeMs}`;
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === PACKAGE) return { url: ownEntry(), shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      // Whatever the nearest package.json says, or whether there is one, the file is what its docs show.
      return resolved.url === url && path.endsWith(".ts") ? { ...resolved, format: "module-typescript" } : resolved;
    },
  });
  try {
    return (await import(url)) as object;
  } catch (error) {
    throw importError(error, shown, kind);
  } finally {
    hooks.deregister();
  }
}

/** This package, so that a configuration can be typed also where no copy is installed beside it. */
function ownEntry(): string {
  const entry = import.meta.url.endsWith(".ts") ? "host/index.ts" : "dist/index.js";
  return pathToFileURL(join(packageRoot, entry)).href;
}

type Fix = (message: string) => readonly [got: string, wanted: string];

const FIXES: ReadonlyMap<unknown, Fix> = new Map<unknown, Fix>([
  ["ERR_INVALID_TYPESCRIPT_SYNTAX", (message) => [`a syntax error: ${message}`, "TypeScript that Node can read"]],
  [
    "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
    (message) => [
      `unsupported syntax: ${message}`,
      "TypeScript whose types can be erased: a const object for an enum, a module for a namespace",
    ],
  ],
  [
    "ERR_MODULE_NOT_FOUND",
    (message) => [message, "an import that exists; a relative one ends in .ts or .js, as in ./entries.ts"],
  ],
  [
    "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
    () => ["TypeScript inside node_modules", "a file outside node_modules, or JavaScript"],
  ],
]);

function importError(error: unknown, shown: string, { statement }: Kind): ConfigError {
  const { code, message: text = String(error), stack = "" } = (error ?? {}) as NodeJS.ErrnoException;
  const message = text.replaceAll(`${process.cwd()}/`, "");
  const [got, wanted] = FIXES.get(code)?.(message) ?? [
    error instanceof SyntaxError ? `a syntax error: ${message}` : `an error while it ran: ${message}`,
    error instanceof SyntaxError ? "TypeScript that Node can read" : statement,
  ];
  return new ConfigError(placeOf(stack, shown), got, wanted, { cause: error });
}

/** Where a frame of a stack is no fault of the configuration. */
const OWN_CODE = ["host/", "dist/"].map((folder) => join(packageRoot, folder));

/** Node names the place of a fault in the stack alone: at its top for a syntax error, in its frames for a throw. */
function placeOf(stack: string, shown: string): string {
  for (const [, where = "", line, column] of stack.matchAll(
    /(?<=^|\(|at |async )((?:file:\/\/)?\/[^\n()]*?):(\d+)(?::(\d+))?\)?$/gm,
  )) {
    const file = where.startsWith("file:") ? fileURLToPath(where) : where;
    if (OWN_CODE.some((folder) => file.startsWith(folder))) continue;
    return `${relative(".", file)}:${line}${column === undefined ? "" : `:${column}`}`;
  }
  return shown;
}
