/** The version of `backfill:http` that this host implements. */
const VERSION = "0.1.0";

/** The full name of an interface of `backfill:http`. */
export function interfaceName(name: string): string {
  return `backfill:http/${name}@${VERSION}`;
}
