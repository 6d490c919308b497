import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The root of the repository: commands and paths of manifests start there. */
export const root: string = join(import.meta.dirname, "..", "..", "..");
const folder = join(root, "test", "conformance");

/** A host that the suite can drive. */
export interface HostManifest {
  readonly name: string;
  readonly title: string;
  /** The adapter: a program and its parameters. */
  readonly command: readonly string[];
  /** Files that are there once its tools are. */
  readonly needs: readonly string[];
  /** What makes them. */
  readonly tools: string;
}

/** The conformance guest in one language. */
export interface GuestManifest {
  readonly name: string;
  readonly title: string;
  /** A component of world `linked-hook`. */
  readonly component: string;
  /** What makes it. */
  readonly tools: string;
}

/** Cases that a host does not run, or fails, each with the reason. A name may hold `*`. */
export interface Expectations {
  readonly skip: Readonly<Record<string, string>>;
  readonly expectedFail: Readonly<Record<string, string>>;
}

export async function loadHosts(): Promise<readonly HostManifest[]> {
  const files = (await readdir(join(folder, "hosts"))).filter((file) => file.endsWith(".json")).toSorted();
  const hosts = await Promise.all(files.map((file) => readJson<HostManifest>("hosts", file)));
  // The host of this package comes first.
  return hosts.toSorted((a, b) => Number(b.name === "typescript") - Number(a.name === "typescript"));
}

export async function loadGuests(): Promise<readonly GuestManifest[]> {
  const guests = await readJson<Record<string, Omit<GuestManifest, "name">>>("guests.json");
  return Object.entries(guests).map(([name, guest]) => ({ name, ...guest }));
}

export async function loadExpectations(host: string): Promise<Expectations> {
  const given: Partial<Expectations> = existsSync(join(folder, "expectations", `${host}.json`))
    ? await readJson("expectations", `${host}.json`)
    : {};
  return { skip: given.skip ?? {}, expectedFail: given.expectedFail ?? {} };
}

/** What is missing to run a host or a guest, and how to make it; undefined where nothing is. */
export function missing(name: string, files: readonly string[], tools: string): string | undefined {
  const absent = files.filter((file) => !existsSync(join(root, file)));
  return absent.length === 0 ? undefined : `${name}: ${absent.join(", ")} missing; make it with: ${tools}`;
}

/** The reason that a table gives for a case, if any. */
export function reasonFor(table: Readonly<Record<string, string>>, id: string): string | undefined {
  return Object.entries(table).find(([name]) => matches(name, id))?.[1];
}

/** Whether a name with `*` for any text is this one. */
export function matches(pattern: string, id: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(id);
}

async function readJson<T>(...path: readonly string[]): Promise<T> {
  return JSON.parse(await readFile(join(folder, ...path), "utf8")) as T;
}
