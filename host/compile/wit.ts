import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

/** The files of the WIT package, in the order to read them. */
export const WIT_FILES = ["types", "outbound", "client", "platform", "worlds"] as const;

/** The version of `backfill:http` that this package carries. */
export const WIT_VERSION = "0.1.0";

/** The whole WIT package as one text. */
export async function readWit(): Promise<string> {
  const texts = WIT_FILES.map((name) => readFile(join(packageRoot, "wit", `${name}.wit`), "utf8"));
  return (await Promise.all(texts)).join("\n");
}
