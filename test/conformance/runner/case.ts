import { glob, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Decision, DnsAnswer, HostConfig, LogLine, TrapKind } from "./protocol.ts";
import type { ServerScript } from "./script.ts";

export const PROFILES = ["boundary", "policy", "limits", "credentials"] as const;
export const LEVELS = ["must", "should", "may"] as const;
export type Profile = (typeof PROFILES)[number];
export type Level = (typeof LEVELS)[number];

/** A case file, as case.schema.json describes it. */
export interface CaseFile {
  readonly description: string;
  /** What the case proves: ids of clauses.json. */
  readonly clauses: readonly string[];
  /** The guests whose library can say what the case says. Default: every guest. */
  readonly guests?: readonly string[];
  readonly config: Omit<HostConfig, "ca" | "dns" | "dnsServer" | "dial">;
  readonly dns?: Readonly<Record<string, DnsAnswer>>;
  readonly servers?: Readonly<Record<string, ServerScript>>;
  readonly calls?: readonly unknown[];
  readonly expect?: Expectation;
  readonly check?: readonly CheckedUrl[];
  readonly entries?: readonly CheckedEntry[];
}

/** What a case expects. Every member that is absent is not compared. */
export interface Expectation {
  readonly outcomes?: readonly unknown[];
  readonly trap?: TrapKind;
  readonly configError?: { readonly path: string };
  readonly wire?: Readonly<Record<string, readonly ExpectedRequest[]>>;
  readonly connections?: Readonly<Record<string, number>>;
  readonly lookups?: readonly string[];
  readonly logs?: readonly LogLine[];
  /** Texts that may stand in nothing that the hook is given: secrets. */
  readonly never?: readonly string[];
}

/** One request on the wire. */
export interface ExpectedRequest {
  readonly line?: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** Names of fields that may not be there. */
  readonly absent?: readonly string[];
  readonly body?: string;
  /** The whole request, byte for byte, in Latin-1. */
  readonly bytes?: string;
}

export interface CheckedUrl extends Decision {
  readonly url: string;
}

export interface CheckedEntry {
  readonly entry: string;
  readonly valid: boolean;
}

/** A case with its name. */
export interface Case extends CaseFile {
  /** `profile/level/name`. */
  readonly id: string;
  readonly profile: Profile;
  readonly level: Level;
}

const root = join(import.meta.dirname, "..", "cases");

/** Every case, in the order of its id. */
export async function loadCases(): Promise<readonly Case[]> {
  const files: string[] = [];
  for await (const file of glob("*/*/*.json", { cwd: root })) files.push(file);
  return Promise.all(files.toSorted().map((file) => loadCase(join(root, file))));
}

async function loadCase(path: string): Promise<Case> {
  const id = relative(root, path)
    .replaceAll("\\", "/")
    .replace(/\.json$/, "");
  const [profile, level] = id.split("/");
  const file = JSON.parse(await readFile(path, "utf8")) as CaseFile;
  return { ...file, id, profile: profile as Profile, level: level as Level };
}
