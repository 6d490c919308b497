import { BackfillError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { compile } from "./assemblyscript.ts";
import { componentize } from "./componentize.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { WIT_VERSION } from "./wit.ts";

const CLIENT = `backfill:http/client@${WIT_VERSION}`;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** The canonical ABI's names, which the language cannot spell, and the functions that stand for them. */
const EXPORTS: ReadonlyMap<string, string> = new Map(
  METHODS.flatMap((name): [string, string][] => [
    [`${CLIENT}#${name}`, name === "delete" ? "del" : name],
    [`cabi_post_${CLIENT}#${name}`, "postReturn"],
  ]),
);

/** Builds the Http component from `assembly/`. `options` are the compiler's. */
export async function buildHttpComponent(options: readonly string[] = []): Promise<Uint8Array> {
  const { core, errors } = await compile({
    folder: packageRoot,
    entry: "assembly/abi/client.ts",
    library: "assembly",
    abort: "abi/trap/trap",
    exports: EXPORTS,
    options,
  });
  if (core === undefined) throw new BackfillError("BACKFILL_COMPILE", errors.map(formatDiagnostic).join("\n"));
  return componentize(core, "http");
}
