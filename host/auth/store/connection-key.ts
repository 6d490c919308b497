import { TokenStoreError } from "../../errors.ts";
import type { ConnectionKey } from "./token-store.ts";

/**
 * Checks that both names can be kept as they are.
 *
 * @throws {TokenStoreError} for half of a surrogate pair: UTF-8 has none, so two names would become one.
 */
export function checkConnectionKey(key: ConnectionKey): void {
  if (key.connector.isWellFormed() && key.connection.isWellFormed()) return;
  throw new TokenStoreError(`The ${nameOf(key)} has a name that is no Unicode text. Give it another.`);
}

/** What a connection is called in a message. */
export function nameOf({ connector, connection }: ConnectionKey): string {
  return `connection ${JSON.stringify(connection)} of connector ${JSON.stringify(connector)}`;
}

/** The order of `TokenStore.list`: by code units, in every store. */
export function compareKeys(a: ConnectionKey, b: ConnectionKey): number {
  return compare(a.connector, b.connector) || compare(a.connection, b.connection);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
