import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench } from "../bench.ts";
import { type Measure, oneDigit, whole } from "../figures.ts";
import { packageRoot } from "../../host/package-root.ts";
import type { PeerName } from "../peers/list.ts";
import { KB, MB } from "../plan.ts";

const run = promisify(execFile);

const GUEST: Measure = { key: "size-guest", title: "the hook as it is run, KB", write: whole };
const GLUE: Measure = { key: "size-glue", title: "code made for it, KB", write: whole };
const INSTALLED: Measure = {
  key: "size-installed",
  title: "installed with everything it needs at run time, MB",
  write: oneDigit,
};

/** The files that each peer runs, in the folder of what was built. */
const GUESTS: readonly (readonly [PeerName, string])[] = [
  ["backfill", "backfill.wasm"],
  ["backfill-typescript", "backfill-typescript.wasm"],
  ["jco", "jco/"],
  ["extism", "extism.wasm"],
  ["wasi-http", "wasi-http/"],
  ["worker", "worker.wasm"],
];

/** The packages that an embedder of each peer installs; of jco and wasi:http, the code is made elsewhere. */
const PACKAGES: readonly (readonly [PeerName, string, readonly string[]])[] = [
  ["undici", ".", ["undici"]],
  ["jco", ".", ["undici"]],
  ["worker", ".", ["undici"]],
  ["extism", "bench", ["@extism/extism"]],
  ["wasi-http", "bench", ["@bytecodealliance/preview2-shim"]],
];

/** What has to be carried about. */
export async function runSizes({ peers, figures, target, progress }: Bench): Promise<void> {
  progress("sizes");
  const isWanted = (peer: PeerName): boolean => peer === "undici" || peers.includes(peer);
  for (const [peer, file] of GUESTS.filter(([name]) => isWanted(name))) {
    const path = join(target.folder, file);
    figures.set(GUEST, peer, { value: (await bytesOf(path, ".wasm")) / KB });
    if (file.endsWith("/")) figures.set(GLUE, peer, { value: (await bytesOf(path, ".js")) / KB });
  }
  for (const [peer, folder, names] of PACKAGES.filter(([name]) => isWanted(name))) {
    figures.set(INSTALLED, peer, { value: (await closureBytes(folder, names)) / MB });
  }
  const { packed, unpacked, dependencies } = await ownPackage();
  for (const peer of ["backfill", "backfill-typescript"] as const) {
    if (isWanted(peer)) figures.set(INSTALLED, peer, { value: (unpacked + dependencies) / MB });
  }
  figures.note(
    `The package is ${whole(packed / KB)} KB packed and ${whole(unpacked / KB)} KB unpacked; its production dependencies, ` +
      `the compilers of hooks among them, take ${oneDigit(dependencies / MB)} MB installed.`,
  );
}

async function ownPackage(): Promise<{ packed: number; unpacked: number; dependencies: number }> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], { cwd: packageRoot, maxBuffer: 16 * MB });
  const [pack] = Object.values(JSON.parse(stdout) as Record<string, { size: number; unpackedSize: number }>);
  const manifest = JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const dependencies = await closureBytes(".", Object.keys(manifest.dependencies));
  return { packed: pack?.size ?? NaN, unpacked: pack?.unpackedSize ?? NaN, dependencies };
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Bytes of these packages and of all that they depend on, as they are installed under this folder. */
async function closureBytes(folder: string, names: readonly string[]): Promise<number> {
  const root = join(packageRoot, folder);
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const paths = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = placeOf(lock.packages, name, from);
    if (path === undefined || paths.has(path)) return;
    paths.add(path);
    const { dependencies, optionalDependencies } = lock.packages[path] ?? {};
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next, path);
  };
  for (const name of names) visit(name, "");
  const sizes = await Promise.all([...paths].map((path) => bytesOf(join(root, path), "", ["node_modules"])));
  return sizes.reduce((total, bytes) => total + bytes, 0);
}

/** Where Node would find the package from there. */
function placeOf(packages: Readonly<Record<string, Locked>>, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === "") return undefined;
  }
}

/** Bytes of a file, or of the files of a folder whose names end so. Of what is not installed, none. */
async function bytesOf(path: string, ending: string, without: readonly string[] = []): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return path.endsWith(ending) ? (found?.size ?? 0) : 0;
  const names = (await readdir(path)).filter((name) => !without.includes(name));
  const sizes = await Promise.all(names.map((name) => bytesOf(join(path, name), ending, without)));
  return sizes.reduce((total, bytes) => total + bytes, 0);
}
