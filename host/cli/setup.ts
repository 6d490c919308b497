import { readFile } from "node:fs/promises";
import { InvalidArgumentError, type Command } from "commander";
import { checkConfig, configWarnings, REPORT_WARNING } from "../config/check.ts";
import type { BackfillConfig, DevelopmentOptions } from "../config/config.ts";
import { CONFIG_FILE, loadConfig, type LoadedConfig } from "../config/load.ts";
import { BackfillError } from "../errors.ts";
import { AddressResolver } from "../transport/resolve.ts";
import { warn } from "./output.ts";

/** The options by which a command learns what may leave. */
export interface SetupOptions {
  readonly config?: string;
  /** Takes the place of the configuration's list. */
  readonly allow?: readonly string[];
  readonly resolve?: readonly string[];
  readonly cacert?: string;
}

/** What a command runs under. */
export interface Setup {
  readonly config: BackfillConfig;
  /** What to add to a denial where no configuration was found. */
  readonly missing: string | undefined;
}

/** Adds `--config`. */
export function addConfigOption(command: Command): Command {
  return command.option("--config <file>", `the configuration (default: ${CONFIG_FILE} in the current folder)`);
}

/** Adds `--allow`. */
export function addAllowOption(command: Command): Command {
  return command.option("--allow <entry>", "allow this in place of permissions.http; repeatable", collect);
}

/** Adds `--connection`. */
export function addConnectionOption(command: Command): Command {
  return command.option("--connection <name>", "which of the connector's connections", connectionName, "default");
}

/** Parses a connection's name. */
export function connectionName(value: string): string {
  if (value === "") throw new InvalidArgumentError("Write a name, as in customer-17.");
  return value;
}

/**
 * Spells `--allow A B` as `--allow A --allow B`. Only where no argument of the command can follow: it has them
 * already, or takes none with `--batch`. Anywhere else the word after an entry is the command's.
 */
export function spreadAllow(argv: readonly string[]): string[] {
  const first = argv.indexOf("--allow");
  const complete = argv.includes("--batch") || argv.slice(0, first).some((word) => word.startsWith("https://"));
  if (first < 0 || !complete) return [...argv];
  let isEntry = false;
  return argv.flatMap((word, i) => {
    if (word.startsWith("-")) isEntry = false;
    else if (argv[i - 1] === "--allow") isEntry = true;
    else if (isEntry) return ["--allow", word];
    return [word];
  });
}

/** Adds what a command has that sends. */
export function addSendingOptions(command: Command): Command {
  return command
    .option(
      "--resolve <host:port:address[:port]>",
      "dial this address for host and port, as curl does; repeatable",
      collectProven((value) => new AddressResolver({ developmentResolve: [value] })),
    )
    .option("--cacert <file>", "trust the certificates in this PEM file beside the public ones");
}

/** Parses an option that can be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Loads the configuration and puts the command's options into it. Throws `ConfigError`. */
export async function configure(options: SetupOptions, folders?: readonly string[]): Promise<LoadedConfig> {
  const { config, file } = await loadConfig(options.config, folders);
  const { internalHosts = [] } = config;
  if (options.allow !== undefined) checkConfig({ permissions: { http: options.allow }, internalHosts }, "--allow");
  return {
    config: {
      ...config,
      // The configuration's mode goes with its list: one from the command line is enforced.
      permissions: options.allow === undefined ? (config.permissions ?? {}) : { http: options.allow },
      development: { ...config.development, ...(await developmentOf(options, config.development)) },
    },
    file,
  };
}

/** As {@link configure}, and prints the configuration's warnings. */
export async function setUp(options: SetupOptions, folders?: readonly string[]): Promise<Setup> {
  const loaded = await configure(options, folders);
  const missing = options.allow === undefined ? missingConfig(loaded, folders) : undefined;
  // Of the mode the runtime warns by itself.
  const warnings = configWarnings(loaded.config).filter((line) => line !== REPORT_WARNING);
  warn(missing === undefined ? warnings : [`${missing}: nothing may leave`]);
  return { config: loaded.config, missing };
}

/** What to say where no configuration was found. */
export function missingConfig({ file }: LoadedConfig, folders?: readonly string[]): string | undefined {
  if (file !== undefined) return undefined;
  return `there is no ${CONFIG_FILE} ${folders === undefined ? "in the current folder" : "beside the hook or in the current folder"}`;
}

/** Reads a file that the command line names. Throws `BackfillError`. */
export async function readInput(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BackfillError("BACKFILL_NO_FILE", `${file}: ${FILE_FAULTS.get(code) ?? `cannot be read (${code})`}`, {
      cause,
    });
  }
}

const FILE_FAULTS: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EISDIR", "is a folder, wanted a file"],
  ["EACCES", "may not be read"],
]);

async function developmentOf(
  options: SetupOptions,
  before: DevelopmentOptions | undefined,
): Promise<DevelopmentOptions> {
  const resolve = options.resolve && { resolve: [...options.resolve, ...(before?.resolve ?? [])] };
  if (options.cacert === undefined) return { ...resolve };
  const ca = new TextDecoder().decode(await readInput(options.cacert));
  checkConfig({ development: { ca } }, options.cacert);
  return { ...resolve, ca };
}

/** Parses such an option by the code that will use its value. */
export function collectProven(use: (value: string) => unknown): typeof collect {
  return (value, before) => {
    try {
      use(value);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
    return collect(value, before);
  };
}

/** Parses an option that is a whole number of a range. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
  };
}
